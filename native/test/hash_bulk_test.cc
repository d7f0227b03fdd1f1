// Operations on many rows of a hash table: all or nothing, for readers and when memory is short.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>

#include "core/table/counter.h"
#include "core/table/element.h"
#include "test/support/faults.h"
#include "test/support/hash_rows.h"
#include "test/support/seed.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

std::int32_t SecondOf(const Term& row) { return Load<std::int32_t>(RowElement(View(row), 1).data + 1); }

std::vector<Term> Content(Caller& caller, Table& table) {
  std::vector<Term> rows = ScanAll(caller, table, ~0u, [] {});
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

// Interleaving: a batch spans all stripes; lookups of its first and last key come in between, and chunks of a
// scan.
TEST_CASE("no reader of a hash table sees a part of an insertMany or of a deleteAll") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  const auto table = MakeHashTable(epochs, secret, true);
  constexpr std::int32_t kKeys = 200;
  const auto rounds = static_cast<std::int32_t>(Scaled(4000));
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> changes_seen{0};
  RunInThreads(4, [&](int thread, ThreadFailures& failures) {
    Caller caller(epochs);
    if (thread == 0) {
      // Longer than planned only where readers did not get a processor.
      for (std::int32_t round = 1;
           (round <= rounds || (changes_seen.load() < 4 && round < 100 * rounds)) && !failures.failed();
           ++round) {
        std::vector<Term> rows;
        for (std::int32_t i = 0; i < kKeys; ++i) rows.push_back(Row({Int(i), Int(round)}));
        if (caller.InsertMany(*table, rows) != Status::kOk) failures.Add("a batch was refused");
        if (round % 50 == 0) caller.DeleteAll(*table);
      }
      done.store(true);
      return;
    }
    std::int32_t last = 0;
    while (!done.load() && !failures.failed()) {
      std::int32_t seen = 0;
      if (thread == 1) {
        // What a later lookup finds is not older than what an earlier one found.
        const bool first_there = caller.Lookup(*table, Int(0)) == Status::kOk;
        const std::int32_t first = first_there ? SecondOf(caller.answer()) : 0;
        if (caller.Lookup(*table, Int(kKeys - 1)) == Status::kOk && SecondOf(caller.answer()) < first) {
          failures.Add("the last row of a batch is older than its first");
        }
        seen = first;
      } else {
        HashCursor cursor;
        ChunkResult result;
        caller.Call([&](Reply& reply) { return table->Scan(cursor, {}, reply, result); });
        const std::vector<Term> rows = caller.Rows();
        if (!rows.empty() && rows.size() != kKeys) failures.Add("a chunk misses rows");
        for (const Term& row : rows) {
          if (SecondOf(row) != SecondOf(rows[0])) failures.Add("a chunk shows a part of a batch");
        }
        seen = rows.empty() ? 0 : SecondOf(rows[0]);
      }
      if (seen != last) changes_seen.fetch_add(1, std::memory_order_relaxed);  // a count, orders nothing
      last = seen;
    }
  });
  CHECK(changes_seen > 3);  // otherwise nobody read while batches came
}

TEST_CASE("an insertMany of new rows is refused as a whole when one key is there") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  Caller caller(epochs);
  const auto table = MakeHashTable(epochs, secret, true);
  REQUIRE(caller.InsertMany(*table, {}) == Status::kOk);
  REQUIRE(caller.Insert(*table, Row({Int(5), Int(0)})) == Status::kOk);
  std::vector<Term> rows;
  for (std::int32_t i = 0; i < 100; ++i) rows.push_back(Row({Int(i), Int(1)}));
  CHECK(caller.InsertMany(*table, rows, true) == Status::kExists);
  CHECK(table->Size() == 1);
  CHECK(caller.InsertMany(*table, {Row({Int(7), Int(1)}), Row({Int(7), Int(2)})}, true) == Status::kOk);
  REQUIRE(caller.Lookup(*table, Int(7)) == Status::kOk);
  CHECK(SecondOf(caller.answer()) == 2);
  CHECK(caller.InsertMany(*table, rows) == Status::kOk);
  CHECK(table->Size() == 100);
}

#if defined(TERMSTORE_TEST_FAULTS)

TEST_CASE("an insertMany that runs out of memory leaves the table as it was") {
  for (const bool striped : {false, true}) {
    Rng rng(RunSeed());
    const HashSecret secret = CollidingSecret(rng);
    Epochs epochs;
    Caller caller(epochs);
    const auto table = MakeHashTable(epochs, secret, striped);
    for (std::int32_t i = 0; i < 50; ++i)
      REQUIRE(caller.Insert(*table, Row({Int(i), Int(0)})) == Status::kOk);
    for (std::uint32_t i = 0; i < 20; ++i)
      REQUIRE(caller.Insert(*table, Row({CollidingKey(i), Int(0)})) == Status::kOk);
    // New keys, replaced ones, the same key twice, chains that need overflow buckets, rows with slabs of
    // their own.
    std::vector<Term> rows;
    for (std::int32_t i = 30; i < 120; ++i)
      rows.push_back(Row({Int(i % 100), String(std::string(static_cast<std::size_t>(i), 'b'))}));
    for (std::uint32_t i = 10; i < 60; ++i) rows.push_back(Row({CollidingKey(i), Int(1)}));
    for (std::int32_t i = 0; i < 5; ++i) rows.push_back(Row({Int(i), String(std::string(20000, 'c'))}));
    const std::vector<Term> before = Content(caller, *table);
    const std::uint64_t size = table->Size();
    std::uint32_t failures = 0;
    for (std::uint32_t successes = 0;; ++successes) {
      std::vector<RowInput> inputs;
      for (const Term& row : rows) inputs.push_back(Input(row));
      Status status;
      {
        const Shortage shortage(successes);
        status = caller.Call([&](Reply&) {
          return table->InsertMany(inputs.data(), static_cast<std::uint32_t>(inputs.size()), false);
        });
      }
      if (status == Status::kOk) break;
      REQUIRE(status == Status::kNoMemory);
      ++failures;
      REQUIRE(table->Size() == size);
      REQUIRE((Content(caller, *table) == before));
    }
    CHECK(failures > 5);
    for (const Term& row : rows)
      REQUIRE(caller.Member(*table, Copy(RowElement(View(row), 0))) == Status::kOk);
    CHECK(table->Size() == 100 + 60);
  }
}

TEST_CASE("a point operation that runs out of memory says so and changes nothing") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  Caller caller(epochs);
  const auto table = MakeHashTable(epochs, secret);
  const Term large = Row({Int(1), String(std::string(20000, 'l'))});
  REQUIRE(caller.Insert(*table, large) == Status::kOk);
  REQUIRE(caller.Insert(*table, Row({Int(2), Int(7)})) == Status::kOk);
  const std::vector<Term> before = Content(caller, *table);
  const auto short_of_memory = [&](auto body) {
    const Shortage shortage(0);
    return caller.Call(body);
  };
  const Term larger = Row({Int(2), String(std::string(30000, 'm'))});
  CHECK(short_of_memory([&](Reply&) { return table->Insert(Input(larger)); }) == Status::kNoMemory);
  const Term fresh = Row({Int(3), String(std::string(30000, 'm'))});
  CHECK(short_of_memory([&](Reply&) { return table->Insert(Input(fresh)); }) == Status::kNoMemory);
  CHECK(short_of_memory([&](Reply&) { return table->InsertNew(Input(fresh)); }) == Status::kNoMemory);
  CHECK(short_of_memory([&](Reply& reply) { return table->Lookup(View(Int(1)), reply); }) ==
        Status::kNoMemory);
  CHECK(short_of_memory([&](Reply& reply) { return table->Take(View(Int(1)), reply); }) == Status::kNoMemory);
  CHECK(short_of_memory([&](Reply& reply) { return table->LookupElement(View(Int(1)), 1, reply); }) ==
        Status::kNoMemory);
  const Term text = String("another size");
  const ElementChange change{1, View(text)};
  ElementEditor editor(&change, 1, 0);
  CHECK(short_of_memory([&](Reply&) { return table->Edit(View(Int(2)), editor, nullptr); }) ==
        Status::kNoMemory);
  NumberCounter counter(1, 0, 1);
  const Term fallback = Row({Int(9), Int(1)});
  const RowInput input = Input(fallback);
  CHECK(short_of_memory([&](Reply&) { return table->Edit(View(Int(9)), counter, &input); }) ==
        Status::kNoMemory);
  CHECK((Content(caller, *table) == before));
  CHECK(caller.Take(*table, Int(1)) == Status::kOk);
  CHECK((caller.answer() == large));
}

TEST_CASE("inserts go on while the table cannot grow") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  Caller caller(epochs);
  const auto table = MakeHashTable(epochs, secret);
  std::int32_t inserted = 0;
  for (std::int32_t i = 0; i < 3000; ++i) {
    const Term row = Row({Int(i), Int(i)});
    const Shortage shortage(static_cast<std::uint32_t>(rng.Below(3)));
    if (caller.Insert(*table, row) == Status::kOk) ++inserted;
  }
  CHECK(inserted > 100);
  CHECK(inserted < 3000);
  CHECK(table->Size() == static_cast<std::uint64_t>(inserted));
  CHECK(Content(caller, *table).size() == static_cast<std::size_t>(inserted));
}

TEST_CASE("a table that cannot be made leaves nothing behind") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  std::uint32_t failures = 0;
  for (std::uint32_t successes = 0;; ++successes) {
    const Shortage shortage(successes);
    if (MakeHashTable(epochs, secret, true) != nullptr) break;
    ++failures;
  }
  CHECK(failures > 2);
}

#endif

}  // namespace termstore::test
