// Ordered tables with several threads at once; run these under ThreadSanitizer.
#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include "core/table/ordered_table.h"
#include "test/support/caller.h"
#include "test/support/rng.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

std::unique_ptr<OrderedTable> MakeSubject(Epochs& epochs) {
  TableTraits traits;
  traits.type = TableType::kOrderedSet;
  traits.write_concurrency = WriteConcurrency::kAuto;
  return OrderedTable::Make(traits, epochs, {64, 16384});
}

std::int32_t SecondOf(const Term& row) { return Load<std::int32_t>(RowElement(View(row), 1).data + 1); }

}  // namespace

// Interleaving: a batch spans many shards; lookups of its first and last key come in between, and chunks of a
// range.
TEST_CASE("no reader sees a part of an insertMany, neither by two lookups nor in one chunk") {
  Epochs epochs;
  auto table = MakeSubject(epochs);
  constexpr std::int32_t kKeys = 300;
  const std::int32_t rounds = static_cast<std::int32_t>(Scaled(3000));
  std::atomic<std::uint64_t> changes_seen{0};
  std::atomic<bool> done{false};
  {
    Caller caller(epochs);
    std::vector<Term> rows;
    for (std::int32_t i = 0; i < kKeys; ++i) rows.push_back(Row({Int(i), Int(0)}));
    REQUIRE(caller.InsertMany(*table, rows) == Status::kOk);
  }
  RunInThreads(4, [&](int thread, ThreadFailures& failures) {
    Caller caller(epochs);
    if (thread == 0) {
      for (std::int32_t round = 1; round <= rounds && !failures.failed(); ++round) {
        std::vector<Term> rows;
        for (std::int32_t i = 0; i < kKeys; i += 3) rows.push_back(Row({Int(i), Int(round)}));
        if (caller.InsertMany(*table, rows) != Status::kOk) failures.Add("a batch was refused");
      }
      done.store(true);
      return;
    }
    std::int32_t last = 0;
    while (!done.load() && !failures.failed()) {
      std::int32_t first = 0;
      std::int32_t second = 0;
      if (thread == 1) {
        // A batch whose last key is seen has its first key in the table as well, and the other way round.
        caller.Lookup(*table, Int(0));
        first = SecondOf(caller.answer());
        caller.Lookup(*table, Int(kKeys - 3));
        second = SecondOf(caller.answer());
        if (second < first) failures.Add("the last row of a batch is older than its first");
      } else {
        RangeRequest request;
        request.direction = thread == 2 ? Direction::kForward : Direction::kBackward;
        ChunkResult result;
        caller.Call([&](Reply& reply) { return table->Range(request, reply, result); });
        const std::vector<Term> rows = caller.Rows();
        if (rows.size() != kKeys) return failures.Add("a chunk misses rows");
        first = -1;
        for (const Term& row : rows) {
          if (Load<std::int32_t>(RowElement(View(row), 0).data + 1) % 3 != 0) continue;
          if (first == -1) first = SecondOf(row);
          if (SecondOf(row) != first) failures.Add("a chunk shows a part of a batch");
        }
      }
      if (first != last) changes_seen.fetch_add(1, std::memory_order_relaxed);  // a count, orders nothing
      last = first;
    }
  });
  CHECK(changes_seen > 3);  // otherwise nobody read while batches came
  CHECK(table->Check() == nullptr);
}

// Interleaving: splits and joins move rows to other shards while lookups, steps and chunks pass through them.
TEST_CASE("rows that stay are always found while their neighbours come and go") {
  Epochs epochs;
  auto table = MakeSubject(epochs);
  const std::uint64_t rounds = Scaled(20000);
  std::atomic<std::uint64_t> found{0};
  {
    Caller caller(epochs);
    for (std::int32_t i = 0; i < 1000; i += 10)
      REQUIRE(caller.Insert(*table, Row({Int(i), Int(i)})) == Status::kOk);
  }
  RunInThreads(4, [&](int thread, ThreadFailures& failures) {
    Caller caller(epochs);
    Rng rng(static_cast<std::uint64_t>(thread) + 1);
    for (std::uint64_t round = 0; round < rounds && !failures.failed(); ++round) {
      if (thread < 2) {
        const auto start = static_cast<std::int32_t>(rng.Below(1000));
        const bool insert = rng.OneIn(2);
        for (std::int32_t i = start; i < start + 40; ++i) {
          if (i % 10 == 0) continue;
          if (insert) {
            caller.Insert(*table, Row({Int(i), Int(i)}));
          } else {
            caller.Delete(*table, Int(i));
          }
        }
        continue;
      }
      const Term key = Int(10 * static_cast<std::int32_t>(rng.Below(100)));
      if (caller.Lookup(*table, key) != Status::kOk) failures.Add("a row that stays was not found");
      const Term before = Int(Load<std::int32_t>(key.data() + 1) - 1);
      if (caller.Step(*table, Direction::kForward, before) != Status::kOk || caller.answer() != key) {
        failures.Add("a step passed over a row that stays");
      }
      if (round % 50 == 0) {
        RangeRequest request;
        request.max_rows = 100;
        std::int32_t seen = 0;
        for (const Term& row : caller.Range(*table, request)) seen += SecondOf(row) % 10 == 0 ? 1 : 0;
        if (seen != 100) failures.Add("a traversal skipped or repeated a row that stays");
      }
      found.fetch_add(1, std::memory_order_relaxed);  // a count, orders nothing
    }
  });
  CHECK(found > 0);
  const OrderedStats stats = table->Stats();
  CHECK(stats.splits + stats.contended_splits > 0);
  CHECK(stats.joins > 0);
  CHECK(table->Check() == nullptr);
}

// Interleaving: everything at once, DeleteAll() included; the end is compared with what the threads counted.
TEST_CASE("after everything at once the size is exact and all memory comes back") {
  Epochs epochs;
  auto table = MakeSubject(epochs);
  std::size_t empty_memory = 0;
  {
    Caller caller(epochs);
    empty_memory = caller.Memory(*table);
  }
  RunInThreads(4, [&](int thread, ThreadFailures& failures) {
    Caller caller(epochs);
    Rng rng(static_cast<std::uint64_t>(thread) + 100);
    for (std::uint64_t round = Scaled(30000); round > 0 && !failures.failed(); --round) {
      const auto number = static_cast<std::int32_t>(rng.Below(3000));
      const Term row = Row({Int(number), String(std::string(rng.Below(200), 'r'))});
      switch (rng.Below(8)) {
        case 0: {
          std::vector<Term> rows;
          for (std::int32_t i = 0; i < 20; ++i) rows.push_back(Row({Int(number + i * 50), Int(i)}));
          caller.InsertMany(*table, rows, rng.OneIn(2));
          break;
        }
        case 1:
          caller.Take(*table, Int(number));
          break;
        case 2:
          caller.Delete(*table, Int(number));
          break;
        case 3:
          caller.Step(*table, rng.OneIn(2) ? Direction::kForward : Direction::kBackward, Int(number));
          break;
        case 4:
          if (rng.OneIn(300)) caller.DeleteAll(*table);
          if (caller.Size(*table) > 1000000) failures.Add("the size is negative");
          break;
        default:
          caller.Insert(*table, row);
      }
    }
  });
  CHECK(table->Check() == nullptr);
  Caller caller(epochs);
  const std::vector<Term> rows = caller.Range(*table, {});
  CHECK(caller.Size(*table) == rows.size());
  for (const Term& row : rows) REQUIRE(caller.Delete(*table, Copy(RowElement(View(row), 0))) == Status::kOk);
  CHECK(caller.Size(*table) == 0);
  REQUIRE(caller.DeleteAll(*table) == Status::kOk);
  CHECK(caller.Memory(*table) == empty_memory);
  epochs.Collect();
  CHECK(epochs.pending() == 0);
}

// Interleaving: threads meet in one small shard until it splits for that reason alone.
TEST_CASE("a shard that threads wait for splits although it is small") {
  Epochs epochs;
  auto table = MakeSubject(epochs);
  std::atomic<bool> over{false};
  RunInThreads(4, [&](int thread, ThreadFailures&) {
    Caller caller(epochs);
    Rng rng(static_cast<std::uint64_t>(thread) + 7);
    // One thread holds the lock for long at a time, so that the others meet it on a busy machine, too.
    std::vector<Term> many;
    for (std::int32_t i = 0; thread == 0 && i < 3000; ++i) many.push_back(Row({Int(i % 60), Int(i)}));
    for (int round = 0; !over.load(); ++round) {
      if (thread == 0) {
        caller.InsertMany(*table, many, false);
      } else {
        caller.Insert(*table,
                      Row({Int(static_cast<std::int32_t>(rng.Below(60))), String(std::string(60, 'h'))}));
      }
      if (caller.Call([&](Reply&) { return table->Stats().contended_splits; }) > 0) over.store(true);
      // The others go on as long as there is somebody to meet.
      if (thread == 0 && round == 20000) over.store(true);
    }
  });
  CHECK(table->Stats().contended_splits > 0);
  CHECK(table->Stats().splits == 0);
  CHECK(table->Check() == nullptr);
}

}  // namespace termstore::test
