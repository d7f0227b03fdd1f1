// Bags and fixation against a model: every answer is compared, with keys that collide.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <string>

#include "core/term/compare.h"
#include "test/support/faults.h"
#include "test/support/hash_rows.h"
#include "test/support/seed.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

using Model = std::map<Term, std::vector<Term>>;  // canonical key -> rows in the order of insertion

std::unique_ptr<Table> MakeBag(Epochs& epochs, const HashSecret& secret, TableType type, bool striped,
                               bool compressed = false) {
  TableTraits traits;
  traits.type = type;
  traits.write_concurrency = striped ? WriteConcurrency::kOn : WriteConcurrency::kOff;
  const auto make = [&](const TableTraits& of) { return HashTable::Make(of, epochs, secret); };
  return compressed ? MakeCompressed(traits, epochs, make) : make(traits);
}

void SetFixed(Caller& caller, Table& table, bool on) {
  (void)caller.Call([&](Reply&) {
    on ? table.Fix() : table.Unfix();
    return Status::kOk;
  });
}

struct Bag {
  Rng rng;
  HashSecret secret;
  Epochs epochs;
  Caller caller{epochs};
  TableType type;
  std::unique_ptr<Table> table;
  Model model;
  std::set<Term> deleted;  // keys that went while the table was fixed
  int fixes = 0;

  Bag(std::uint64_t seed, TableType kind, bool striped, bool compressed)
      : rng(seed),
        secret(CollidingSecret(rng)),
        type(kind),
        table(MakeBag(epochs, secret, kind, striped, compressed)) {}

  HashRow NewRow() {
    const std::uint64_t kind = rng.Below(4);
    const auto number = static_cast<double>(rng.Below(30));
    const Value key = kind == 0   ? StringValue(kCollidingPrefix + std::to_string(10000 + rng.Below(20)))
                      : kind == 1 ? NumberValue(rng.OneIn(2) ? -0.0 : 0.0)
                                  : NumberValue(number);
    const std::uint64_t value = rng.Below(5);
    if (!table->traits().compressed) return MakeHashRow(key, Int(static_cast<std::int32_t>(value)), 0, rng);
    return MakeHashRow(key, String(std::string(value * 40, 'v')), 0, rng);
  }
  // Whether a bag has a row that equals this one: -0 and 0 are equal.
  bool Has(const HashRow& row) const {
    const auto found = model.find(row.key);
    if (found == model.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(),
                       [&](const Term& present) { return Equal(present, row.row); });
  }
  static bool Equal(const Term& a, const Term& b) { return RowsEqual(View(a), View(b)); }
  void Put(const HashRow& row) {
    if (type == TableType::kDuplicateBag || !Has(row)) model[row.key].push_back(row.row);
  }
  std::uint64_t Rows() const {
    std::uint64_t rows = 0;
    for (const auto& entry : model) rows += entry.second.size();
    return rows;
  }
  void Gone(const Term& key) {
    model.erase(key);
    if (fixes > 0) deleted.insert(key);
  }

  void InsertMany() {
    std::vector<HashRow> rows;
    for (std::uint64_t n = rng.Below(6); rows.size() < n;) rows.push_back(NewRow());
    const bool only_new = rng.OneIn(3);
    const bool refused = only_new && std::any_of(rows.begin(), rows.end(), [&](const HashRow& row) {
                           return model.count(row.key) != 0;
                         });
    std::vector<RowInput> inputs;
    for (const HashRow& row : rows) inputs.push_back(row.input());
    const Status status = caller.Call([&](Reply&) {
      return table->InsertMany(inputs.data(), static_cast<std::uint32_t>(inputs.size()), only_new);
    });
    REQUIRE(status == (refused ? Status::kExists : Status::kOk));
    if (!refused) std::for_each(rows.begin(), rows.end(), [&](const HashRow& row) { Put(row); });
  }
  void Insert(const HashRow& row) {
    const bool only_new = rng.OneIn(4);
    const bool refused = only_new && model.count(row.key) != 0;
    const Status status = caller.Call(
        [&](Reply&) { return only_new ? table->InsertNew(row.input()) : table->Insert(row.input()); });
    REQUIRE(status == (refused ? Status::kExists : Status::kOk));
    if (!refused) Put(row);
  }
  void Look(const HashRow& row) {
    const auto found = model.find(row.key);
    const Status wanted = found == model.end() ? Status::kNotFound : Status::kOk;
    REQUIRE(caller.Lookup(*table, row.key) == wanted);
    if (wanted == Status::kOk) REQUIRE((caller.Rows() == found->second));
    REQUIRE(caller.Member(*table, row.key) == wanted);
    const Status second =
        caller.Call([&](Reply& reply) { return table->LookupElement(View(row.key), 1, reply); });
    REQUIRE(second == wanted);
    Term elements;
    if (wanted == Status::kOk) {
      for (const Term& present : found->second) {
        const Term element = Copy(RowElement(View(present), 1));
        elements.insert(elements.end(), element.begin(), element.end());
      }
      REQUIRE((caller.answer() == elements));
    }
  }
  void Remove(const HashRow& row) {
    const auto found = model.find(row.key);
    const Status wanted = found == model.end() ? Status::kNotFound : Status::kOk;
    if (rng.OneIn(2)) {
      REQUIRE(caller.Delete(*table, row.key) == wanted);
    } else {
      REQUIRE(caller.Take(*table, row.key) == wanted);
      if (wanted == Status::kOk) REQUIRE((caller.Rows() == found->second));
    }
    if (wanted == Status::kOk) Gone(row.key);
  }
  void RemoveObject(const HashRow& row) {
    const Status status = caller.Call([&](Reply&) { return table->DeleteObject(row.input()); });
    REQUIRE(status == (Has(row) ? Status::kOk : Status::kNotFound));
    if (status != Status::kOk) return;
    std::vector<Term>& rows = model[row.key];
    rows.erase(std::remove_if(rows.begin(), rows.end(),
                              [&](const Term& present) { return Equal(present, row.row); }),
               rows.end());
    if (rows.empty()) Gone(row.key);
  }
  void Next(const HashRow& row) {
    const Status status = caller.Step(*table, Direction::kForward, row.key, StepPart::kRows);
    if (model.count(row.key) == 0 && deleted.count(row.key) == 0) {
      REQUIRE(status == Status::kBadKey);
    } else {
      REQUIRE((status == Status::kOk || status == Status::kNotFound));
    }
    if (status != Status::kOk) return;
    const std::vector<Term> rows = caller.Rows();
    REQUIRE(std::any_of(model.begin(), model.end(), [&](const auto& entry) { return entry.second == rows; }));
  }
  void Fix(bool on) {
    SetFixed(caller, *table, on);
    fixes += on ? 1 : -1;
    if (fixes == 0) deleted.clear();
  }

  // Every key once by steps, every row once by chunks, and every row once by slots.
  void CheckAll() {
    REQUIRE(caller.Size(*table) == Rows());
    std::multiset<Term> wanted;
    for (const auto& entry : model) wanted.insert(entry.second.begin(), entry.second.end());
    const std::vector<Term> scanned = ScanAll(caller, *table, 3, [] {});
    REQUIRE((std::multiset<Term>(scanned.begin(), scanned.end()) == wanted));

    std::set<Term> met;
    for (Status status = caller.Step(*table, Direction::kForward, {}); status == Status::kOk;) {
      Term key = EncodeCanonicalOf(caller.answer());
      REQUIRE(met.insert(key).second);
      status = caller.Step(*table, Direction::kForward, key);
    }
    REQUIRE(met.size() == model.size());

    std::multiset<Term> slots;
    std::uint64_t index = 0;
    Status status = Status::kOk;
    for (;; ++index) {
      status = caller.Call([&](Reply& reply) { return table->Slot(index, reply); });
      if (status != Status::kOk) break;
      for (Term& row : caller.Rows()) slots.insert(std::move(row));
    }
    REQUIRE(status == Status::kNotFound);
    REQUIRE(caller.Call([&](Reply& reply) { return table->Slot(index + 1, reply); }) == Status::kBadArg);
    REQUIRE((slots == wanted));
  }
  // -0 is the only key here that is not stored in its canonical form.
  static Term EncodeCanonicalOf(const Term& stored) {
    const Term zero = EncodeCanonical(NumberValue(0.0));
    return TermsEqual(View(stored), View(zero)) ? zero : stored;
  }
};

void RunModel(TableType type, bool striped, bool compressed) {
  Bag bag(RunSeed(), type, striped, compressed);
  for (int i = 0; i < 4000; ++i) {
    const HashRow row = bag.NewRow();
    switch (bag.rng.Below(12)) {
      case 0:
      case 1:
        bag.Remove(row);
        break;
      case 2:
      case 3:
        bag.RemoveObject(row);
        break;
      case 4:
        bag.InsertMany();
        break;
      case 5:
        bag.Look(row);
        break;
      case 6:
        bag.Next(row);
        break;
      case 7:
        if (bag.rng.OneIn(8)) bag.Fix(bag.fixes == 0 || bag.rng.OneIn(3));
        break;
      default:
        bag.Insert(row);
    }
    if (bag.rng.OneIn(500)) {
      for (const auto& entry : bag.model) {
        if (bag.fixes > 0) bag.deleted.insert(entry.first);
      }
      bag.model.clear();
      REQUIRE(bag.caller.DeleteAll(*bag.table) == Status::kOk);
    }
    if (striped && !compressed && bag.rng.OneIn(60)) REQUIRE(MoveStripes(bag.caller, *bag.table, bag.rng));
    if (i % 100 == 0) bag.CheckAll();
  }
  bag.CheckAll();
}

}  // namespace

TEST_CASE("a bag and a duplicate bag do what a model does, fixed and not") {
  for (const TableType type : {TableType::kBag, TableType::kDuplicateBag}) {
    for (const bool striped : {false, true}) RunModel(type, striped, false);
  }
}

TEST_CASE("compressed bags do what a model does, fixed and not") {
  RunModel(TableType::kBag, false, true);
  RunModel(TableType::kDuplicateBag, true, true);
}

TEST_CASE("an element that one row of a key does not have is refused, whatever its other rows have") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  Caller caller(epochs);
  const auto table = MakeBag(epochs, secret, TableType::kBag, false);
  const Term key = Int(1);
  const auto lookup = [&](std::uint32_t position) {
    return caller.Call([&](Reply& reply) { return table->LookupElement(View(key), position, reply); });
  };
  REQUIRE(caller.Insert(*table, Row({key, Int(2), Int(3)})) == Status::kOk);
  CHECK(lookup(2) == Status::kOk);
  CHECK(caller.answer() == Int(3));
  REQUIRE(caller.Insert(*table, Row({key, Int(2)})) == Status::kOk);
  CHECK(lookup(2) == Status::kPosition);
  CHECK(lookup(1) == Status::kOk);
}

TEST_CASE("the ghosts of a fixed table count as memory and go with the last fixation") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  Caller caller(epochs);
  const std::unique_ptr<Table> table = MakeHashTable(epochs, secret, true);
  const auto key = [](int i) { return Int(i); };
  SetFixed(caller, *table, true);
  SetFixed(caller, *table, true);
  for (int i = 0; i < 2000; ++i) REQUIRE(caller.Insert(*table, Row({key(i), Int(i)})) == Status::kOk);
  REQUIRE(caller.DeleteAll(*table) == Status::kOk);
  const std::size_t fixed = caller.Memory(*table);
  for (int i = 0; i < 2000; ++i)
    REQUIRE(caller.Step(*table, Direction::kForward, key(i)) == Status::kNotFound);
  REQUIRE(caller.Step(*table, Direction::kForward, key(2000)) == Status::kBadKey);
  SetFixed(caller, *table, false);
  REQUIRE(caller.Memory(*table) == fixed);
  SetFixed(caller, *table, false);
  REQUIRE(caller.Memory(*table) + 2000 * std::size_t{8} < fixed);
  REQUIRE(caller.Step(*table, Direction::kForward, key(1)) == Status::kBadKey);
}

TEST_CASE("from a deleted key of equal hash a fixed table goes on where the key was") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  Caller caller(epochs);
  const std::unique_ptr<Table> table = MakeHashTable(epochs, secret);
  for (std::uint32_t i = 0; i < 20; ++i)
    REQUIRE(caller.Insert(*table, Row({CollidingKey(rng.OneIn(2) ? i : 19 - i), Int(1)})) == Status::kOk);
  SetFixed(caller, *table, true);
  std::vector<Term> order;
  for (Status status = caller.Step(*table, Direction::kForward, {}); status == Status::kOk;) {
    order.push_back(caller.answer());
    status = caller.Step(*table, Direction::kForward, order.back());
  }
  std::vector<Term> left;
  for (const Term& key : order) {
    if (rng.OneIn(2)) {
      REQUIRE(caller.Delete(*table, key) == Status::kOk);
    } else {
      left.push_back(key);
    }
  }
  std::vector<Term> met;
  for (const Term& key : order) {
    const Status status = caller.Step(*table, Direction::kForward, key);
    const auto next = std::find_if(left.begin(), left.end(), [&](const Term& other) {
      return std::find(order.begin(), order.end(), other) > std::find(order.begin(), order.end(), key);
    });
    REQUIRE(status == (next == left.end() ? Status::kNotFound : Status::kOk));
    if (status == Status::kOk) REQUIRE((caller.answer() == *next));
  }
}

TEST_CASE("readers of a bag see the rows of a key of one moment, while they come, go and are fixed") {
  constexpr int kRounds = 3000;
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  const std::unique_ptr<Table> table = MakeBag(epochs, secret, TableType::kDuplicateBag, false);
  std::atomic<bool> done{false};
  RunInThreads(4, [&](int number, ThreadFailures& failures) {
    Caller caller(epochs);
    Rng mine(RunSeed() + static_cast<std::uint64_t>(number));
    if (number == 0) {
      // Each key has the rows 0, 1, … n - 1, for n from 0 to 9, and a last row that is put in and taken out.
      for (int round = 0; round < kRounds && !failures.failed(); ++round) {
        const Term key = CollidingKey(static_cast<std::uint32_t>(round % 7));
        for (int i = 0; i < 1 + round % 9; ++i) (void)caller.Insert(*table, Row({key, Int(i)}));
        (void)caller.DeleteObject(*table, Row({key, Int(0)}));
        if (caller.Delete(*table, key) == Status::kNoMemory) failures.Add("no memory");
      }
      done.store(true);
      return;
    }
    while (!done.load() && !failures.failed()) {
      const Term key = CollidingKey(static_cast<std::uint32_t>(mine.Below(7)));
      if (number == 3) {
        SetFixed(caller, *table, true);
        (void)caller.Step(*table, Direction::kForward, key);
        SetFixed(caller, *table, false);
        continue;
      }
      if (caller.Lookup(*table, key) != Status::kOk) continue;
      std::int32_t wanted = -1;
      for (const Term& row : caller.Rows()) {
        const Bytes element = RowElement(View(row), 1);
        const std::int32_t n = element.size == 5 ? Load<std::int32_t>(element.data + 1) : -2;
        if (wanted != -1 ? n != wanted : n != 0 && n != 1)
          failures.Add("rows that were never there together");
        wanted = n + 1;
      }
    }
  });
  Caller caller(epochs);
  REQUIRE(caller.Size(*table) == 0);
}

#if defined(TERMSTORE_TEST_FAULTS)
TEST_CASE("when any single allocation fails, an operation on a fixed bag reports it and changes nothing") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  for (const bool many : {false, true}) {
    for (std::uint32_t fail = 0; fail < 60; ++fail) {
      Epochs epochs;
      Caller caller(epochs);
      const std::unique_ptr<Table> table = MakeBag(epochs, secret, TableType::kBag, false);
      for (int i = 0; i < 4; ++i) REQUIRE(caller.Insert(*table, Row({Int(1), Int(i)})) == Status::kOk);
      SetFixed(caller, *table, true);
      REQUIRE(caller.Lookup(*table, Int(1)) == Status::kOk);
      const std::vector<Term> before = caller.Rows();
      std::vector<Term> rows;
      for (int i = 0; i < (many ? 40 : 1); ++i)
        rows.push_back(Row({Int(i % 3), Copy(View(String(std::string(600, 'z')))), Int(i)}));
      Status status = Status::kOk;
      {
        const Shortage shortage(fail);
        status = caller.InsertMany(*table, rows);
      }
      if (status == Status::kOk) continue;
      REQUIRE(status == Status::kNoMemory);
      REQUIRE(caller.Size(*table) == 4);
      REQUIRE(caller.Lookup(*table, Int(1)) == Status::kOk);
      REQUIRE((caller.Rows() == before));
    }
  }
}
#endif

}  // namespace termstore::test
