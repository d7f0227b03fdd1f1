// Hash tables that adapt: when they are divided, and what everybody else sees of it. The models and the
// traversals of the other tests also run over stripes that move.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "test/support/faults.h"
#include "test/support/hash_rows.h"
#include "test/support/seed.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

constexpr std::uint32_t kDivided = 64;
constexpr std::uint32_t kContended = 512;

struct Adaptive {
  Rng rng{RunSeed()};
  HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  Caller caller{epochs};
  std::unique_ptr<Table> table;

  explicit Adaptive(TableType type = TableType::kSet, WriteConcurrency how = WriteConcurrency::kAuto,
                    const AdaptLimits& limits = {}) {
    TableTraits traits;
    traits.type = type;
    traits.write_concurrency = how;
    table = HashTable::Make(traits, epochs, secret, limits);
  }

  std::uint32_t Stripes() { return HashTableProbe::Stripes(*table); }
  Status Put(std::int32_t key, const Term& value = Int(0)) {
    return caller.Insert(*table, Row({Int(key), value}));
  }
  void Fill(std::int32_t from, std::int32_t to) {
    for (std::int32_t i = from; i < to; ++i) REQUIRE(Put(i) == Status::kOk);
  }
  void Fix(bool on) {
    (void)caller.Call([&](Reply&) {
      on ? table->Fix() : table->Unfix();
      return Status::kOk;
    });
  }
  std::vector<Term> BulkRows(std::int32_t count) {
    std::vector<Term> rows;
    for (std::int32_t i = 0; i < count; ++i) rows.push_back(Row({Int(i), Int(0)}));
    return rows;
  }
};

// Another thread's `operation` waits for the stripe of key 1 until it is let go.
template <typename Operation>
void MakeWait(Adaptive& it, Operation operation) {
  Stripe& stripe = HashTableProbe::StripeOf(*it.table, View(Int(1)));
  stripe.Acquire();
  std::thread other([&] {
    Caller caller(it.epochs);
    operation(caller);
  });
  // Time for it to come to the lock. When it is not enough, it is one wait less.
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  stripe.Release();
  other.join();
}

}  // namespace

TEST_CASE("a table that adapts stays as small as one that is not divided while it is small and calm") {
  Adaptive it;
  Adaptive plain(TableType::kSet, WriteConcurrency::kOff);
  CHECK(it.caller.Memory(*it.table) == plain.caller.Memory(*plain.table));
  it.Fill(0, 4096);
  for (std::int32_t i = 0; i < 20000; ++i) REQUIRE(it.Put(i % 4096) == Status::kOk);
  CHECK(it.Stripes() == 1);
  plain.Fill(0, 4096);
  CHECK(it.caller.Memory(*it.table) == plain.caller.Memory(*plain.table));
}

TEST_CASE("a table that adapts is divided before it is large: by its rows, by their bytes, by many at once") {
  const auto divided = [](auto fill) {
    for (const TableType type : {TableType::kSet, TableType::kBag, TableType::kDuplicateBag}) {
      Adaptive it(type);
      fill(it);
      CHECK(it.Stripes() == kDivided);
    }
  };
  divided([](Adaptive& it) {
    it.Fill(0, 4096);
    CHECK(it.Stripes() == 1);
    it.Fill(4096, 4097);
    CHECK(it.caller.Size(*it.table) == 4097);
    for (std::int32_t i = 0; i < 4097; ++i) REQUIRE(it.caller.Member(*it.table, Int(i)) == Status::kOk);
  });
  divided([](Adaptive& it) {
    const Term large = String(std::string(30000, 'x'));
    for (std::int32_t i = 0; i < 40; ++i) REQUIRE(it.Put(i, large) == Status::kOk);
    for (std::int32_t i = 0; i < 40; ++i) REQUIRE(it.caller.Member(*it.table, Int(i)) == Status::kOk);
  });
  divided([](Adaptive& it) {
    it.Fill(0, 1);
    REQUIRE(it.caller.InsertMany(*it.table, it.BulkRows(4096)) == Status::kOk);
    CHECK(it.caller.Size(*it.table) >= 4096);
  });
  Adaptive twice(TableType::kSet);
  REQUIRE(twice.caller.InsertMany(*twice.table, twice.BulkRows(4096), true) == Status::kOk);
  CHECK(twice.Stripes() == 1);
  REQUIRE(twice.caller.InsertMany(*twice.table, twice.BulkRows(4096), true) == Status::kExists);
  CHECK(twice.caller.Size(*twice.table) == 4096);
}

TEST_CASE("threads that wait for the only lock divide the table, readers and writers alike") {
  const auto insert = [](Adaptive& it) {
    return [&it](Caller& caller) { (void)caller.Insert(*it.table, Row({Int(1), Int(2)})); };
  };
  const auto read = [](Adaptive& it) {
    return [&it](Caller& caller) { (void)caller.Lookup(*it.table, Int(2)); };
  };
  const auto check = [](auto operation) {
    Adaptive it;
    it.Fill(0, 10);
    REQUIRE(it.Put(2, String(std::string(5000, 'l'))) == Status::kOk);  // is read under the lock
    for (int i = 0; i < 1000 && it.Stripes() == 1; ++i) MakeWait(it, operation(it));
    CHECK(it.Stripes() == kDivided);
    CHECK(it.caller.Size(*it.table) == 10);
  };
  check(insert);
  check(read);

  // Without 'auto' nothing changes.
  for (const WriteConcurrency how : {WriteConcurrency::kOff, WriteConcurrency::kOn}) {
    Adaptive fixed(TableType::kSet, how);
    const std::uint32_t before = fixed.Stripes();
    for (int i = 0; i < 20; ++i) MakeWait(fixed, insert(fixed));
    fixed.Fill(0, 5000);
    CHECK(fixed.Stripes() == before);
  }
}

TEST_CASE("threads that wait for a stripe of a divided table divide it once more, if it is small") {
  const auto contend = [](Adaptive& it, std::uint32_t until) {
    for (int i = 0; i < 1000 && it.Stripes() != until; ++i)
      MakeWait(it, [&it](Caller& caller) { (void)caller.Insert(*it.table, Row({Int(1), Int(2)})); });
  };
  for (const TableType type : {TableType::kSet, TableType::kBag}) {
    Adaptive it(type);
    it.Fill(0, 100);
    contend(it, kDivided);
    REQUIRE(it.Stripes() == kDivided);
    contend(it, kContended);
    CHECK(it.Stripes() == kContended);
    CHECK(it.caller.Size(*it.table) == 100 + (type == TableType::kBag ? 1 : 0));
    for (std::int32_t i = 0; i < 100; ++i) REQUIRE(it.caller.Member(*it.table, Int(i)) == Status::kOk);
    // That is all.
    for (int i = 0; i < 20; ++i)
      MakeWait(it, [&it](Caller& caller) { (void)caller.Insert(*it.table, Row({Int(1), Int(2)})); });
    it.Fill(100, 5000);
    CHECK(it.Stripes() == kContended);
    REQUIRE(it.caller.DeleteAll(*it.table) == Status::kOk);
    CHECK(it.Stripes() == 1);

    Adaptive large(type);
    large.Fill(0, 5000);
    for (int i = 0; i < 20; ++i)
      MakeWait(large, [&](Caller& caller) { (void)caller.Insert(*large.table, Row({Int(1), Int(2)})); });
    CHECK(large.Stripes() == kDivided);
    // Once it is small it may be.
    REQUIRE(large.caller.DeleteAll(*large.table) == Status::kOk);
    large.Fill(0, 100);
    contend(large, kContended);
    CHECK(large.Stripes() == kContended);
  }
}

TEST_CASE("deleting all rows brings a table that adapts back to one stripe, unless it is fixed") {
  Adaptive it;
  const std::size_t empty = it.caller.Memory(*it.table);
  for (int round = 0; round < 3; ++round) {
    it.Fill(0, 5000);
    REQUIRE(it.Stripes() == kDivided);
    REQUIRE(it.caller.DeleteAll(*it.table) == Status::kOk);
    CHECK(it.Stripes() == 1);
    CHECK(it.caller.Size(*it.table) == 0);
    CHECK(it.caller.Memory(*it.table) == empty);
  }
  it.Fill(0, 5000);
  it.Fix(true);
  REQUIRE(it.caller.DeleteAll(*it.table) == Status::kOk);
  CHECK(it.Stripes() == kDivided);
  CHECK(it.caller.Step(*it.table, Direction::kForward, Int(17)) == Status::kNotFound);
  it.Fix(false);
  CHECK(it.caller.Step(*it.table, Direction::kForward, Int(17)) == Status::kBadKey);
}

TEST_CASE("the keys that a fixed table remembers are remembered when it is divided") {
  Adaptive it;
  it.Fill(0, 4096);
  it.Fix(true);
  for (std::int32_t i = 0; i < 2000; ++i) REQUIRE(it.caller.Delete(*it.table, Int(i)) == Status::kOk);
  it.Fill(5000, 5000 + 2001);
  REQUIRE(it.Stripes() == kDivided);
  for (std::int32_t i = 0; i < 2000; ++i)
    REQUIRE(it.caller.Step(*it.table, Direction::kForward, Int(i)) != Status::kBadKey);
  it.Fix(false);
  for (std::int32_t i = 0; i < 2000; ++i)
    REQUIRE(it.caller.Step(*it.table, Direction::kForward, Int(i)) == Status::kBadKey);
}

namespace {

Term Numbered(std::int32_t key, std::int32_t number) {
  return Row({Int(key), Int(number), String(std::string(static_cast<std::size_t>(number % 60), 'n'))});
}

// Changes keys that are nobody else's, and looks at each of them afterwards.
class OwnKeys {
 public:
  OwnKeys(Epochs& epochs, Table& table, std::int32_t first, std::uint64_t seed)
      : caller_(epochs), table_(table), first_(first), rng_(seed) {}

  void Change() {
    const std::int32_t key = first_ + static_cast<std::int32_t>(rng_.Below(kKeys));
    const auto number = static_cast<std::int32_t>(rng_.Below(1000));
    const bool present = rows_.count(key) != 0;
    switch (rng_.Below(5)) {
      case 0:
        Expect(caller_.Delete(table_, Int(key)) == (present ? Status::kOk : Status::kNotFound));
        rows_.erase(key);
        break;
      case 1:
        Expect(caller_.Take(table_, Int(key)) == (present ? Status::kOk : Status::kNotFound));
        Expect(!present || caller_.answer() == rows_[key]);
        rows_.erase(key);
        break;
      case 2:
        if (rng_.OneIn(4)) PutMany(number);
        break;
      default:
        rows_[key] = Numbered(key, number);
        Expect(caller_.Insert(table_, rows_[key]) == Status::kOk);
    }
    Look(key);
    Look(first_ + static_cast<std::int32_t>(rng_.Below(kKeys)));
  }
  void LookAtAll() {
    for (std::int32_t key = first_; key < first_ + kKeys; ++key) Look(key);
  }
  std::size_t rows() const { return rows_.size(); }
  bool good() const { return good_; }

 private:
  static constexpr std::int32_t kKeys = 300;

  void Expect(bool right) { good_ = good_ && right; }
  void PutMany(std::int32_t number) {
    std::vector<Term> rows;
    for (std::int32_t key = first_; key < first_ + kKeys; key += 7) {
      rows_[key] = Numbered(key, number);
      rows.push_back(rows_[key]);
    }
    Expect(caller_.InsertMany(table_, rows) == Status::kOk);
  }
  void Look(std::int32_t key) {
    const auto row = rows_.find(key);
    const Status status = caller_.Lookup(table_, Int(key));
    Expect(status == (row == rows_.end() ? Status::kNotFound : Status::kOk));
    Expect(row == rows_.end() || caller_.answer() == row->second);
    if (row != rows_.end()) Expect(caller_.Step(table_, Direction::kForward, Int(key)) != Status::kBadKey);
  }

  Caller caller_;
  Table& table_;
  const std::int32_t first_;
  Rng rng_;
  std::map<std::int32_t, Term> rows_;
  bool good_ = true;
};

constexpr std::int32_t kStaying = 200;  // the keys -1, -2, …

// Whether each key that stays is among `keys` once.
bool MetAll(const std::vector<Term>& keys) {
  std::map<Term, int> met;
  for (const Term& key : keys) ++met[key];
  for (std::int32_t i = 0; i < kStaying; ++i) {
    if (met[Int(-1 - i)] != 1) return false;
  }
  return true;
}

bool MeetsAllByChunks(Caller& caller, Table& table) {
  std::vector<Term> keys;
  for (const Term& row : ScanAll(caller, table, 20, [] {})) keys.push_back(Copy(RowElement(View(row), 0)));
  return MetAll(keys);
}

bool MeetsAllBySteps(Caller& caller, Table& table) {
  (void)caller.Call([&](Reply&) { return table.Fix(), Status::kOk; });
  std::vector<Term> keys;
  Status status = caller.Step(table, Direction::kForward, {});
  while (status == Status::kOk) {
    keys.push_back(caller.answer());
    status = caller.Step(table, Direction::kForward, keys.back());
  }
  (void)caller.Call([&](Reply&) { return table.Unfix(), Status::kOk; });
  return status == Status::kNotFound && MetAll(keys);
}

}  // namespace

TEST_CASE("stripes that were replaced turn readers without the lock away, and no version comes twice") {
  Adaptive it;
  it.Fill(0, 100);
  (void)it.caller.Call([&](Reply&) {
    const Stripe& old = HashTableProbe::StripeOf(*it.table, View(Int(7)));
    REQUIRE(HashTableProbe::Redistribute(*it.table, 6));
    const std::uint64_t last = old.version().load();
    CHECK(last % 2 == 1);
    const Stripe& fresh = HashTableProbe::StripeOf(*it.table, View(Int(7)));
    CHECK(fresh.version().load() % 2 == 0);
    CHECK(fresh.version().load() > last);
    return Status::kOk;
  });
}

// Interleaving: the stripes move under writers, readers without the lock, batches and traversals.
TEST_CASE("while stripes move every thread sees what it wrote, and traversals meet what stays once") {
  Adaptive it;
  for (std::int32_t i = 0; i < kStaying; ++i) REQUIRE(it.Put(-1 - i) == Status::kOk);
  const std::uint64_t rounds = Scaled(20000);
  std::atomic<int> writing{2};
  std::atomic<std::uint64_t> moves{0};
  std::atomic<std::size_t> rows{kStaying};
  RunInThreads(5, [&](int thread, ThreadFailures& failures) {
    Caller caller(it.epochs);
    Rng rng(RunSeed() + static_cast<std::uint64_t>(thread));
    if (thread < 2) {
      OwnKeys own(it.epochs, *it.table, 1000 * thread, RunSeed() + static_cast<std::uint64_t>(thread));
      for (std::uint64_t i = 0; (i < rounds || moves.load() < 20) && own.good() && !failures.failed(); ++i)
        own.Change();
      own.LookAtAll();
      if (!own.good()) failures.Add("a thread does not see what it wrote");
      rows.fetch_add(own.rows());
      writing.fetch_sub(1);
      return;
    }
    do {
      if (thread == 2) {
        if (!MoveStripes(caller, *it.table, rng)) failures.Add("no memory");
        moves.fetch_add(1);
      } else if (thread == 3) {
        const bool met =
            rng.OneIn(2) ? MeetsAllByChunks(caller, *it.table) : MeetsAllBySteps(caller, *it.table);
        if (!met) failures.Add("a row that stays was skipped or repeated");
      } else {
        const auto key = static_cast<std::int32_t>(rng.Below(kStaying));
        if (caller.Lookup(*it.table, Int(-1 - key)) != Status::kOk)
          failures.Add("a row that stays is missing");
      }
    } while (writing.load() > 0 && !failures.failed());
  });
  CHECK(it.caller.Size(*it.table) == rows.load());
}

#if defined(TERMSTORE_TEST_FAULTS)
TEST_CASE("a table for whose division memory is short stays as it was, until its rows are deleted") {
  for (const TableType type : {TableType::kSet, TableType::kDuplicateBag}) {
    bool short_of_memory = true;
    for (std::uint32_t successes = 0; short_of_memory; successes += 1 + successes / 4) {
      Adaptive it(type);
      it.Fill(0, 300);
      if (type == TableType::kDuplicateBag) it.Fill(0, 100);
      it.Fix(true);
      for (std::int32_t i = 0; i < 20; ++i) REQUIRE(it.caller.Delete(*it.table, Int(i)) == Status::kOk);
      const std::size_t memory = it.caller.Memory(*it.table);
      bool moved = false;
      {
        const Shortage shortage(successes);
        moved = it.caller.Call([&](Reply&) { return HashTableProbe::Redistribute(*it.table, 6); });
        short_of_memory = shortage.failures() > 0;
      }
      CHECK(moved == (it.Stripes() == kDivided));
      if (!moved) CHECK(it.caller.Memory(*it.table) == memory);
      for (std::int32_t i = 0; i < 300; ++i) {
        REQUIRE(it.caller.Member(*it.table, Int(i)) == (i < 20 ? Status::kNotFound : Status::kOk));
        REQUIRE(it.caller.Step(*it.table, Direction::kForward, Int(i)) != Status::kBadKey);
      }
    }
  }
  Adaptive it;
  it.Fill(0, 4096);
  {
    // Enough for the row, not for the stripes.
    const Shortage shortage(4);
    (void)it.Put(4096);
  }
  it.Fill(4096, 5000);
  CHECK(it.Stripes() == 1);
  REQUIRE(it.caller.DeleteAll(*it.table) == Status::kOk);
  it.Fill(0, 5000);
  CHECK(it.Stripes() == kDivided);
}
#endif

}  // namespace termstore::test
