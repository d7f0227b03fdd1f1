// Memory comes back while rows stay: what removals leave behind is moved together.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "test/support/faults.h"
#include "test/support/hash_rows.h"
#include "test/support/matching.h"
#include "test/support/seed.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

enum class Kind { kSet, kStripedSet, kBag, kDuplicateBag, kPacked };
constexpr Kind kKinds[] = {Kind::kSet, Kind::kStripedSet, Kind::kBag, Kind::kDuplicateBag, Kind::kPacked};

std::unique_ptr<Table> MakeKind(Kind kind, Epochs& epochs, const HashSecret& secret) {
  TableTraits traits;
  if (kind == Kind::kBag) traits.type = TableType::kBag;
  if (kind == Kind::kDuplicateBag) traits.type = TableType::kDuplicateBag;
  if (kind == Kind::kStripedSet) traits.write_concurrency = WriteConcurrency::kOn;
  const auto make = [&](const TableTraits& of) { return HashTable::Make(of, epochs, secret); };
  return kind == Kind::kPacked ? MakeCompressed(traits, epochs, make) : make(traits);
}

// Rows of one, two and four cells; in bags up to three of a key.
std::vector<Term> RowsOf(Kind kind, std::int32_t key) {
  std::vector<Term> rows;
  const int count = kind == Kind::kBag || kind == Kind::kDuplicateBag ? 1 + key % 3 : 1;
  for (int i = 0; i < count; ++i)
    rows.push_back(Row({Int(key), Int(i), String(std::string(static_cast<std::size_t>(key % 50), 'c'))}));
  return rows;
}

Term Longer(std::int32_t key) { return Row({Int(key), Int(0), String(std::string(200, 'x'))}); }

struct Subject {
  Rng rng{RunSeed()};
  HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  Caller caller{epochs};
  Kind kind;
  std::unique_ptr<Table> table;

  explicit Subject(Kind of) : kind(of), table(MakeKind(of, epochs, secret)) { REQUIRE(table); }

  std::vector<std::int32_t> Fill(std::int32_t keys) {
    std::vector<std::int32_t> all;
    for (std::int32_t key = 0; key < keys; ++key) {
      for (const Term& row : RowsOf(kind, key)) REQUIRE(caller.Insert(*table, row) == Status::kOk);
      all.push_back(key);
    }
    for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[rng.Below(i)]);
    return all;
  }
  // The memory of a table that never had other rows than these.
  std::size_t Fresh(const std::vector<std::int32_t>& keys, std::size_t from) {
    const std::unique_ptr<Table> fresh = MakeKind(kind, epochs, secret);
    for (std::size_t i = from; i < keys.size(); ++i) {
      for (const Term& row : RowsOf(kind, keys[i])) REQUIRE(caller.Insert(*fresh, row) == Status::kOk);
    }
    return caller.Memory(*fresh);
  }
  void CheckRows(const std::vector<std::int32_t>& keys, std::size_t from) {
    std::size_t rows = 0;
    for (std::size_t i = from; i < keys.size(); ++i) {
      const std::vector<Term> wanted = RowsOf(kind, keys[i]);
      REQUIRE(caller.Lookup(*table, Int(keys[i])) == Status::kOk);
      const bool bag = kind == Kind::kBag || kind == Kind::kDuplicateBag;
      REQUIRE((bag ? caller.Rows() : std::vector<Term>{caller.answer()}) == wanted);
      rows += wanted.size();
    }
    CHECK(caller.Size(*table) == rows);
    CHECK(ScanAll(caller, *table, 100, [] {}).size() == rows);
  }
};

constexpr std::int32_t kKeys = 30000;
constexpr std::size_t kSlack = 65536;

}  // namespace

TEST_CASE("removing rows in any order gives their memory back, and the others stay as they are") {
  for (const Kind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Subject subject(kind);
    const std::vector<std::int32_t> keys = subject.Fill(kKeys);
    const std::size_t before = subject.caller.Memory(*subject.table);
    const std::size_t removed = keys.size() * 9 / 10;
    for (std::size_t i = 0; i < removed; ++i)
      REQUIRE(subject.caller.Delete(*subject.table, Int(keys[i])) == Status::kOk);
    const std::size_t after = subject.caller.Memory(*subject.table);
    CHECK(after < before / 2);
    CHECK(after <= kSlack + 3 * subject.Fresh(keys, removed));
    subject.CheckRows(keys, removed);
    for (std::size_t i = removed; i < keys.size(); ++i)
      REQUIRE(subject.caller.Delete(*subject.table, Int(keys[i])) == Status::kOk);
    CHECK(subject.caller.Memory(*subject.table) < before / 10);
  }
}

TEST_CASE("a selection that removes rows gives their memory back as well") {
  for (const Kind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    Subject subject(kind);
    const std::vector<std::int32_t> keys = subject.Fill(kKeys);
    const std::size_t before = subject.caller.Memory(*subject.table);
    // Keys above a tenth: which slab a row lies in has nothing to do with its key's place in the walk.
    const Code code = Program({{3,
                                RowOf({Bind(0), Bind(1), Bind(2)}),
                                {Call(MatchFunction::kGe, {Var(0), Const(Int(kKeys / 10))})},
                                {Const(True())}}});
    MatchProgram program;
    REQUIRE(MatchProgram::Parse({code.data(), code.size()}, &program) == Status::kOk);
    MatchRun run(program, 0);
    std::vector<std::int32_t> left;
    for (const std::int32_t key : keys) {
      if (key < kKeys / 10) left.push_back(key);
    }
    SelectRequest request;
    request.mode = SelectMode::kDelete;
    request.run = &run;
    SelectResult result;
    do {
      REQUIRE(subject.caller.Call([&](Reply& reply) {
        return subject.table->Select(request, reply, result);
      }) == Status::kOk);
    } while (!result.done);
    const std::size_t after = subject.caller.Memory(*subject.table);
    CHECK(after < before / 2);
    CHECK(after <= kSlack + 3 * subject.Fresh(left, 0));
    subject.CheckRows(left, 0);
  }
}

#if defined(TERMSTORE_TEST_FAULTS)
TEST_CASE("rows stay where they are when there is no memory to move them to") {
  Subject subject(Kind::kSet);
  const std::vector<std::int32_t> keys = subject.Fill(kKeys);
  const std::size_t removed = keys.size() * 9 / 10;
  {
    const Shortage none(0);
    for (std::size_t i = 0; i < removed; ++i)
      REQUIRE(subject.caller.Delete(*subject.table, Int(keys[i])) == Status::kOk);
  }
  subject.CheckRows(keys, removed);
}

#endif

// Interleaving: rows are moved while readers without the lock copy them.
TEST_CASE("a reader without the lock finds the rows that are moved, whole") {
  Subject subject(Kind::kSet);
  Table& table = *subject.table;
  constexpr std::int32_t kStay = 200;
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> reads{0};
  std::size_t highest = 0;
  std::size_t lowest = ~std::size_t{0};
  for (std::int32_t key = 0; key < kStay; ++key)
    REQUIRE(subject.caller.Insert(table, RowsOf(Kind::kSet, key)[0]) == Status::kOk);
  RunInThreads(3, [&](int thread, ThreadFailures& failures) {
    Caller caller(subject.epochs);
    Rng rng(RunSeed() + static_cast<std::uint64_t>(thread));
    if (thread > 0) {
      while (!done.load() && !failures.failed()) {
        const auto key = static_cast<std::int32_t>(rng.Below(kStay));
        if (caller.Lookup(table, Int(key)) != Status::kOk) failures.Add("a row is missing");
        if (caller.answer() != RowsOf(Kind::kSet, key)[0] && caller.answer() != Longer(key))
          failures.Add("another row, or a torn one");
        reads.fetch_add(1, std::memory_order_relaxed);  // a count, orders nothing
      }
      return;
    }
    for (std::uint64_t round = Scaled(40); round > 0 && !failures.failed(); --round) {
      std::vector<std::int32_t> crowd;
      for (std::int32_t key = kStay; key < 5000; ++key) crowd.push_back(key);
      for (std::size_t i = crowd.size(); i > 1; --i) std::swap(crowd[i - 1], crowd[rng.Below(i)]);
      // Those that stay are written again in between, so that they lie among those that go.
      for (std::size_t i = 0; i < crowd.size(); ++i) {
        caller.Insert(table, RowsOf(Kind::kSet, crowd[i])[0]);
        const auto key = static_cast<std::int32_t>(rng.Below(kStay));
        if (i % 20 != 0) continue;
        caller.Insert(table, Longer(key));
        caller.Insert(table, RowsOf(Kind::kSet, key)[0]);
      }
      highest = std::max(highest, caller.Memory(table));
      for (const std::int32_t key : crowd) caller.Delete(table, Int(key));
      lowest = std::min(lowest, caller.Memory(table));
    }
    done.store(true);
  });
  CHECK(reads > 0);
  CHECK(lowest < highest / 3);
}

}  // namespace termstore::test
