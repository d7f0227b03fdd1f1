// An ordered table against std::map: every answer is compared, not only the final content.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include "core/table/ordered_table.h"
#include "test/support/caller.h"
#include "test/support/compressing.h"
#include "test/support/rng.h"

namespace termstore::test {
namespace {

using Model = std::map<Term, Term, TermLess>;  // key -> row
using MakeKey = std::function<Term(Rng&)>;

// Small shards: a few thousand rows meet every split and join.
constexpr OrderedLimits kSmallShards{64, 16384};

Term Payload(Rng& rng) {
  const std::uint64_t kind = rng.Below(20);
  if (kind == 0) return String(std::string(20000, 'x'));  // a slab of its own
  if (kind < 5) return String(std::string(rng.Below(300), 'y'));
  return Int(static_cast<std::int32_t>(rng.Below(1000)));
}

struct Subject {
  Epochs epochs;
  Caller caller{epochs};
  std::unique_ptr<Table> table;
  OrderedTable* ordered = nullptr;  // the table, or the one of packed rows within it
  Model model;
  Rng rng;
  MakeKey make_key;

  Subject(std::uint64_t seed, std::uint32_t keypos, MakeKey key, bool compressed)
      : rng(seed), make_key(std::move(key)) {
    TableTraits traits;
    traits.type = TableType::kOrderedSet;
    traits.keypos = keypos;
    traits.write_concurrency = seed % 2 == 0 ? WriteConcurrency::kOff : WriteConcurrency::kAuto;
    const auto make = [&](const TableTraits& of) -> std::unique_ptr<Table> {
      std::unique_ptr<OrderedTable> made = OrderedTable::Make(of, epochs, kSmallShards);
      ordered = made.get();
      return made;
    };
    table = compressed ? MakeCompressed(traits, epochs, make) : make(traits);
  }

  Term NewRow(const Term& key) {
    return table->traits().keypos == 0 ? Row({key, Payload(rng)}) : Row({Payload(rng), key});
  }
  const Term* Find(const Term& key) const {
    const auto found = model.find(key);
    return found == model.end() ? nullptr : &found->second;
  }
  // A map keeps the first of equal keys; a table takes the key of the last row.
  void Put(const Term& key, const Term& row) {
    model.erase(key);
    model.emplace(key, row);
  }

  void InsertOne(const Term& key) {
    const Term row = NewRow(key);
    REQUIRE(caller.Insert(*table, row) == Status::kOk);
    Put(key, row);
  }
  void InsertNewOne(const Term& key) {
    const Term row = NewRow(key);
    const bool absent = Find(key) == nullptr;
    REQUIRE(caller.InsertNew(*table, row) == (absent ? Status::kOk : Status::kExists));
    if (absent) Put(key, row);
  }
  void Look(const Term& key) {
    const Term* row = Find(key);
    REQUIRE(caller.Lookup(*table, key) == (row != nullptr ? Status::kOk : Status::kNotFound));
    if (row != nullptr) REQUIRE(caller.answer() == *row);
    REQUIRE(caller.Member(*table, key) == (row != nullptr ? Status::kOk : Status::kNotFound));
  }
  void Remove(const Term& key) {
    REQUIRE(caller.Delete(*table, key) == (model.erase(key) > 0 ? Status::kOk : Status::kNotFound));
  }
  void TakeOne(const Term& key) {
    const Term* row = Find(key);
    REQUIRE(caller.Take(*table, key) == (row != nullptr ? Status::kOk : Status::kNotFound));
    if (row != nullptr) REQUIRE(caller.answer() == *row);
    model.erase(key);
  }
  void RemoveObject(const Term& key) {
    const Term* row = Find(key);
    const bool same = row != nullptr && rng.OneIn(2);
    const Term object = same ? *row : NewRow(key);
    const bool equal = row != nullptr && RowsEqual(View(*row), View(object));
    REQUIRE(caller.DeleteObject(*table, object) == (equal ? Status::kOk : Status::kNotFound));
    if (equal) model.erase(key);
  }
  void InsertBatch() {
    std::vector<Term> keys;
    std::vector<Term> rows;
    for (std::uint64_t n = rng.Below(rng.OneIn(10) ? 400 : 6); n > 0; --n) {
      keys.push_back(make_key(rng));
      rows.push_back(NewRow(keys.back()));
    }
    const bool only_new = rng.OneIn(3);
    bool any = false;
    for (const Term& key : keys) any = any || Find(key) != nullptr;
    const bool refused = only_new && any;
    REQUIRE(caller.InsertMany(*table, rows, only_new) == (refused ? Status::kExists : Status::kOk));
    for (std::size_t i = 0; !refused && i < keys.size(); ++i) Put(keys[i], rows[i]);
  }
  void StepFrom(const Term& key) {
    const auto after = model.upper_bound(key);
    REQUIRE(caller.Step(*table, Direction::kForward, key) ==
            (after != model.end() ? Status::kOk : Status::kNotFound));
    if (after != model.end()) REQUIRE(caller.answer() == after->first);
    const auto from = model.lower_bound(key);
    const bool has_before = from != model.begin();
    REQUIRE(caller.Step(*table, Direction::kBackward, key, StepPart::kRows) ==
            (has_before ? Status::kOk : Status::kNotFound));
    if (has_before) REQUIRE(caller.Rows() == std::vector<Term>{std::prev(from)->second});
  }
  void ReadRange(const Term& a, const Term& b) {
    RangeRequest request;
    request.lower = {rng.OneIn(3) ? Bound::Kind::kExclusive : Bound::Kind::kInclusive, View(a)};
    request.upper = {rng.OneIn(3) ? Bound::Kind::kExclusive : Bound::Kind::kInclusive, View(b)};
    if (rng.OneIn(8)) request.lower = {};
    if (rng.OneIn(8)) request.upper = {};
    request.keys_only = rng.OneIn(2);
    if (rng.OneIn(2)) request.max_rows = static_cast<std::uint32_t>(1 + rng.Below(100));
    if (rng.OneIn(2)) request.max_bytes = rng.Below(2000);
    std::vector<Term> expected;
    for (const auto& [key, row] : model) {
      const int low = request.lower.key ? CompareTerms(View(key), View(a)) : 1;
      const int high = request.upper.key ? CompareTerms(View(key), View(b)) : -1;
      if (low < 0 || (low == 0 && request.lower.kind == Bound::Kind::kExclusive)) continue;
      if (high > 0 || (high == 0 && request.upper.kind == Bound::Kind::kExclusive)) continue;
      expected.push_back(request.keys_only ? key : row);
    }
    if (rng.OneIn(2)) {
      request.direction = Direction::kBackward;
      std::reverse(expected.begin(), expected.end());
    }
    REQUIRE(caller.Range(*table, request) == expected);
  }

  void RandomStep() {
    const Term key = make_key(rng);
    switch (rng.Below(16)) {
      case 0:
      case 1:
      case 2:
        return InsertOne(key);
      case 3:
      case 4:
        return InsertNewOne(key);
      case 5:
      case 6:
        return Look(key);
      case 7:
      case 8:
      case 9:
        return Remove(key);
      case 10:
        return TakeOne(key);
      case 11:
        return RemoveObject(key);
      case 12:
        return InsertBatch();
      case 13:
      case 14:
        return StepFrom(key);
      default:
        return ReadRange(key, make_key(rng));
    }
  }
};

void CompareWithModel(std::uint32_t keypos, const MakeKey& make_key, bool compressed = false) {
  const std::uint64_t seed = SeedFromEnvironment();
  INFO("replay with TERMSTORE_SEED=", seed);
  Subject subject(seed, keypos, make_key, compressed);
  REQUIRE(subject.table);
  const std::size_t empty_memory = subject.caller.Memory(*subject.table);
  const std::uint64_t steps = Scaled(20000);
  for (std::uint64_t step = 0; step < steps; ++step) {
    INFO("step ", step);
    subject.RandomStep();
    REQUIRE(subject.caller.Size(*subject.table) == subject.model.size());
    if (step % 500 == 0) REQUIRE(subject.ordered->Check() == nullptr);
    if (subject.rng.OneIn(8000)) {
      REQUIRE(subject.caller.DeleteAll(*subject.table) == Status::kOk);
      subject.model.clear();
      REQUIRE(subject.caller.Memory(*subject.table) == empty_memory);
    }
  }
  // Several shards, whenever everything was deleted last; then everything goes, so that they join.
  while (subject.ordered->Stats().shards == 1) subject.InsertOne(make_key(subject.rng));
  while (!subject.model.empty()) subject.Remove(Term(subject.model.begin()->first));
  REQUIRE(subject.ordered->Check() == nullptr);
  const OrderedStats stats = subject.ordered->Stats();
  CHECK(stats.splits > 0);
  CHECK(stats.joins > 0);
  CHECK(stats.shards == 1);
}

}  // namespace

TEST_CASE("an ordered table with number keys answers as std::map does") {
  CompareWithModel(0, [](Rng& rng) { return Int(static_cast<std::int32_t>(rng.Below(2000)) - 1000); });
}

TEST_CASE("a compressed ordered table answers as std::map does") {
  for (const std::uint32_t keypos : {0u, 1u}) {
    CompareWithModel(
        keypos, [](Rng& rng) { return Int(static_cast<std::int32_t>(rng.Below(2000))); }, true);
  }
}

TEST_CASE("an ordered table with string keys that share long beginnings answers as std::map does") {
  CompareWithModel(1, [](Rng& rng) {
    const std::string text = std::to_string(rng.Below(2000));
    return String(rng.OneIn(3) ? text : "a beginning that all share " + text);
  });
}

TEST_CASE("an ordered table with equal numbers and bigints as keys answers as std::map does") {
  CompareWithModel(0, [](Rng& rng) -> Term {
    const auto value = static_cast<std::int32_t>(rng.Below(600));
    switch (rng.Below(4)) {
      case 0:
        return BigInt(value);
      case 1:
        return BigInt((std::int64_t{1} << 62) + value);  // many with one head
      case 2:
        return Float(value + 0.5);
      default:
        return Int(value);
    }
  });
}

TEST_CASE("an ordered table with arrays of several types as keys answers as std::map does") {
  CompareWithModel(1, [](Rng& rng) {
    const Term first = rng.OneIn(2) ? String("user") : Int(static_cast<std::int32_t>(rng.Below(5)));
    const Term second = Int(static_cast<std::int32_t>(rng.Below(400)));
    return rng.OneIn(4) ? Array({first}) : Array({first, second, String("end")});
  });
}

}  // namespace termstore::test
