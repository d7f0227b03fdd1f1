// Heads: what they match, and what they bind.
#include <doctest/doctest.h>

#include "core/match/run.h"
#include "test/support/exact_bytes.h"
#include "test/support/matching.h"
#include "test/support/shapes_scope.h"
#include "test/support/values.h"

namespace termstore::test {
namespace {

bool Matches(const Code& head, const Term& row, std::uint16_t variables = 0) {
  return Result({{variables, head, {}, {Const(True())}}}, row) == True();
}

Term Dict(const std::vector<std::pair<std::string, Term>>& entries) {
  Term body;
  Append(body, static_cast<std::uint32_t>(entries.size()));
  for (const auto& [name, value] : entries) {
    const Term key = String(name);
    body.insert(body.end(), key.begin(), key.end());
    body.insert(body.end(), value.begin(), value.end());
  }
  return SizedTerm(kTagDict, body);
}

Term MapTerm(const std::vector<std::pair<Term, Term>>& entries) {
  Term body;
  Append(body, static_cast<std::uint32_t>(entries.size()));
  for (const auto& [key, value] : entries) {
    body.insert(body.end(), key.begin(), key.end());
    body.insert(body.end(), value.begin(), value.end());
  }
  return SizedTerm(kTagMap, body);
}

Term Many(std::uint32_t count) {
  Value array;
  array.kind = Value::Kind::kArray;
  for (std::uint32_t i = 0; i < count; ++i) array.items.push_back(NumberValue(i));
  return EncodeCanonical(array);
}

}  // namespace

TEST_CASE("a head matches rows of its arity, or any row, or none") {
  const Term row = Row({Int(1), String("a")});
  CHECK(Matches(Any(), row));
  CHECK(Matches(RowOf({Any(), Any()}), row));
  CHECK_FALSE(Matches(RowOf({Any()}), row));
  CHECK_FALSE(Matches(RowOf({Any(), Any(), Any()}), row));
  CHECK_FALSE(Matches(Never(), row));
  CHECK_FALSE(Matches(Never(), row, 3));
  CHECK_FALSE(Matches(RowOf({}), row));
}

TEST_CASE("a head that is a variable binds the whole row as an array") {
  const Term row = Row({Int(1), String("a")});
  CHECK(Result({{1, Bind(0), {}, {Var(0)}}}, row) == Array({Int(1), String("a")}));
  CHECK(Result({{1, Bind(0), {}, {MakeArray({Var(0)})}}}, row) == Array({Array({Int(1), String("a")})}));
  CHECK(Result({{1, Bind(0), {}, {Vars()}}}, row) == Array({Array({Int(1), String("a")})}));
}

TEST_CASE("variables are bound wherever they stand, and a second place must be equal") {
  const Term row = Row({Int(1), Array({Int(2), Int(1)}), Int(2)});
  const Code head = RowOf({Bind(1), ArrayOf({Bind(0), Same(1)}), Same(0)});
  CHECK(Result({{2, head, {}, {Vars()}}}, row) == Array({Int(2), Int(1)}));
  CHECK_FALSE(Matches(RowOf({Bind(0), Same(0), Any()}), row, 1));
  CHECK_FALSE(Matches(RowOf({Bind(0), Same(0)}), Row({Int(1), BigInt(1)}), 1));
  CHECK(Matches(RowOf({Bind(0), Same(0)}), Row({Int(0), Float(-0.0)}), 1));
}

TEST_CASE("many variables are bound") {
  std::vector<Term> elements;
  Codes patterns;
  for (std::uint16_t i = 0; i < 40; ++i) {
    elements.push_back(Int(i));
    patterns.push_back(Bind(static_cast<std::uint16_t>(39 - i)));
  }
  CHECK(Result({{40, RowOf(patterns), {}, {Var(0)}}}, Row(elements)) == Int(39));
  CHECK(Result({{40, RowOf(patterns), {}, {Call(MatchFunction::kLength, {Vars()})}}}, Row(elements)) ==
        Int(40));
}

TEST_CASE("constants are compared exactly, whatever their encoding") {
  const auto is = [](const Term& constant, const Term& element) {
    return Matches(RowOf({Is(constant)}), Row({element}));
  };
  CHECK(is(Int(1), Int(1)));
  CHECK_FALSE(is(Int(1), Int(2)));
  CHECK_FALSE(is(Int(1), BigInt(1)));
  CHECK_FALSE(is(BigInt(1), Int(1)));
  CHECK_FALSE(is(Int(1), String("a")));
  CHECK(is(Int(0), Float(-0.0)));
  CHECK(is(Float(-0.0), Int(0)));
  CHECK_FALSE(is(Float(0.5), Float(1.5)));
  CHECK(is(String("abc"), String("abc")));
  CHECK_FALSE(is(String("abc"), String("abd")));
  CHECK_FALSE(is(True(), False()));
  CHECK(is(Array({Int(0)}), Array({Float(-0.0)})));
  CHECK_FALSE(is(Array({Int(1)}), Array({BigInt(1)})));
  CHECK(is(SizedTerm(kTagBytes, {1, 2}), SizedTerm(kTagBuffer, {1, 2})));
}

TEST_CASE("every pair of values: a constant matches exactly what is equal") {
  ShapesScope scope;
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(20000); round > 0; --round) {
    const Value value = RandomValue(rng, 2);
    const Value other = rng.OneIn(2) ? Mutated(value, rng) : RandomValue(rng, 2);
    const Term constant = Encode(value, Objects::kDicts, rng);
    const Term element = Encode(other, Objects::kEither, rng);
    REQUIRE(ExactlyEqual(View(constant), View(element)) == TermsEqual(View(constant), View(element)));
    REQUIRE(Matches(RowOf({Is(constant)}), Row({element})) == TermsEqual(View(constant), View(element)));
  }
}

TEST_CASE("an array pattern matches arrays of its length") {
  const Term row = Row({Array({Int(1), Int(2)})});
  CHECK(Matches(RowOf({ArrayOf({Is(Int(1)), Any()})}), row));
  CHECK_FALSE(Matches(RowOf({ArrayOf({Is(Int(2)), Any()})}), row));
  CHECK_FALSE(Matches(RowOf({ArrayOf({Any()})}), row));
  CHECK_FALSE(Matches(RowOf({ArrayOf({Any(), Any(), Any()})}), row));
  CHECK_FALSE(Matches(RowOf({ArrayOf({})}), Row({Int(1)})));
  CHECK(Matches(RowOf({ArrayOf({})}), Row({Array({})})));
  CHECK(Matches(RowOf({ArrayOf(Codes(40, Any()))}), Row({Many(40)})));
  Codes patterns(40, Any());
  patterns[39] = Is(Int(39));
  CHECK(Matches(RowOf({ArrayOf(patterns)}), Row({Many(40)})));
  patterns[38] = Is(Int(39));
  CHECK_FALSE(Matches(RowOf({ArrayOf(patterns)}), Row({Many(40)})));
}

TEST_CASE("an object pattern matches objects with at least its properties, in both encodings") {
  ShapesScope scope;
  Rng rng(1);
  Value object;
  object.kind = Value::Kind::kObject;
  object.names = {"a", "b", "c"};
  object.items = {NumberValue(1), NumberValue(2), StringValue("x")};
  for (const Objects objects : {Objects::kDicts, Objects::kShapes}) {
    const Term row = Row({Encode(object, objects, rng)});
    CHECK(Matches(RowOf({ObjectWith({})}), row));
    CHECK(Matches(RowOf({ObjectWith({{String("c"), Is(String("x"))}, {String("a"), Is(Int(1))}})}), row));
    CHECK_FALSE(Matches(RowOf({ObjectWith({{String("a"), Is(Int(2))}})}), row));
    CHECK_FALSE(Matches(RowOf({ObjectWith({{String("d"), Any()}})}), row));
    CHECK(Result({{1, RowOf({ObjectWith({{String("b"), Bind(0)}})}), {}, {Var(0)}}}, row) == Int(2));
    CHECK_FALSE(Matches(RowOf({MapWith({})}), row));
  }
  CHECK_FALSE(Matches(RowOf({ObjectWith({})}), Row({Array({})})));
  CHECK_FALSE(Matches(RowOf({ObjectWith({})}), Row({MapTerm({})})));
}

TEST_CASE("a Map pattern matches Maps with at least its keys, compared exactly") {
  const Term row =
      Row({MapTerm({{Int(1), String("n")}, {BigInt(1), String("b")}, {Array({Int(0)}), True()}})});
  const auto value = [&](const Term& key) {
    return Result({{1, RowOf({MapWith({{key, Bind(0)}})}), {}, {Var(0)}}}, row);
  };
  CHECK(value(Int(1)) == String("n"));
  CHECK(value(BigInt(1)) == String("b"));
  CHECK(value(Array({Float(-0.0)})) == True());
  CHECK(value(Int(2)).empty());
  CHECK(Matches(RowOf({MapWith({})}), row));
  CHECK_FALSE(Matches(RowOf({MapWith({})}), Row({Dict({})})));
}

TEST_CASE("clauses are tried in order, and the first whose guards are all true gives the result") {
  const Term row = Row({Int(1)});
  const Code head = RowOf({Any()});
  CHECK(Result({{0, Never(), {}, {Const(Int(1))}},
                {0, head, {Const(False())}, {Const(Int(2))}},
                {0, head, {Const(True()), Const(Int(1))}, {Const(Int(3))}},
                {0, head, {Const(True()), Const(True())}, {Const(Int(4)), Const(Int(5))}},
                {0, head, {}, {Const(Int(6))}}},
               row) == Int(5));
  CHECK(Result({}, row).empty());
}

TEST_CASE("damaged rows match nothing that they do not have, and nobody reads outside") {
  const Code program = Program({{2, RowOf({Bind(0), Bind(1)}), {}, {Vars()}}, {0, Any(), {}, {WholeRow()}}});
  MatchProgram parsed;
  REQUIRE(MatchProgram::Parse(View(program), &parsed) == Status::kOk);
  MatchRun run(parsed, 0);
  const Term row = Row({Many(40), String("some text")});
  for (std::size_t size = 0; size <= row.size(); ++size) {
    const ExactBytes part(Term(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(size)));
    const MatchOutcome outcome = run.Run(part.view());
    CHECK(outcome != MatchOutcome::kNoMemory);
    if (outcome == MatchOutcome::kMatch) CHECK(run.result_is_row() == (size < row.size()));
  }
}

}  // namespace termstore::test
