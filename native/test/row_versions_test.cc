// Stamps: what a reader keeps of a row is true until the row's version word says otherwise.
#include "core/table/row_versions.h"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/table/counter.h"
#include "core/table/ordered_table.h"
#include "test/support/hash_rows.h"
#include "test/support/matching.h"
#include "test/support/seed.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

enum class Kind { kSet, kStripedSet, kAutoSet, kBag, kDuplicateBag, kOrdered, kPacked };
constexpr Kind kKinds[] = {Kind::kSet,          Kind::kStripedSet, Kind::kAutoSet, Kind::kBag,
                           Kind::kDuplicateBag, Kind::kOrdered,    Kind::kPacked};

struct Subject {
  Rng rng{RunSeed()};
  HashSecret secret = CollidingSecret(rng);
  VersionWords words;
  Epochs epochs;
  Caller caller{epochs};
  std::unique_ptr<Table> table;

  explicit Subject(Kind kind, std::uint32_t bits = VersionWords::kMostBits) {
    TableTraits traits;
    if (kind == Kind::kOrdered) traits.type = TableType::kOrderedSet;
    if (kind == Kind::kBag) traits.type = TableType::kBag;
    if (kind == Kind::kDuplicateBag) traits.type = TableType::kDuplicateBag;
    if (kind == Kind::kStripedSet) traits.write_concurrency = WriteConcurrency::kOn;
    if (kind == Kind::kAutoSet) traits.write_concurrency = WriteConcurrency::kAuto;
    const auto make = [this](const TableTraits& of) -> std::unique_ptr<Table> {
      if (of.type == TableType::kOrderedSet) return OrderedTable::Make(of, epochs, {64, 16384});
      return HashTable::Make(of, epochs, secret);
    };
    table = kind == Kind::kPacked ? MakeCompressed(traits, epochs, make) : make(traits);
    REQUIRE(table);
    table->versions().Offer(words, kind == Kind::kOrdered ? VersionWords::kLeastBits : bits);
  }

  RowStamp Stamp(const Term& key) {
    return caller.Call([&](Reply&) { return table->Stamp(View(key)); });
  }
  bool IsTrue(const RowStamp& stamp) {
    return words.Map()[stamp.place].load(std::memory_order_seq_cst) == stamp.version;
  }
  void Put(std::int32_t key, std::int32_t value) {
    REQUIRE(caller.Insert(*table, Row({Int(key), Int(value)})) == Status::kOk);
  }
  Status Count(const Term& key) {
    NumberCounter counter(1, 0, 1);
    return caller.Call([&](Reply&) { return table->Edit(View(key), counter, nullptr); });
  }
  // Removes every row, or those of a key. `run`: for each row true.
  Status Remove(MatchRun& run, SelectMode mode, const Bytes* key) {
    return caller.Call([&](Reply& reply) {
      SelectRequest request;
      request.mode = mode;
      request.run = &run;
      request.keys = key;
      request.key_count = key == nullptr ? 0 : 1;
      SelectResult result;
      return table->Select(request, reply, result);
    });
  }
  bool is_bag() const { return table->traits().type >= TableType::kBag; }
};

}  // namespace

TEST_CASE("every operation that changes a row makes its stamps untrue") {
  for (const Kind kind : kKinds) {
    Subject subject(kind);
    const Code code = Program({{2, RowOf({Bind(0), Bind(1)}), {}, {Const(True())}}});
    MatchProgram program;
    REQUIRE(MatchProgram::Parse({code.data(), code.size()}, &program) == Status::kOk);
    MatchRun run(program, 0);
    Table& table = *subject.table;
    Caller& caller = subject.caller;
    const Term key = Int(7);
    const Bytes bytes = View(key);
    const Term row = Row({key, Int(1)});
    const Term other = Row({key, Int(2)});
    using Change = std::function<Status()>;
    const std::vector<std::pair<const char*, Change>> changes = {
        {"insert", [&] { return caller.Insert(table, row); }},
        {"insert again", [&] { return caller.Insert(table, other); }},
        {"delete", [&] { return caller.Delete(table, key); }},
        {"insert new", [&] { return caller.InsertNew(table, row); }},
        {"delete object", [&] { return caller.DeleteObject(table, row); }},
        {"insert many",
         [&] {
           return caller.InsertMany(table, {Row({Int(1), Int(1)}), row});
         }},
        {"count", [&] { return subject.is_bag() ? caller.Insert(table, other) : subject.Count(key); }},
        {"take", [&] { return caller.Take(table, key); }},
        {"insert many new",
         [&] {
           return caller.InsertMany(table, {row, other}, true);
         }},
        {"select, delete", [&] { return subject.Remove(run, SelectMode::kDelete, nullptr); }},
        {"insert", [&] { return caller.Insert(table, row); }},
        {"select of a key, take",
         [&] {
           const bool ordered = table.traits().type == TableType::kOrderedSet;
           return subject.Remove(run, SelectMode::kTake, ordered ? nullptr : &bytes);
         }},
        {"insert", [&] { return caller.Insert(table, row); }},
        {"delete all", [&] { return caller.DeleteAll(table); }},
    };
    for (const auto& [label, change] : changes) {
      const std::string name(label);  // not every compiler lets the macro's lambda capture the binding
      CAPTURE(static_cast<int>(kind));
      CAPTURE(name);
      const RowStamp stamp = subject.Stamp(key);
      REQUIRE(stamp.place != RowStamp::kNone);
      CHECK(subject.IsTrue(stamp));
      CHECK(change() == Status::kOk);
      CHECK_FALSE(subject.IsTrue(stamp));
    }
  }
}

TEST_CASE("a change leaves the stamps of most other rows true, also while stripes are divided") {
  for (const Kind kind : {Kind::kSet, Kind::kStripedSet, Kind::kAutoSet, Kind::kBag, Kind::kPacked}) {
    Subject subject(kind);
    std::vector<RowStamp> stamps;
    for (std::int32_t i = 0; i < 100; ++i) {
      subject.Put(i, i);
      stamps.push_back(subject.Stamp(Int(i)));
    }
    stamps.clear();
    for (std::int32_t i = 0; i < 100; ++i) stamps.push_back(subject.Stamp(Int(i)));
    if (kind != Kind::kPacked) REQUIRE(MoveStripes(subject.caller, *subject.table, subject.rng));
    subject.Put(50, 51);
    int untrue = 0;
    for (const RowStamp& stamp : stamps) untrue += subject.IsTrue(stamp) ? 0 : 1;
    CHECK_FALSE(subject.IsTrue(stamps[50]));
    CHECK(untrue < 10);
  }
}

TEST_CASE("there is no stamp without words, nor of a table that is gone") {
  for (const Kind kind : kKinds) {
    Subject subject(kind);
    const RowStamp stamp = subject.Stamp(Int(1));
    CHECK(subject.IsTrue(stamp));
    subject.table->versions().RaiseAll();
    CHECK_FALSE(subject.IsTrue(stamp));
    const RowStamp second = subject.Stamp(Int(1));
    CHECK(subject.IsTrue(second));
    subject.table->versions().Close();
    CHECK_FALSE(subject.IsTrue(second));
    CHECK(subject.Stamp(Int(1)).place == RowStamp::kNone);
  }
  Epochs epochs;
  Caller caller(epochs);
  const HashSecret secret{{1, 3, 5, 7}};
  const auto table = MakeHashTable(epochs, secret);
  const Term key = Int(1);
  CHECK(caller.Call([&](Reply&) { return table->Stamp(View(key)); }).place == RowStamp::kNone);
}

TEST_CASE("a word that is used up gives no stamps any more and is never raised again") {
  Subject subject(Kind::kSet);
  const Term key = Int(3);
  VersionWords::Word& word = subject.words.Map()[subject.Stamp(key).place];
  word.store(VersionWords::kSpent - 1, std::memory_order_relaxed);
  const RowStamp last = subject.Stamp(key);
  CHECK(last.version == VersionWords::kSpent - 1);
  for (int i = 0; i < 3; ++i) {
    subject.Put(3, i);
    CHECK(word.load(std::memory_order_relaxed) == VersionWords::kSpent);
    CHECK_FALSE(subject.IsTrue(last));
    CHECK(subject.Stamp(key).place == RowStamp::kNone);
    subject.table->versions().RaiseAll();
  }
}

TEST_CASE("blocks of words do not overlap, are used again and count on") {
  VersionWords words;
  std::vector<VersionWords::Word*> blocks;
  constexpr std::uint32_t kBits = VersionWords::kMostBits;
  for (VersionWords::Word* block; (block = words.Take(kBits)) != nullptr;) {
    if (!blocks.empty()) REQUIRE(block == blocks.back() + (1u << kBits));
    blocks.push_back(block);
  }
  CHECK(blocks.size() == VersionWords::kWords >> kBits);
  CHECK(words.Take(VersionWords::kLeastBits) == nullptr);
  blocks[2]->store(77, std::memory_order_relaxed);
  words.GiveBack(blocks[5], kBits);
  words.GiveBack(blocks[2], kBits);
  CHECK(words.Take(VersionWords::kLeastBits) == nullptr);
  CHECK(words.Take(kBits) == blocks[2]);
  CHECK(blocks[2]->load(std::memory_order_relaxed) == 77);
  CHECK(words.Take(kBits) == blocks[5]);
  CHECK(words.Take(kBits) == nullptr);
}

TEST_CASE("where no words are left a table gives no stamps, and works") {
  Subject subject(Kind::kSet);
  while (subject.words.Take(VersionWords::kMostBits) != nullptr) {
  }
  CHECK(subject.Stamp(Int(1)).place == RowStamp::kNone);
  subject.Put(1, 1);
  CHECK(subject.caller.Lookup(*subject.table, Int(1)) == Status::kOk);
}

// What was read under a stamp that is still true when a write is known to be over is what was written.
TEST_CASE("nobody finds a stamp true whose row an operation that is over has changed") {
  constexpr std::int32_t kKeys = 4;
  constexpr std::int32_t kRounds = 4000;
  for (const Kind kind : {Kind::kSet, Kind::kStripedSet, Kind::kOrdered, Kind::kPacked}) {
    Subject subject(kind, 8);
    std::atomic<std::int32_t> written[kKeys] = {};
    for (std::int32_t i = 0; i < kKeys; ++i) subject.Put(i, 0);
    std::atomic<bool> done{false};
    RunInThreads(3, [&](int number, ThreadFailures& failures) {
      Caller caller(subject.epochs);
      if (number == 0) {
        for (std::int32_t round = 1; round <= kRounds; ++round) {
          for (std::int32_t i = 0; i < kKeys; ++i) {
            if (caller.Insert(*subject.table, Row({Int(i), Int(round)})) != Status::kOk)
              failures.Add("insert");
            written[i].store(round, std::memory_order_seq_cst);
          }
        }
        done.store(true, std::memory_order_seq_cst);
        return;
      }
      for (std::int32_t i = 0; !done.load(std::memory_order_seq_cst); i = (i + 1) % kKeys) {
        const Term key = Int(i);
        RowStamp stamp;
        const Status status = caller.Call([&](Reply& reply) {
          stamp = subject.table->Stamp(View(key));
          return subject.table->Lookup(View(key), reply);
        });
        if (status != Status::kOk || stamp.place == RowStamp::kNone) return failures.Add("no row or stamp");
        const Term row = caller.answer();
        const std::int32_t kept = Load<std::int32_t>(row.data() + row.size() - 4);
        for (int again = 0; again < 20; ++again) {
          const std::int32_t over = written[i].load(std::memory_order_seq_cst);
          if (!subject.IsTrue(stamp)) break;
          if (kept < over)
            return failures.Add("kept " + std::to_string(kept) + " after " + std::to_string(over));
        }
      }
    });
  }
}

TEST_CASE("a run of steps is those one by one, and the stamp of its key vouches for each") {
  for (const Kind kind : kKinds) {
    for (const std::uint32_t bits : {VersionWords::kMostBits, 8u}) {
      Subject subject(kind, bits);
      Table& table = *subject.table;
      Caller& caller = subject.caller;
      // Many in one bucket, and more than a run sorts, among others.
      for (std::uint32_t i = 0; i < 50; ++i)
        REQUIRE(caller.Insert(table, Row({CollidingKey(i), Int(0)})) == Status::kOk);
      for (std::int32_t i = 0; i < 5000; ++i) subject.Put(i, 0);
      RangeRequest limits;
      limits.keys_only = true;
      limits.max_bytes = 4096;
      std::uint64_t steps = 0;
      std::uint64_t runs = 0;
      Term key;
      REQUIRE(caller.Step(table, Direction::kForward, {}) == Status::kOk);
      for (key = caller.answer();;) {
        limits.max_rows = static_cast<std::uint32_t>(1 + subject.rng.Below(40));
        const RowStamp stamp = subject.Stamp(key);
        ChunkResult result;
        REQUIRE(caller.Call([&](Reply& reply) {
          return table.StepRun(Direction::kForward, View(key), limits, reply, result);
        }) == Status::kOk);
        const std::vector<Term> run = caller.Rows();
        REQUIRE(run.size() == result.rows);
        ++runs;
        for (const Term& next : run) {
          REQUIRE(caller.Step(table, Direction::kForward, key) == Status::kOk);
          REQUIRE(caller.answer() == next);
          key = next;
          if (result.unstamped) continue;
          REQUIRE(subject.Stamp(key).place == stamp.place);
        }
        steps += run.size();
        if (result.unstamped) REQUIRE(run.size() <= 1);
        if (run.empty()) break;
      }
      CHECK(caller.Step(table, Direction::kForward, key) == Status::kNotFound);
      CHECK(steps == 5049);
      if (bits == 8) CHECK(runs < steps / 4);
      if (subject.is_bag()) {
        limits.keys_only = false;
        ChunkResult result;
        CHECK(caller.Call([&](Reply& reply) {
          return table.StepRun(Direction::kForward, View(key), limits, reply, result);
        }) == Status::kTableType);
      }
    }
  }
}

TEST_CASE("a run of steps goes on from a key that was deleted while the table is fixed, and from no other") {
  for (const Kind kind : {Kind::kSet, Kind::kStripedSet, Kind::kBag, Kind::kPacked}) {
    Subject subject(kind, 8);
    Table& table = *subject.table;
    Caller& caller = subject.caller;
    for (std::int32_t i = 0; i < 2000; ++i) subject.Put(i, 0);
    RangeRequest limits;
    limits.keys_only = true;
    const auto run = [&](const Term& key) {
      ChunkResult result;
      return caller.Call(
          [&](Reply& reply) { return table.StepRun(Direction::kForward, View(key), limits, reply, result); });
    };
    CHECK(run(Int(-1)) == Status::kBadKey);
    caller.Call([&](Reply&) { return table.Fix(), true; });
    for (std::int32_t i = 0; i < 2000; i += 2) REQUIRE(caller.Delete(table, Int(i)) == Status::kOk);
    for (std::int32_t i = 0; i < 2000; ++i) {
      REQUIRE(run(Int(i)) == Status::kOk);
      const std::vector<Term> keys = caller.Rows();
      const Status next = caller.Step(table, Direction::kForward, Int(i));
      REQUIRE((keys.empty() ? next == Status::kNotFound : caller.answer() == keys[0]));
    }
    caller.Call([&](Reply&) { return table.Unfix(), true; });
    CHECK(run(Int(0)) == Status::kBadKey);
    CHECK(run(Int(1)) == Status::kOk);
  }
}

}  // namespace termstore::test
