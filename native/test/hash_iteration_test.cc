// Traversals of a hash table while it grows and shrinks between their steps, in interleavings that repeat.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "test/support/hash_rows.h"
#include "test/support/seed.h"

namespace termstore::test {
namespace {

// Rows with keys below 0 or colliding ones stay; rows with keys from 0 on come and go.
struct Crowd {
  Rng rng;
  HashSecret secret;
  Epochs epochs;
  Caller caller{epochs};
  std::unique_ptr<Table> table;
  std::vector<Term> staying;
  std::vector<std::int32_t> others;
  std::int32_t next = 0;

  Crowd(std::uint64_t seed, bool striped, std::int32_t ints, std::uint32_t colliding)
      : rng(seed), secret(CollidingSecret(rng)), table(MakeHashTable(epochs, secret, striped)) {
    for (std::int32_t i = 0; i < ints; ++i) staying.push_back(Int(-1 - i));
    for (std::uint32_t i = 0; i < colliding; ++i) staying.push_back(CollidingKey(i));
    for (const Term& key : staying) REQUIRE(caller.Insert(*table, Row({key, Int(0)})) == Status::kOk);
  }
  void Grow(int rows) {
    for (; rows > 0; --rows) {
      others.push_back(next);
      REQUIRE(caller.Insert(*table, Row({Int(next++), Int(0)})) == Status::kOk);
    }
  }
  // `keep` is where a traversal stands: it would not go on from a key that is gone.
  void Shrink(std::size_t rows, const Term& keep = {}) {
    for (; rows > 0 && !others.empty(); --rows) {
      std::swap(others[rng.Below(others.size())], others.back());
      if (Int(others.back()) == keep) continue;
      REQUIRE(caller.Delete(*table, Int(others.back())) == Status::kOk);
      others.pop_back();
    }
  }
  void Change(const Term& keep = {}) {
    if (rng.OneIn(4)) REQUIRE(MoveStripes(caller, *table, rng));
    if (rng.OneIn(2)) {
      Grow(static_cast<int>(rng.Below(rng.OneIn(10) ? 3000 : 30)));
    } else {
      Shrink(rng.Below(rng.OneIn(10) ? 3000 : 30), keep);
    }
  }
  // Each row that stayed was met once.
  void CheckMet(std::vector<Term> keys) {
    std::sort(keys.begin(), keys.end());
    const bool repeated = std::adjacent_find(keys.begin(), keys.end()) != keys.end();
    CHECK_FALSE(repeated);
    for (const Term& key : staying) {
      if (!std::binary_search(keys.begin(), keys.end(), key)) FAIL("a row that stays was skipped");
    }
  }
};

std::vector<Term> KeysOf(const std::vector<Term>& rows) {
  std::vector<Term> keys;
  for (const Term& row : rows) keys.push_back(Copy(RowElement(View(row), 0)));
  return keys;
}

}  // namespace

TEST_CASE("a scan in chunks meets every row that stays exactly once, whatever grows, shrinks and moves") {
  for (std::uint64_t round = 0; round < Scaled(60); ++round) {
    Crowd crowd(RunSeed() + round, round % 2 == 0, 200, 30);
    crowd.Grow(static_cast<int>(crowd.rng.Below(2000)));
    const std::uint64_t before = HashTableProbe::Buckets(*crowd.table);
    std::uint64_t most = before;
    std::uint64_t least = before;
    const auto rows =
        ScanAll(crowd.caller, *crowd.table, static_cast<std::uint32_t>(1 + crowd.rng.Below(60)), [&] {
          crowd.Change();
          most = std::max(most, HashTableProbe::Buckets(*crowd.table));
          least = std::min(least, HashTableProbe::Buckets(*crowd.table));
        });
    crowd.CheckMet(KeysOf(rows));
    if (round == 0) CHECK(most > least);
  }
}

TEST_CASE("a scan that grows and then shrinks the table far beyond its size skips nothing") {
  Crowd crowd(RunSeed(), false, 300, 50);
  int chunks = 0;
  const auto rows = ScanAll(crowd.caller, *crowd.table, 8, [&] {
    ++chunks;
    if (chunks % 6 == 1) crowd.Grow(8000);
    if (chunks % 6 == 4) crowd.Shrink(crowd.others.size());
  });
  CHECK(chunks > 12);
  crowd.CheckMet(KeysOf(rows));
}

TEST_CASE("steps from key to key meet every row that stays exactly once, whatever grows, shrinks and moves") {
  for (std::uint64_t round = 0; round < Scaled(30); ++round) {
    Crowd crowd(RunSeed() + round, round % 2 == 0, 100, 30);
    crowd.Grow(100);
    std::vector<Term> met;
    Term key;
    // Rows that come behind the traversal are met too; the crowd stops growing, so it ends.
    while (crowd.caller.Step(*crowd.table, Direction::kForward, key) == Status::kOk) {
      key = crowd.caller.answer();
      met.push_back(key);
      if (met.size() < 600) crowd.Change(key);
    }
    crowd.CheckMet(std::move(met));
  }
}

TEST_CASE("a step from a key that is not there is refused, and an empty table has no first key") {
  Crowd crowd(RunSeed(), true, 0, 0);
  CHECK(crowd.caller.Step(*crowd.table, Direction::kForward, {}) == Status::kNotFound);
  CHECK(crowd.caller.Step(*crowd.table, Direction::kForward, Int(1)) == Status::kBadKey);
  crowd.Grow(1);
  CHECK(crowd.caller.Step(*crowd.table, Direction::kForward, {}) == Status::kOk);
  CHECK(crowd.caller.Step(*crowd.table, Direction::kBackward, Int(0)) == Status::kNotFound);
}

TEST_CASE("chunks keep to their limits where a bucket allows it, and keys come alone when asked for") {
  Crowd crowd(RunSeed(), true, 2000, 0);
  HashCursor cursor;
  RangeRequest limits;
  limits.max_bytes = 600;
  limits.keys_only = true;
  std::uint64_t rows = 0;
  for (bool done = false; !done;) {
    ChunkResult result;
    REQUIRE(crowd.caller.Call([&](Reply& reply) {
      return crowd.table->Scan(cursor, limits, reply, result);
    }) == Status::kOk);
    for (const Term& key : crowd.caller.Rows()) REQUIRE(key.size() == 5);
    CHECK(crowd.caller.answer().size() <= 600);  // a bucket of these keys is far smaller
    rows += result.rows;
    done = result.done;
  }
  CHECK(rows == 2000);
  ChunkResult result;
  const Status status =
      crowd.caller.Call([&](Reply& reply) { return crowd.table->Range(limits, reply, result); });
  CHECK(status == Status::kTableType);
}

}  // namespace termstore::test
