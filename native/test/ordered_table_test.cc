// What an ordered table promises, one promise at a time.
#include "core/table/ordered_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "test/support/caller.h"
#include "test/support/faults.h"
#include "test/support/rng.h"

namespace termstore::test {
namespace {

struct Fixture {
  Epochs epochs;
  Caller caller{epochs};
  std::unique_ptr<OrderedTable> table;

  explicit Fixture(const OrderedLimits& limits = {64, 16384}) {
    TableTraits traits;
    traits.type = TableType::kOrderedSet;
    table = OrderedTable::Make(traits, epochs, limits);
  }
  void Fill(std::int32_t from, std::int32_t to, std::int32_t step = 1) {
    for (std::int32_t i = from; i < to; i += step) {
      REQUIRE(caller.Insert(*table, Row({Int(i), Int(-i)})) == Status::kOk);
    }
  }
};

std::vector<Term> Keys(std::int32_t from, std::int32_t to) {
  std::vector<Term> keys;
  for (std::int32_t i = from; i < to; ++i) keys.push_back(Int(i));
  return keys;
}

RangeRequest Between(Bound::Kind lower, const Term& low, Bound::Kind upper, const Term& high) {
  RangeRequest request;
  request.lower = {lower, View(low)};
  request.upper = {upper, View(high)};
  request.keys_only = true;
  return request;
}

// Adds to the first element behind the key, or refuses.
class AddEditor final : public Editor {
 public:
  explicit AddEditor(Status answer = Status::kOk) : answer_(answer) {}
  Status Edit(Bytes payload, RowEdit& edit) noexcept override {
    if (answer_ != Status::kOk) return answer_;
    const Bytes element = RowElement(payload, 1);
    const std::int32_t sum = Load<std::int32_t>(element.data + 1) + 1;
    std::uint8_t bytes[4];
    Store(bytes, sum);
    edit.AddPatch(static_cast<std::uint32_t>(element.data + 1 - payload.data), {bytes, 4});
    return Status::kOk;
  }

 private:
  Status answer_;
};

class LengthenEditor final : public Editor {
 public:
  Status Edit(Bytes payload, RowEdit& edit) noexcept override {
    const Term row = Row({Copy(RowElement(payload, 0)), String(std::string(500, 'z'))});
    std::memcpy(edit.NewPayload(static_cast<std::uint32_t>(row.size())), row.data(), row.size());
    return Status::kOk;
  }
};

}  // namespace

TEST_CASE("ranges of an ordered table keep to both bounds, in both directions") {
  Fixture f;
  f.Fill(0, 1000);
  REQUIRE(f.table->Stats().shards > 5);
  using Kind = Bound::Kind;
  const Term low = Int(100);
  const Term high = Int(700);
  CHECK(f.caller.Range(*f.table, Between(Kind::kInclusive, low, Kind::kInclusive, high)) == Keys(100, 701));
  CHECK(f.caller.Range(*f.table, Between(Kind::kExclusive, low, Kind::kExclusive, high)) == Keys(101, 700));
  CHECK(f.caller.Range(*f.table, Between(Kind::kNone, {}, Kind::kExclusive, low)) == Keys(0, 100));
  CHECK(f.caller.Range(*f.table, Between(Kind::kInclusive, high, Kind::kNone, {})) == Keys(700, 1000));
  CHECK(f.caller.Range(*f.table, Between(Kind::kInclusive, high, Kind::kInclusive, low)).empty());
  RangeRequest backward = Between(Kind::kInclusive, low, Kind::kExclusive, high);
  backward.direction = Direction::kBackward;
  backward.max_rows = 7;
  std::vector<Term> expected = Keys(100, 700);
  std::reverse(expected.begin(), expected.end());
  std::uint32_t chunks = 0;
  CHECK(f.caller.Range(*f.table, backward, &chunks) == expected);
  CHECK(chunks == 86);
}

TEST_CASE("a prefix range delivers exactly the keys that start with the prefix") {
  Fixture f;
  std::vector<Term> expected;
  for (int i = 0; i < 300; ++i) {
    const std::string number = std::to_string(1000 + i);
    for (const std::string& text : {"usea" + number, "user:" + number, "usf" + number}) {
      REQUIRE(f.caller.Insert(*f.table, Row({String(text)})) == Status::kOk);
    }
    REQUIRE(f.caller.Insert(*f.table, Row({Array({String("user:"), Int(i)})})) == Status::kOk);
    expected.push_back(String("user:" + number));
  }
  REQUIRE(f.table->Stats().shards > 5);
  const Term prefix = String("user:");
  RangeRequest request = Between(Bound::Kind::kPrefix, prefix, Bound::Kind::kPrefix, prefix);
  CHECK(f.caller.Range(*f.table, request) == expected);
  request.direction = Direction::kBackward;
  request.max_rows = 11;
  std::reverse(expected.begin(), expected.end());
  CHECK(f.caller.Range(*f.table, request) == expected);
  const Term tuple = Array({String("user:")});
  CHECK(f.caller.Range(*f.table, Between(Bound::Kind::kPrefix, tuple, Bound::Kind::kPrefix, tuple)).size() ==
        300);
}

TEST_CASE("a deep prefix narrows within the last element of a prefix") {
  Fixture f;
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 20; ++j) {
      REQUIRE(f.caller.Insert(*f.table, Row({Array({Int(i), Int(j)})})) == Status::kOk);
      for (int k = 0; k < 3; ++k) {
        const Term inner = Array({Int(j), Array({Int(k), String("x")})});
        REQUIRE(f.caller.Insert(*f.table, Row({Array({Int(i), inner, Int(k)})})) == Status::kOk);
      }
    }
  }
  REQUIRE(f.table->Stats().shards > 5);
  const auto rows = [&](const Term& prefix, std::uint32_t depth) {
    RangeRequest request = Between(Bound::Kind::kPrefix, prefix, Bound::Kind::kPrefix, prefix);
    request.lower.depth = request.upper.depth = depth;
    const std::size_t forward = f.caller.Range(*f.table, request).size();
    request.direction = Direction::kBackward;
    REQUIRE(f.caller.Range(*f.table, request).size() == forward);
    return forward;
  };
  CHECK(rows(Array({Int(2)}), 0) == 80);
  CHECK(rows(Array({Int(2), Array({Int(7)})}), 1) == 3);
  CHECK(rows(Array({Int(2), Array({BigInt(7)})}), 1) == 3);
  CHECK(rows(Array({Int(2), Array({Int(7)})}), 0) == 0);
  CHECK(rows(Array({Int(2), Array({})}), 1) == 60);
  CHECK(rows(Array({Int(2), Array({Int(7), Array({Int(1)})})}), 2) == 1);
  CHECK(rows(Array({Int(2), Array({Int(7), Array({Int(1)})})}), 1) == 0);
  CHECK(rows(Array({Int(2), Array({Int(7), Int(1)})}), 1) == 0);
  // What is no array at the end is meant as it is.
  CHECK(rows(Array({Int(2), Int(7)}), 1) == 1);
}

TEST_CASE("a chunk ends before the row that would exceed its limit, unless that row is the first") {
  Fixture f;
  for (int i = 0; i < 4; ++i) REQUIRE(f.caller.Insert(*f.table, Row({Int(i), String("x")})) == Status::kOk);
  RangeRequest request;
  ChunkResult result;
  const auto read = [&] {
    return f.caller.Call([&](Reply& reply) { return f.table->Range(request, reply, result); });
  };
  request.max_bytes = 1;
  REQUIRE(read() == Status::kOk);
  CHECK(result.rows == 1);
  CHECK(!result.done);
  request.max_bytes = 2 * (4 + 8);
  REQUIRE(read() == Status::kOk);
  CHECK(result.rows == 2);
  request.max_bytes = 4 * (4 + 8);
  REQUIRE(read() == Status::kOk);
  CHECK(result.rows == 4);
  CHECK(result.done);
  CHECK(f.caller.answer().at(result.last_key_offset) == kTagInt32);
  CHECK(result.last_key_size == 5);
}

TEST_CASE("stepping goes on from a key that was deleted, also where whole shards are gone") {
  Fixture f;
  f.Fill(0, 1000);
  for (std::int32_t i = 100; i < 900; ++i) REQUIRE(f.caller.Delete(*f.table, Int(i)) == Status::kOk);
  REQUIRE(f.caller.Step(*f.table, Direction::kForward, Int(500)) == Status::kOk);
  CHECK(f.caller.answer() == Int(900));
  REQUIRE(f.caller.Step(*f.table, Direction::kBackward, Int(500)) == Status::kOk);
  CHECK(f.caller.answer() == Int(99));
  REQUIRE(f.caller.Step(*f.table, Direction::kForward, {}) == Status::kOk);
  CHECK(f.caller.answer() == Int(0));
  REQUIRE(f.caller.Step(*f.table, Direction::kBackward, {}, StepPart::kRows) == Status::kOk);
  CHECK(f.caller.Rows() == std::vector<Term>{Row({Int(999), Int(-999)})});
  CHECK(f.caller.Step(*f.table, Direction::kForward, Int(999)) == Status::kNotFound);
  CHECK(f.caller.Step(*f.table, Direction::kBackward, Int(0)) == Status::kNotFound);
}

TEST_CASE("equal keys of different types are one row, and the last one's key stays") {
  Fixture f;
  REQUIRE(f.caller.Insert(*f.table, Row({Int(1), String("a")})) == Status::kOk);
  REQUIRE(f.caller.Insert(*f.table, Row({BigInt(1), String("b")})) == Status::kOk);
  CHECK(f.caller.Size(*f.table) == 1);
  REQUIRE(f.caller.Step(*f.table, Direction::kForward, {}) == Status::kOk);
  CHECK(f.caller.answer() == BigInt(1));
  CHECK(f.caller.DeleteObject(*f.table, Row({Int(1), String("b")})) == Status::kNotFound);
  CHECK(f.caller.DeleteObject(*f.table, Row({BigInt(1), String("b")})) == Status::kOk);
}

TEST_CASE("an edit patches in place, replaces the row, inserts the fallback, or changes nothing") {
  Fixture f;
  f.Fill(0, 200);
  const Term key = Int(7);
  AddEditor add;
  LengthenEditor lengthen;
  AddEditor refuse(Status::kNotCounter);
  const auto edit = [&](const Term& at, Editor& editor, const Term* fallback = nullptr) {
    const RowInput input = fallback == nullptr ? RowInput{} : Input(*fallback);
    return f.caller.Call(
        [&](Reply&) { return f.table->Edit(View(at), editor, fallback == nullptr ? nullptr : &input); });
  };
  CHECK(edit(key, add) == Status::kOk);
  REQUIRE(f.caller.Lookup(*f.table, key) == Status::kOk);
  CHECK(f.caller.answer() == Row({key, Int(-6)}));
  CHECK(edit(key, refuse) == Status::kNotCounter);
  CHECK(edit(key, lengthen) == Status::kOk);
  REQUIRE(f.caller.Lookup(*f.table, key) == Status::kOk);
  CHECK(f.caller.answer() == Row({key, String(std::string(500, 'z'))}));

  const Term absent = Int(5000);
  const Term fallback = Row({absent, Int(41)});
  CHECK(edit(absent, add) == Status::kNotFound);
  CHECK(edit(absent, refuse, &fallback) == Status::kNotCounter);
  CHECK(f.caller.Member(*f.table, absent) == Status::kNotFound);
  CHECK(edit(absent, add, &fallback) == Status::kOk);
  REQUIRE(f.caller.Lookup(*f.table, absent) == Status::kOk);
  CHECK(f.caller.answer() == Row({absent, Int(42)}));
  CHECK(edit(Int(6000), add, &fallback) == Status::kBadArg);  // the key of another row
  CHECK(f.table->Check() == nullptr);
}

TEST_CASE("an element is delivered alone, and a missing one is refused") {
  Fixture f;
  f.Fill(0, 10);
  const auto element = [&](std::uint32_t position) {
    const Term key = Int(3);
    return f.caller.Call([&](Reply& reply) { return f.table->LookupElement(View(key), position, reply); });
  };
  CHECK(element(1) == Status::kOk);
  CHECK(f.caller.answer() == Int(-3));
  CHECK(element(2) == Status::kPosition);
}

TEST_CASE("a slot is the row at its index, over all shards, and only the first one behind them is the end") {
  Fixture f;
  f.Fill(0, 1000);
  REQUIRE(f.table->Stats().shards > 5);
  const auto slot = [&](std::uint64_t index) {
    return f.caller.Call([&](Reply& reply) { return f.table->Slot(index, reply); });
  };
  for (std::int32_t i = 0; i < 1000; ++i) {
    REQUIRE(slot(static_cast<std::uint64_t>(i)) == Status::kOk);
    REQUIRE((f.caller.Rows() == std::vector<Term>{Row({Int(i), Int(-i)})}));
  }
  CHECK(slot(1000) == Status::kNotFound);
  CHECK(slot(1001) == Status::kBadArg);
}

TEST_CASE("rows that arrive in order fill their shards") {
  Fixture f({512, std::size_t{1} << 20});
  f.Fill(0, 20000);
  CHECK(f.table->Stats().shards <= 20000 / 450);
  CHECK(f.table->Check() == nullptr);
}

TEST_CASE("memory of deleted rows comes back before the table is empty") {
  Fixture f({4096, std::size_t{1} << 20});
  for (std::int32_t i = 0; i < 20000; ++i) {
    REQUIRE(f.caller.Insert(*f.table, Row({Int(i), String(std::string(200, 'm'))})) == Status::kOk);
  }
  const std::size_t full = f.caller.Memory(*f.table);
  for (std::int32_t i = 0; i < 20000; ++i) {
    if (i % 20 != 0) REQUIRE(f.caller.Delete(*f.table, Int(i)) == Status::kOk);
  }
  CHECK(f.caller.Memory(*f.table) < full / 4);
  CHECK(f.table->Stats().compactions + f.table->Stats().joins > 0);
  CHECK(f.table->Check() == nullptr);
}

TEST_CASE("a batch into an empty table becomes many shards at once") {
  Fixture f;
  std::vector<Term> rows;
  for (std::int32_t i = 0; i < 5000; ++i) rows.push_back(Row({Int((i * 7919) % 5000), Int(i)}));
  REQUIRE(f.caller.InsertMany(*f.table, rows) == Status::kOk);
  CHECK(f.table->Stats().shards > 50);
  CHECK(f.caller.Size(*f.table) == 5000);
  CHECK(f.table->Check() == nullptr);
}

#if defined(TERMSTORE_TEST_FAULTS)
TEST_CASE("when any single allocation fails, an operation reports it and changes nothing") {
  Fixture f;
  f.Fill(0, 600, 2);
  std::vector<Term> before = f.caller.Range(*f.table, {});
  std::vector<Term> batch;
  // A large row has a block of memory of its own.
  constexpr std::int32_t kLargeEvery = 5;
  for (std::int32_t i = 0; i < 600; ++i)
    batch.push_back(Row({Int(i), String(i % kLargeEvery == 0 ? std::string(Arena::kMaxCell, 'x') : "new")}));
  std::uint32_t failures = 0;
  for (std::uint32_t allowed = 0;; ++allowed) {
    const Status status = WithShortage(allowed, [&] { return f.caller.InsertMany(*f.table, batch); });
    REQUIRE(f.table->Check() == nullptr);
    if (status == Status::kOk) break;
    REQUIRE(status == Status::kNoMemory);
    ++failures;
    REQUIRE(f.caller.Range(*f.table, {}) == before);
  }
  CHECK(failures > 600 / kLargeEvery);
  CHECK(f.caller.Size(*f.table) == 600);

  // The reshaping that follows a point operation may fail in silence, the operation itself may not.
  for (std::uint32_t allowed = 0; allowed < 60; ++allowed) {
    for (std::int32_t i = 0; i < 40; ++i) {
      const auto size = f.caller.Size(*f.table);
      const Term row = Row({Int(1000 + static_cast<std::int32_t>(allowed) * 40 + i)});
      const Status status = WithShortage(allowed, [&] { return f.caller.Insert(*f.table, row); });
      REQUIRE(f.caller.Size(*f.table) == size + (status == Status::kOk ? 1 : 0));
    }
    REQUIRE(f.table->Check() == nullptr);
  }
  CHECK(WithShortage(0, [&] { return f.caller.DeleteAll(*f.table); }) == Status::kNoMemory);
  CHECK(f.caller.Size(*f.table) > 600);
}
#endif

}  // namespace termstore::test
