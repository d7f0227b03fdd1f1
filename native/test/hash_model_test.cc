// A hash table against std::map: every answer is compared, with keys that collide and keys of every kind.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "core/table/counter.h"
#include "test/support/hash_rows.h"
#include "test/support/seed.h"

namespace termstore::test {
namespace {

using Model = std::map<Term, Term>;  // canonical key -> row

Value RandomKey(Rng& rng) {
  switch (rng.Below(8)) {
    case 0:
      return StringValue(kCollidingPrefix + std::to_string(10000 + rng.Below(40)));
    case 1:
      return NumberValue(rng.OneIn(2) ? -0.0 : 0.0);
    case 2:
      return RandomValue(rng, 2);
    case 3:
      return BigIntValue(false, {rng.Below(50)});
    default:
      return NumberValue(static_cast<double>(rng.Below(400)));
  }
}

Term Payload(Rng& rng) {
  const std::uint64_t kind = rng.Below(30);
  if (kind == 0) return String(std::string(20000, 'x'));  // a slab of its own, and a reply beyond the region
  if (kind < 8) return String(std::string(rng.Below(300), 'y'));
  return Int(static_cast<std::int32_t>(rng.Below(1000)));
}

struct Subject {
  Rng rng;
  HashSecret secret;
  Epochs epochs;
  Caller caller{epochs};
  std::unique_ptr<Table> table;
  const bool moving;  // the stripes change now and then
  Model model;

  Subject(std::uint64_t seed, bool striped, std::uint32_t keypos, bool compressed = false)
      : rng(seed),
        secret(CollidingSecret(rng)),
        table(MakeHashTable(epochs, secret, striped, keypos, compressed)),
        moving(striped && !compressed) {}

  HashRow NewRow() { return MakeHashRow(RandomKey(rng), Payload(rng), table->traits().keypos, rng); }
  const Term* Find(const Term& key) const {
    const auto found = model.find(key);
    return found == model.end() ? nullptr : &found->second;
  }

  void InsertOne(const HashRow& row) {
    REQUIRE(caller.Call([&](Reply&) { return table->Insert(row.input()); }) == Status::kOk);
    model[row.key] = row.row;
  }
  void InsertNewOne(const HashRow& row) {
    const bool absent = Find(row.key) == nullptr;
    const Status status = caller.Call([&](Reply&) { return table->InsertNew(row.input()); });
    REQUIRE(status == (absent ? Status::kOk : Status::kExists));
    if (absent) model[row.key] = row.row;
  }
  void Look(const HashRow& row) {
    const Term* wanted = Find(row.key);
    const Status status = wanted != nullptr ? Status::kOk : Status::kNotFound;
    REQUIRE(caller.Lookup(*table, row.key) == status);
    if (wanted != nullptr) REQUIRE((caller.answer() == *wanted));
    REQUIRE(caller.Member(*table, row.key) == status);
    for (const std::uint32_t position : {0u, 1u, 2u}) {
      const Status got =
          caller.Call([&](Reply& reply) { return table->LookupElement(View(row.key), position, reply); });
      REQUIRE(got ==
              (wanted == nullptr ? Status::kNotFound : (position < 2 ? Status::kOk : Status::kPosition)));
      if (got == Status::kOk) REQUIRE((caller.answer() == Copy(RowElement(View(*wanted), position))));
    }
  }
  void Remove(const HashRow& row) {
    REQUIRE(caller.Delete(*table, row.key) == (model.erase(row.key) > 0 ? Status::kOk : Status::kNotFound));
  }
  void TakeOne(const HashRow& row) {
    const Term* wanted = Find(row.key);
    REQUIRE(caller.Take(*table, row.key) == (wanted != nullptr ? Status::kOk : Status::kNotFound));
    if (wanted != nullptr) REQUIRE((caller.answer() == *wanted));
    model.erase(row.key);
  }
  void RemoveObject(HashRow row) {
    const Term* present = Find(row.key);
    if (present != nullptr && rng.OneIn(2)) row.row = *present;
    const bool equal = present != nullptr && RowsEqual(View(*present), View(row.row));
    const Status status = caller.Call([&](Reply&) { return table->DeleteObject(row.input()); });
    REQUIRE(status == (equal ? Status::kOk : Status::kNotFound));
    if (equal) model.erase(row.key);
  }
  void InsertBatch() {
    std::vector<HashRow> rows;
    for (std::uint64_t n = rng.Below(rng.OneIn(10) ? 200 : 6); n > 0; --n) rows.push_back(NewRow());
    std::vector<RowInput> inputs;
    bool any = false;
    for (const HashRow& row : rows) {
      inputs.push_back(row.input());
      any = any || Find(row.key) != nullptr;
    }
    const bool only_new = rng.OneIn(3);
    const Status status = caller.Call([&](Reply&) {
      return table->InsertMany(inputs.data(), static_cast<std::uint32_t>(inputs.size()), only_new);
    });
    REQUIRE(status == (only_new && any ? Status::kExists : Status::kOk));
    for (std::size_t i = 0; status == Status::kOk && i < rows.size(); ++i) model[rows[i].key] = rows[i].row;
  }
  void Count(const HashRow& row) {
    const std::uint32_t position = 1 - table->traits().keypos;
    NumberCounter counter(position, table->traits().keypos, 5);
    const Term* present = Find(row.key);
    const bool integer = present != nullptr && RowElement(View(*present), position).data[0] == kTagInt32;
    const Status status = caller.Call([&](Reply&) { return table->Edit(View(row.key), counter, nullptr); });
    REQUIRE(status ==
            (present == nullptr ? Status::kNotFound : (integer ? Status::kOk : Status::kNotCounter)));
    if (status != Status::kOk) return;
    Term& changed = model[row.key];
    const Bytes element = RowElement(View(changed), position);
    const auto sum = static_cast<std::int32_t>(Load<std::int32_t>(element.data + 1) + 5);
    Store(changed.data() + (element.data - changed.data()) + 1, sum);
    REQUIRE(counter.result() == sum);
  }
  void WalkSteps() {
    std::set<Term> seen;
    Term key;
    for (;;) {
      const Status status = caller.Step(*table, rng.OneIn(2) ? Direction::kForward : Direction::kBackward,
                                        key, StepPart::kRows);
      if (status == Status::kNotFound) break;
      REQUIRE(status == Status::kOk);
      REQUIRE(caller.Rows().size() == 1);
      const Term row = caller.Rows()[0];
      // The model knows the row by its canonical key.
      const auto found = std::find_if(model.begin(), model.end(), [&](const auto& item) {
        return item.second == row && seen.count(item.first) == 0;
      });
      REQUIRE((found != model.end()));
      key = found->first;
      seen.insert(key);
    }
    REQUIRE(seen.size() == model.size());
  }
  void CompareAll() {
    std::vector<Term> wanted;
    for (const auto& item : model) wanted.push_back(item.second);
    std::vector<Term> rows = ScanAll(caller, *table, static_cast<std::uint32_t>(1 + rng.Below(200)), [] {});
    std::sort(rows.begin(), rows.end());
    std::sort(wanted.begin(), wanted.end());
    REQUIRE((rows == wanted));
    REQUIRE(table->Size() == model.size());
  }

  void Run(std::uint64_t rounds) {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      const HashRow row = NewRow();
      switch (rng.Below(12)) {
        case 0:
          InsertNewOne(row);
          break;
        case 1:
          Remove(row);
          break;
        case 2:
          TakeOne(row);
          break;
        case 3:
          RemoveObject(row);
          break;
        case 4:
          if (rng.OneIn(4)) InsertBatch();
          break;
        case 5:
          Count(row);
          break;
        case 6:
        case 7:
          InsertOne(row);
          break;
        default:
          Look(row);
      }
      if (moving && rng.OneIn(100)) REQUIRE(MoveStripes(caller, *table, rng));
      REQUIRE(table->Size() == model.size());
      if (rng.OneIn(1500)) CompareAll();
      if (rng.OneIn(3000)) WalkSteps();
      if (rng.OneIn(6000)) {
        REQUIRE(caller.DeleteAll(*table) == Status::kOk);
        model.clear();
      }
    }
    CompareAll();
  }
};

}  // namespace

TEST_CASE("a hash table answers as a map does, whatever collides") {
  for (const bool striped : {false, true}) {
    for (const std::uint32_t keypos : {0u, 1u}) {
      Subject subject(RunSeed() + keypos, striped, keypos);
      const std::size_t empty = subject.table->Memory();
      subject.Run(Scaled(20000));
      REQUIRE(subject.caller.DeleteAll(*subject.table) == Status::kOk);
      CHECK(subject.table->Size() == 0);
      if (striped) {
        REQUIRE(subject.caller.Call([&](Reply&) { return HashTableProbe::Redistribute(*subject.table, 6); }));
      }
      CHECK(subject.table->Memory() == empty);
    }
  }
}

TEST_CASE("a compressed hash table answers as a map does") {
  for (const std::uint32_t keypos : {0u, 1u}) {
    Subject subject(RunSeed() + keypos, keypos == 1, keypos, true);
    const std::size_t empty = subject.table->Memory();
    subject.Run(Scaled(20000));
    REQUIRE(subject.caller.DeleteAll(*subject.table) == Status::kOk);
    CHECK(subject.table->Memory() == empty);
  }
}

TEST_CASE("a hash table of colliding keys only is a list that works") {
  Subject subject(RunSeed(), false, 0);
  for (std::uint32_t i = 0; i < 500; ++i) {
    subject.InsertOne({Row({CollidingKey(i), Int(static_cast<std::int32_t>(i))}), CollidingKey(i), false});
  }
  subject.CompareAll();
  subject.WalkSteps();
  for (std::uint32_t i = 0; i < 500; i += 2) subject.Remove({{}, CollidingKey((i * 7) % 500), false});
  subject.CompareAll();
  subject.WalkSteps();
  for (std::uint32_t i = 0; i < 500; ++i) subject.Look({{}, CollidingKey(i), false});
}

TEST_CASE("a table that grew to thousands of buckets is as small as before when its rows are gone") {
  for (const bool striped : {false, true}) {
    Rng rng(RunSeed());
    const HashSecret secret = CollidingSecret(rng);
    Epochs epochs;
    Caller caller(epochs);
    const auto table = MakeHashTable(epochs, secret, striped);
    const std::uint64_t first = HashTableProbe::Buckets(*table);
    const std::int32_t rows = 20000;
    for (std::int32_t i = 0; i < rows; ++i)
      REQUIRE(caller.Insert(*table, Row({Int(i), Int(i)})) == Status::kOk);
    CHECK(HashTableProbe::Buckets(*table) >= static_cast<std::uint64_t>(rows / 4));
    const std::size_t full = table->Memory();
    for (std::int32_t i = 0; i < rows; ++i) REQUIRE(caller.Delete(*table, Int(i)) == Status::kOk);
    CHECK(HashTableProbe::Buckets(*table) <= 2 * first);  // the smallest array is kept for its next rows
    CHECK(table->Size() == 0);
    CHECK(table->Memory() < full / 2);
  }
}

}  // namespace termstore::test
