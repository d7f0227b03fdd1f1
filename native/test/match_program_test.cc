// The verifier: what is a program, and that nothing else is taken for one.
#include <doctest/doctest.h>

#include <utility>

#include "test/support/matching.h"
#include "test/support/shapes_scope.h"
#include "test/support/values.h"

namespace termstore::test {
namespace {

using F = MatchFunction;

bool Valid(const Code& code) {
  const ExactBytes bytes(code);
  MatchProgram program;
  return MatchProgram::Parse(bytes.view(), &program) == Status::kOk;
}

bool ValidClause(std::uint16_t variables, const Code& head, const Codes& guards, const Codes& body) {
  return Valid(Program({{variables, head, guards, body}}));
}

bool ValidBody(const Code& expression) { return ValidClause(1, RowOf({Bind(0)}), {}, {expression}); }
bool ValidPattern(const Code& pattern) { return ValidClause(0, RowOf({pattern}), {}, {WholeRow()}); }

// With something of everything.
Code Everything() {
  const Code head = RowOf({Bind(1), ArrayOf({Bind(0), Same(1), Any()}),
                           ObjectWith({{String("name"), Bind(2)}}), MapWith({{BigInt(3), Is(String("x"))}})});
  const Codes guards{Call(F::kAndalso, {Call(F::kGt, {Var(0), Const(Int(-1))}), Const(True())}),
                     Call(F::kOr, {Const(True()), Call(F::kIsString, {Var(2)})})};
  const Codes body{WholeRow(), MakeObject({{String("a"), MakeArray({Vars(), WholeRow()})},
                                           {String("b"), MakeMap({Var(1), MakeSet({Var(0), Var(0)})})},
                                           {String("c"), Call(F::kAdd, {Var(0), Const(Float(0.5))})}})};
  return Program({{3, head, guards, body}, {0, Any(), {}, {Call(F::kSelf, {})}}, {5, Never(), {}, {Var(4)}}});
}

Term EverythingRow() {
  Rng rng(1);
  Value object;
  object.kind = Value::Kind::kObject;
  object.names = {"name"};
  object.items = {StringValue("n")};
  Term map{1, 0, 0, 0};
  for (const Term& part : {BigInt(3), String("x")}) map.insert(map.end(), part.begin(), part.end());
  return Row({Int(2), Array({Int(1), Int(2), Int(3)}), Encode(object, Objects::kShapes, rng),
              SizedTerm(kTagMap, map)});
}

Code Nested(Code inner, std::uint32_t depth, Code (*wrap)(const Codes&)) {
  for (std::uint32_t i = 0; i < depth; ++i) inner = wrap({inner});
  return inner;
}

}  // namespace

TEST_CASE("a program of no clauses is one, and its counts are those of its bytes") {
  MatchProgram program;
  const Code none = Program({});
  CHECK(MatchProgram::Parse(View(none), &program) == Status::kOk);
  CHECK(program.clauses() == 0);
  const Code everything = Everything();
  CHECK(MatchProgram::Parse(View(everything), &program) == Status::kOk);
  CHECK(program.clauses() == 3);
  CHECK(program.variables() == 5);
}

TEST_CASE("another version, other flags and bytes behind the end are refused") {
  Code program = Everything();
  program.push_back(0);
  CHECK_FALSE(Valid(program));
  program.pop_back();
  CHECK(Valid(program));
  program[0] = 2;
  CHECK_FALSE(Valid(program));
  program[0] = 1;
  program[1] = 1;
  CHECK_FALSE(Valid(program));
}

TEST_CASE("a variable is bound once, used only when bound, and none is left open") {
  const Codes body{WholeRow()};
  CHECK(ValidClause(2, RowOf({Bind(1), Bind(0), Same(1)}), {}, body));
  CHECK_FALSE(ValidClause(1, RowOf({Bind(0), Bind(0)}), {}, body));
  CHECK_FALSE(ValidClause(1, RowOf({Same(0), Bind(0)}), {}, body));
  CHECK_FALSE(ValidClause(1, RowOf({Bind(1)}), {}, body));
  CHECK_FALSE(ValidClause(2, RowOf({Bind(0)}), {}, body));
  CHECK_FALSE(ValidClause(0, Bind(0), {}, body));
  CHECK_FALSE(ValidClause(1, RowOf({Bind(0)}), {Var(1)}, body));
  CHECK_FALSE(ValidClause(1, RowOf({Bind(0)}), {}, {Var(1)}));
  CHECK_FALSE(ValidClause(2, Any(), {}, body));
  // What never matches never asks for a variable.
  CHECK(ValidClause(2, Never(), {}, {Var(1)}));
}

TEST_CASE("a head is any row, a variable, a row of elements, or nothing") {
  const Codes body{WholeRow()};
  CHECK_FALSE(ValidClause(0, Is(Int(1)), {}, body));
  CHECK_FALSE(ValidClause(0, ArrayOf({Any()}), {}, body));
  CHECK_FALSE(ValidClause(0, ObjectWith({}), {}, body));
  CHECK_FALSE(ValidPattern(RowOf({Any()})));
  CHECK_FALSE(ValidPattern({0x09}));
  CHECK_FALSE(ValidClause(0, {}, {}, body));
}

TEST_CASE("a clause has a body") {
  CHECK_FALSE(ValidClause(0, Any(), {}, {}));
  CHECK(ValidClause(0, Any(), {}, {WholeRow()}));
}

TEST_CASE("constants, names and keys are whole terms without shapes") {
  ShapesScope scope;
  CHECK(ValidBody(Const(Array({Int(1)}))));
  CHECK_FALSE(ValidBody(Const({})));
  CHECK_FALSE(ValidBody(Const({kTagTrue, kTagTrue})));
  CHECK_FALSE(ValidBody(Const({0x7f})));
  CHECK_FALSE(ValidBody(Const(Float(1.0))));
  const Term names = String("name");
  REQUIRE(scope.shapes().Intern(View(names), 1) == 0);
  const Term shaped = SizedTerm(kTagObject, {0, 0, 0, 0, kTagTrue});
  REQUIRE(TermIsSound(View(shaped), true));
  CHECK_FALSE(ValidBody(Const(shaped)));
  CHECK_FALSE(ValidPattern(Is(shaped)));
  CHECK(ValidPattern(ObjectWith({{String("a"), Any()}})));
  CHECK_FALSE(ValidPattern(ObjectWith({{Int(1), Any()}})));
  CHECK(ValidPattern(MapWith({{Int(1), Any()}})));
  CHECK_FALSE(ValidBody(MakeObject({{Symbol("a"), WholeRow()}})));
}

TEST_CASE("a function is called with as many arguments as it takes") {
  for (std::uint32_t function = 0; function < kMatchFunctions; ++function) {
    const MatchArity arity = kMatchArities[function];
    for (std::uint32_t count = 0; count <= 4; ++count) {
      CAPTURE(function);
      CAPTURE(count);
      const Code call = Call(static_cast<F>(function), Codes(count, Const(True())));
      CHECK(ValidBody(call) == (count >= arity.fewest && count <= arity.most));
    }
  }
  CHECK(ValidBody(Call(F::kAnd, Codes(255, Const(True())))));
  CHECK_FALSE(ValidBody(Call(static_cast<F>(kMatchFunctions), {Const(True())})));
}

TEST_CASE("patterns and expressions nest 256 deep, and not much deeper") {
  CHECK(ValidPattern(Nested(Any(), 255, ArrayOf)));
  CHECK_FALSE(ValidPattern(Nested(Any(), 257, ArrayOf)));
  CHECK(ValidBody(Nested(WholeRow(), 256, MakeArray)));
  CHECK_FALSE(ValidBody(Nested(WholeRow(), 257, MakeArray)));
  const auto negate = [](const Codes& inner) { return Call(F::kNot, inner); };
  CHECK(ValidBody(Nested(Const(True()), 256, negate)));
  CHECK_FALSE(ValidBody(Nested(Const(True()), 257, negate)));
}

TEST_CASE("no damage to a program makes the verifier or a run step outside") {
  ShapesScope scope;
  const Code program = Everything();
  const Term row = EverythingRow();
  const ExactBytes exact_row(row);
  Rng rng(RunSeed());
  std::uint64_t accepted = 0;
  const auto attempt = [&](const Code& code) {
    const ExactBytes bytes(code);
    MatchProgram parsed;
    if (MatchProgram::Parse(bytes.view(), &parsed) != Status::kOk) return;
    ++accepted;
    MatchRun run(parsed, kSelf);
    for (const Bytes& each : {exact_row.view(), exact_row.view()}) {
      if (run.Run(each) == MatchOutcome::kMatch) (void)ResultOf(run);
    }
  };
  for (std::size_t size = 0; size < program.size(); ++size) {
    attempt(Code(program.begin(), program.begin() + static_cast<std::ptrdiff_t>(size)));
    CHECK(accepted == 0);
  }
  for (std::size_t at = 0; at < program.size(); ++at) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      Code damaged = program;
      damaged[at] = static_cast<std::uint8_t>(byte);
      attempt(damaged);
    }
  }
  for (std::uint64_t round = Scaled(20000); round > 0; --round) {
    Code damaged = program;
    for (std::uint64_t i = rng.Below(4) + 1; i > 0; --i)
      damaged[rng.Below(damaged.size())] = static_cast<std::uint8_t>(rng.Below(24));
    attempt(damaged);
  }
  CHECK(accepted > program.size());
}

}  // namespace termstore::test
