// Loading a bag: no row comes twice into it, whoever changes the bag in between.
#include "core/table/known_rows.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/term/compare.h"
#include "test/support/hash_rows.h"
#include "test/support/seed.h"
#include "test/support/shapes_scope.h"

namespace termstore::test {
namespace {

struct LoadedBag {
  Rng rng;
  HashSecret secret{{rng.Next(), rng.Next(), rng.Next(), rng.Next() | 1}};
  Epochs epochs;
  Caller caller{epochs};
  std::unique_ptr<Table> table;
  std::vector<Value> elements;
  std::vector<std::vector<Term>> model{2};
  KnownRows known;

  explicit LoadedBag(std::uint64_t seed, bool striped) : rng(seed) {
    TableTraits traits;
    traits.type = TableType::kBag;
    traits.write_concurrency = striped ? WriteConcurrency::kOn : WriteConcurrency::kOff;
    table = HashTable::Make(traits, epochs, secret);
    elements = {NumberValue(0.0), NumberValue(-0.0)};
    while (elements.size() < 150) elements.push_back(RandomValue(rng, 3));
  }

  // Equal values come with various bytes; only what a program inserts mentions shapes.
  HashRow NewRow(std::uint64_t key, Objects objects) {
    const Term element = Encode(elements[rng.Below(elements.size())], objects, rng);
    return MakeHashRow(NumberValue(static_cast<double>(key)), element, 0, rng);
  }
  std::vector<Term>::iterator Find(std::vector<Term>& rows, const HashRow& row) const {
    return std::find_if(rows.begin(), rows.end(),
                        [&](const Term& present) { return RowsEqual(View(present), View(row.row)); });
  }

  void Load(std::uint64_t key) {
    const HashRow row = NewRow(key, Objects::kDicts);
    std::vector<Term>& rows = model[key];
    const bool there = Find(rows, row) != rows.end();
    const Status status = caller.Call([&](Reply&) { return table->InsertKnowing(row.input(), known); });
    REQUIRE(status == (there ? Status::kExists : Status::kOk));
    if (!there) rows.push_back(row.row);
  }
  // Somebody else: the number of rows may be as before afterwards.
  void Meddle(std::uint64_t key) {
    std::vector<Term>& rows = model[key];
    const HashRow old = NewRow(key, Objects::kEither);
    const auto found = Find(rows, old);
    (void)caller.Call([&](Reply&) { return table->DeleteObject(old.input()); });
    if (found != rows.end()) rows.erase(found);
    const HashRow fresh = NewRow(key, Objects::kEither);
    REQUIRE(caller.Call([&](Reply&) { return table->Insert(fresh.input()); }) == Status::kOk);
    if (Find(rows, fresh) == rows.end()) rows.push_back(fresh.row);
  }
  void Compare(std::uint64_t key) {
    const Term canonical = EncodeCanonical(NumberValue(static_cast<double>(key)));
    const Status wanted = model[key].empty() ? Status::kNotFound : Status::kOk;
    REQUIRE(caller.Lookup(*table, canonical) == wanted);
    if (wanted == Status::kOk) REQUIRE((caller.Rows() == model[key]));
  }
};

}  // namespace

TEST_CASE("no row comes twice into a bag that is loaded, whoever changes it meanwhile") {
  ShapesScope scope;
  for (const bool striped : {false, true}) {
    for (std::uint64_t round = Scaled(20); round > 0; --round) {
      LoadedBag bag(RunSeed() + round, striped);
      const std::uint64_t meddling = bag.rng.Below(3) * 20;  // never, or every so often
      for (int step = 0; step < 600; ++step) {
        const std::uint64_t key = step % 300 < 250 ? 0 : bag.rng.Below(2);
        bag.Load(key);
        if (meddling > 0 && bag.rng.OneIn(meddling)) bag.Meddle(bag.rng.Below(2));
      }
      bag.Compare(0);
      bag.Compare(1);
    }
  }
}

TEST_CASE("equal rows have equal hashes, and a row that mentions a shape has none") {
  ShapesScope scope;
  Rng rng(RunSeed());
  const HashSecret secret{{rng.Next(), rng.Next(), rng.Next(), rng.Next() | 1}};
  for (std::uint64_t round = Scaled(2000); round > 0; --round) {
    const Value value = RandomValue(rng, 4);
    const Term one = Row({Encode(value, Objects::kDicts, rng)});
    const Term two = Row({Encode(value, Objects::kDicts, rng)});
    std::uint64_t first = 0;
    std::uint64_t second = 1;
    REQUIRE(KnownRows::HashOf(View(one), secret, &first));
    REQUIRE(KnownRows::HashOf(View(two), secret, &second));
    if (RowsEqual(View(one), View(two))) REQUIRE(first == second);
  }
}

}  // namespace termstore::test
