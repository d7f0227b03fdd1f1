// Counters and element changes: what they compute, and every way they refuse.
#include <doctest/doctest.h>

#include "core/table/counter.h"
#include "core/table/element.h"
#include "test/support/hash_rows.h"
#include "test/support/seed.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

constexpr std::int64_t kMaxSafe = (std::int64_t{1} << 53) - 1;

// One row [1, ...] in a table, edited again and again.
struct Subject {
  Rng rng{RunSeed()};
  HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  Caller caller{epochs};
  std::unique_ptr<Table> table = MakeHashTable(epochs, secret, true);

  void Put(const std::vector<Term>& row) { REQUIRE(caller.Insert(*table, Row(row)) == Status::kOk); }
  Status Edit(Editor& editor, const Term& key = Int(1), const RowInput* fallback = nullptr) {
    return caller.Call([&](Reply&) { return table->Edit(View(key), editor, fallback); });
  }
  Status Add(std::int64_t increment, std::uint32_t position = 1) {
    NumberCounter counter(position, 0, increment);
    return Edit(counter);
  }
  std::int64_t Wrap(std::int64_t increment, std::int64_t threshold, std::int64_t reset) {
    NumberCounter counter(1, 0, increment, true, threshold, reset);
    REQUIRE(Edit(counter) == Status::kOk);
    return counter.result();
  }
  Status Change(const std::vector<std::pair<std::uint32_t, Term>>& changes) {
    std::vector<ElementChange> list;
    for (const auto& change : changes) list.push_back({change.first, View(change.second)});
    ElementEditor editor(list.data(), static_cast<std::uint32_t>(list.size()), 0);
    return Edit(editor);
  }
  Term Now(const Term& key = Int(1)) {
    REQUIRE(caller.Lookup(*table, key) == Status::kOk);
    return caller.answer();
  }
};

struct Operation {
  std::uint32_t position;
  std::vector<Term> terms;  // increment, or increment, threshold, reset
};

Term Operations(const std::vector<Operation>& operations) {
  Term bytes;
  for (const Operation& operation : operations) {
    Append(bytes, operation.position);
    bytes.push_back(operation.terms.size() > 1 ? 1 : 0);
    for (const Term& term : operation.terms) bytes.insert(bytes.end(), term.begin(), term.end());
  }
  return bytes;
}

Status Run(Subject& subject, const std::vector<Operation>& operations, std::vector<Term>* results = nullptr) {
  const Term bytes = Operations(operations);
  CounterList list(View(bytes), static_cast<std::uint32_t>(operations.size()), 0);
  const Status status = subject.Edit(list);
  for (std::uint32_t i = 0; status == Status::kOk && results != nullptr && i < list.count(); ++i)
    results->push_back(Copy(list.result(i)));
  return status;
}

}  // namespace

TEST_CASE("a counter adds, changes its size where it must, and stays among the safe integers") {
  Subject subject;
  subject.Put({Int(1), Int(2147483647), String("tail")});
  CHECK(subject.Add(1) == Status::kOk);
  CHECK((subject.Now() == Row({Int(1), Float(2147483648.0), String("tail")})));
  CHECK(subject.Add(-1) == Status::kOk);
  CHECK((subject.Now() == Row({Int(1), Int(2147483647), String("tail")})));
  subject.Put({Int(1), Float(static_cast<double>(kMaxSafe - 1))});
  CHECK(subject.Add(1) == Status::kOk);
  CHECK(subject.Add(1) == Status::kCounterRange);
  CHECK((subject.Now() == Row({Int(1), Float(static_cast<double>(kMaxSafe))})));
  CHECK(subject.Add(-2 * kMaxSafe) == Status::kOk);
  CHECK(subject.Add(-1) == Status::kCounterRange);
  subject.Put({Int(1), Float(-0.0)});
  CHECK(subject.Add(0) == Status::kOk);
  CHECK((subject.Now() == Row({Int(1), Int(0)})));
}

TEST_CASE("a counter refuses what it cannot count and changes nothing") {
  Subject subject;
  const std::vector<Term> row{Int(1), String("text"), BigInt(5), Float(0.5), Float(1e300)};
  subject.Put(row);
  CHECK(subject.Add(1, 0) == Status::kKeypos);
  CHECK(subject.Add(1, 1) == Status::kNotCounter);
  CHECK(subject.Add(1, 2) == Status::kCounterMix);
  CHECK(subject.Add(1, 3) == Status::kNotCounter);
  CHECK(subject.Add(1, 4) == Status::kNotCounter);
  CHECK(subject.Add(1, 5) == Status::kPosition);
  NumberCounter counter(1, 0, 1);
  CHECK(subject.Edit(counter, Int(2)) == Status::kNotFound);
  CHECK((subject.Now() == Row(row)));
}

TEST_CASE("a threshold resets in the direction of the increment") {
  Subject subject;
  subject.Put({Int(1), Int(8)});
  CHECK(subject.Wrap(1, 10, 0) == 9);
  CHECK(subject.Wrap(1, 10, 0) == 10);
  CHECK(subject.Wrap(1, 10, 0) == 0);
  CHECK(subject.Wrap(-1, -1, 5) == -1);
  CHECK(subject.Wrap(-1, -1, 5) == 5);
  CHECK(subject.Wrap(0, 4, 2) == 2);
}

TEST_CASE("a missing row is made from the fallback, and not when the editor refuses") {
  Subject subject;
  const Term fallback = Row({Int(9), Int(40), String("new")});
  const RowInput input = Input(fallback);
  NumberCounter counter(1, 0, 2);
  CHECK(subject.Edit(counter, Int(9), &input) == Status::kOk);
  CHECK(counter.result() == 42);
  CHECK((subject.Now(Int(9)) == Row({Int(9), Int(42), String("new")})));
  CHECK((fallback == Row({Int(9), Int(40), String("new")})));
  CHECK(subject.Edit(counter, Int(9), &input) == Status::kOk);
  CHECK(counter.result() == 44);
  CHECK(subject.table->Size() == 1);
  NumberCounter refused(2, 0, 1);
  const Term other = Row({Int(10), Int(40), String("new")});
  const RowInput other_input = Input(other);
  CHECK(subject.Edit(refused, Int(10), &other_input) == Status::kNotCounter);
  CHECK(subject.table->Size() == 1);
}

TEST_CASE("a list of counters sees its own results and is applied as a whole or not at all") {
  Subject subject;
  subject.Put({Int(1), Int(10), BigInt(100), String("x")});
  std::vector<Term> results;
  CHECK(Run(subject, {{1, {Int(5)}}, {1, {Int(5), Int(17), Int(0)}}, {2, {BigInt(-1)}}, {1, {Int(2)}}},
            &results) == Status::kOk);
  CHECK((results == std::vector<Term>{Int(15), Int(0), BigInt(99), Int(2)}));
  const Term now = Row({Int(1), Int(2), BigInt(99), String("x")});
  CHECK((subject.Now() == now));
  CHECK(Run(subject, {}) == Status::kOk);
  CHECK(Run(subject, {{1, {Int(1)}}, {3, {Int(1)}}}) == Status::kNotCounter);
  CHECK(Run(subject, {{1, {Int(1)}}, {4, {Int(1)}}}) == Status::kPosition);
  CHECK(Run(subject, {{1, {Int(1)}}, {0, {Int(1)}}}) == Status::kKeypos);
  CHECK(Run(subject, {{1, {Int(1)}}, {1, {BigInt(1)}}}) == Status::kCounterMix);
  CHECK(Run(subject, {{2, {Int(1)}}}) == Status::kCounterMix);
  CHECK(Run(subject, {{1, {Int(1), BigInt(1), Int(1)}}}) == Status::kCounterMix);
  CHECK(Run(subject, {{1, {Float(0.5)}}}) == Status::kBadArg);
  CHECK(Run(subject, {{1, {String("1")}}}) == Status::kBadArg);
  CHECK(Run(subject, {{1, {Int(1), Float(0.5), Int(1)}}}) == Status::kBadArg);
  CHECK(Run(subject, {{1, {Float(static_cast<double>(kMaxSafe))}}}) == Status::kCounterRange);
  CHECK(Run(subject, {{1, {}}}) == Status::kDamaged);
  CounterList cut({}, 1, 0);
  CHECK(subject.Edit(cut) == Status::kDamaged);
  CHECK((subject.Now() == now));
}

TEST_CASE("bigint counters have any size and wrap as numbers do") {
  Subject subject;
  subject.Put({Int(1), BigInt(INT64_MAX)});
  std::vector<Term> results;
  CHECK(Run(subject, {{1, {BigInt(1)}}}, &results) == Status::kOk);
  CHECK(results[0][0] == kTagBigInt);
  CHECK(Run(subject, {{1, {BigInt(-1)}}}) == Status::kOk);
  CHECK((subject.Now() == Row({Int(1), BigInt(INT64_MAX)})));
  CHECK(Run(subject, {{1, {BigInt(5), BigInt(INT64_MAX), BigInt(-3)}}}) == Status::kOk);
  CHECK((subject.Now() == Row({Int(1), BigInt(-3)})));
  CHECK(Run(subject, {{1, {BigInt(-1), BigInt(-3), BigInt(7)}}}) == Status::kOk);
  CHECK((subject.Now() == Row({Int(1), BigInt(7)})));
}

TEST_CASE("elements are replaced, of the same size or another, many at once") {
  Subject subject;
  subject.Put({Int(1), Int(2), String("three"), Int(4)});
  CHECK(subject.Change({{1, Int(20)}, {3, Int(40)}}) == Status::kOk);
  CHECK((subject.Now() == Row({Int(1), Int(20), String("three"), Int(40)})));
  CHECK(subject.Change({{2, String(std::string(5000, '3'))}, {1, Int(21)}}) == Status::kOk);
  CHECK((subject.Now() == Row({Int(1), Int(21), String(std::string(5000, '3')), Int(40)})));
  CHECK(subject.Change({{2, Int(1)}, {2, String("last")}, {3, Int(1)}, {3, Int(2)}}) == Status::kOk);
  CHECK((subject.Now() == Row({Int(1), Int(21), String("last"), Int(2)})));
  CHECK(subject.Change({{1, Int(1)}, {0, Int(1)}}) == Status::kKeypos);
  CHECK(subject.Change({{1, Int(1)}, {4, Int(1)}}) == Status::kPosition);
  CHECK(subject.Change({}) == Status::kOk);
  CHECK((subject.Now() == Row({Int(1), Int(21), String("last"), Int(2)})));
  // More changes than patches, and changes too long for a patch.
  std::vector<Term> row{Int(1)};
  std::vector<std::pair<std::uint32_t, Term>> changes;
  for (std::uint32_t i = 1; i < 20; ++i) {
    row.push_back(Int(0));
    changes.emplace_back(i, Int(static_cast<std::int32_t>(i)));
  }
  subject.Put(row);
  CHECK(subject.Change(changes) == Status::kOk);
  for (std::uint32_t i = 1; i < 20; ++i) row[i] = Int(static_cast<std::int32_t>(i));
  CHECK((subject.Now() == Row(row)));
  subject.Put({Int(1), String("twenty characters ..")});
  CHECK(subject.Change({{1, String("TWENTY CHARACTERS ..")}}) == Status::kOk);
  CHECK((subject.Now() == Row({Int(1), String("TWENTY CHARACTERS ..")})));
}

TEST_CASE("a row whose key is stored apart keeps it through edits") {
  Subject subject;
  const HashRow row = MakeHashRow(NumberValue(-0.0), Int(1), 0, subject.rng);
  REQUIRE(row.separate);
  REQUIRE(subject.caller.Call([&](Reply&) { return subject.table->Insert(row.input()); }) == Status::kOk);
  const Term longer = String(std::string(300, 'l'));
  const ElementChange change{1, View(longer)};
  ElementEditor editor(&change, 1, 0);
  CHECK(subject.Edit(editor, Int(0)) == Status::kOk);
  CHECK((subject.Now(Int(0)) == Row({Float(-0.0), longer})));
  const Term number = Int(3);
  const ElementChange back{1, View(number)};
  ElementEditor shorter(&back, 1, 0);
  CHECK(subject.Edit(shorter, Int(0)) == Status::kOk);
  NumberCounter counter(1, 0, 4);
  CHECK(subject.Edit(counter, Int(0)) == Status::kOk);
  CHECK((subject.Now(Int(0)) == Row({Float(-0.0), Int(7)})));
}

// Interleaving: threads count in the same few rows.
TEST_CASE("counters lose no increment among threads") {
  Subject subject;
  const std::uint64_t rounds = Scaled(30000);
  RunInThreads(4, [&](int thread, ThreadFailures& failures) {
    Caller caller(subject.epochs);
    Rng rng(static_cast<std::uint64_t>(thread));
    for (std::uint64_t i = 0; i < rounds; ++i) {
      const Term row = Row({Int(static_cast<std::int32_t>(rng.Below(3))), Int(0)});
      const RowInput fallback = Input(row);
      NumberCounter counter(1, 0, 1);
      if (caller.Call([&](Reply&) { return subject.table->Edit(fallback.key, counter, &fallback); }) !=
          Status::kOk)
        failures.Add("refused");
    }
  });
  std::uint64_t sum = 0;
  for (std::int32_t i = 0; i < 3; ++i) {
    const Term row = subject.Now(Int(i));
    sum += static_cast<std::uint64_t>(Load<std::int32_t>(RowElement(View(row), 1).data + 1));
  }
  CHECK(sum == 4 * rounds);
}

}  // namespace termstore::test
