// Plans: with one, every program gives for every row what it gives without.
#include "test/support/expressions.h"
#include "test/support/shapes_scope.h"

namespace termstore::test {
namespace {

// Programs and rows of few values, so that constants, columns and guards often agree.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : rng_(seed) {
    for (int i = 0; i < 6; ++i) values_.push_back(RandomValue(rng_, 2));
    for (const double number : {0.0, -0.0, 1.0, -1.5, 1e300, kNan, kInfinity})
      values_.push_back(NumberValue(number));
    for (const bool negative : {false, true}) values_.push_back(BigIntValue(negative, {1}));
    values_.push_back(BigIntValue(false, {}));
    for (const char* text :
         {"", "a", "name", "a name that is longer than sixty-three characters, which is another encoding"})
      values_.push_back(StringValue(text));
    for (const Value::Kind kind : {Value::Kind::kTrue, Value::Kind::kFalse, Value::Kind::kNull}) {
      Value value;
      value.kind = kind;
      values_.push_back(value);
    }
  }

  std::vector<Clause> Clauses() {
    std::vector<Clause> clauses;
    for (std::uint64_t count = 1 + (rng_.OneIn(4) ? rng_.Below(10) : 0); count > 0; --count)
      clauses.push_back(OneClause());
    return clauses;
  }
  Term RandomRow() {
    std::vector<Value> elements;
    for (std::uint64_t count = 1 + rng_.Below(kMostElements); count > 0; --count) elements.push_back(Draw());
    return EncodeRow(elements, Objects::kEither, rng_);
  }

 private:
  static constexpr std::uint64_t kMostElements = 4;

  const Value& Draw() { return values_[rng_.Below(values_.size())]; }
  Term Constant() { return Encode(Draw(), Objects::kDicts, rng_); }

  Clause OneClause() {
    variables_ = 0;
    Codes elements;
    for (std::uint64_t count = 1 + rng_.Below(kMostElements); count > 0; --count)
      elements.push_back(Element(1));
    Clause clause{variables_, RowOf(elements), {}, {}};
    if (rng_.OneIn(12)) clause = {1, Bind(0), {}, {}};
    variables_ = clause.variables;
    for (std::uint64_t count = rng_.Below(4); count > 0; --count) clause.guards.push_back(Expression(3));
    clause.body = {rng_.OneIn(3) ? Const(Constant()) : rng_.OneIn(2) ? WholeRow() : Vars()};
    return clause;
  }
  Code Element(int depth) {
    switch (rng_.Below(8)) {
      case 0:
        return Any();
      case 1:
        return Is(Constant());
      case 2:
        if (variables_ > 0) return Same(static_cast<std::uint16_t>(rng_.Below(variables_)));
        break;
      case 3:
        if (depth > 0) return ArrayOf({Element(depth - 1), Element(depth - 1)});
        break;
      default:
        break;
    }
    return Bind(variables_++);
  }

  Code Operand(int depth) {
    if (variables_ > 0 && !rng_.OneIn(3)) return Var(static_cast<std::uint16_t>(rng_.Below(variables_)));
    if (rng_.OneIn(8)) return WholeRow();
    return depth > 0 && rng_.OneIn(6) ? Expression(depth - 1) : Const(Constant());
  }
  Code Expression(int depth) {
    static constexpr F kComparisons[] = {F::kLt, F::kLe, F::kGt,      F::kGe,
                                         F::kEq, F::kNe, F::kExactEq, F::kExactNe};
    static constexpr F kLogic[] = {F::kAnd, F::kOr, F::kAndalso, F::kOrelse};
    static constexpr F kOthers[] = {F::kAdd, F::kXor, F::kMin, F::kRem};
    const std::uint64_t what = rng_.Below(depth > 0 ? 12 : 8);
    if (what < 5) return Call(kComparisons[rng_.Below(8)], {Operand(depth), Operand(depth)});
    if (what == 5) {
      const auto first = static_cast<std::uint64_t>(F::kIsNumber);
      const auto count = static_cast<std::uint64_t>(F::kIsDate) - first + 1;
      return Call(rng_.OneIn(8) ? F::kIsFloat : static_cast<F>(first + rng_.Below(count)), {Operand(depth)});
    }
    if (what == 6) return Operand(depth);
    if (what == 7) return Call(kOthers[rng_.Below(4)], {Operand(depth), Operand(depth)});
    if (what == 8) return Call(F::kNot, {Expression(depth - 1)});
    Codes arguments;
    for (std::uint64_t count = 1 + rng_.Below(rng_.OneIn(20) ? 20 : 3); count > 0; --count)
      arguments.push_back(Expression(depth - 1));
    return Call(kLogic[rng_.Below(4)], arguments);
  }

  Rng rng_;
  std::vector<Value> values_;
  std::uint16_t variables_ = 0;
};

std::vector<Term> Ints(std::uint32_t count) {
  std::vector<Term> elements;
  for (std::uint32_t i = 0; i < count; ++i) elements.push_back(Int(static_cast<std::int32_t>(i)));
  return elements;
}

Codes Bound(std::uint16_t count) {
  Codes patterns;
  for (std::uint16_t i = 0; i < count; ++i) patterns.push_back(Bind(i));
  return patterns;
}

}  // namespace

TEST_CASE("a plan changes no answer, whatever the program and the row") {
  ShapesScope scope;
  Rng rng(RunSeed());
  std::uint64_t matches = 0;
  const std::uint64_t programs = Scaled(4000);
  for (std::uint64_t i = 0; i < programs; ++i) {
    Generator generator(rng.Next());
    const std::vector<Clause> clauses = generator.Clauses();
    for (int row = 0; row < 20; ++row) matches += Result(clauses, generator.RandomRow()).empty() ? 0 : 1;
  }
  // Neither is rare, or little was compared.
  CHECK(matches > programs);
  CHECK(matches < 15 * programs);
}

TEST_CASE("columns, tests and clauses beyond those of a plan count as well") {
  for (const std::uint16_t arity : {31, 32, 33, 100, 127}) {
    const auto last = static_cast<std::uint16_t>(arity - 1);
    const Term row = Row(Ints(arity));
    for (const std::uint16_t asked : {std::uint16_t{0}, static_cast<std::uint16_t>(arity / 2), last}) {
      for (const std::int32_t wanted : {static_cast<std::int32_t>(asked), -1}) {
        Codes head = Bound(arity);
        CHECK(
            Result({{arity, RowOf(head), {Call(F::kEq, {Var(asked), Const(Int(wanted))})}, {Var(last)}}}, row)
                .empty() == (wanted < 0));
        head[last] = Is(Int(wanted));
        CHECK(Result({{last, RowOf(head), {}, {Var(0)}}}, row).empty() == (wanted != last));
      }
    }
  }
  const Term row = Row({Int(5)});
  for (const std::int32_t wanted : {5, 6}) {
    Codes guards;
    for (std::int32_t i = 0; i < 40; ++i) guards.push_back(Call(F::kLe, {Var(0), Const(Int(100 + i))}));
    guards.push_back(Call(F::kEq, {Var(0), Const(Int(wanted))}));
    CHECK(Result({{1, RowOf({Bind(0)}), guards, {Var(0)}}}, row).empty() == (wanted == 6));
    CHECK(Result({{1, RowOf({Bind(0)}), {Call(F::kAnd, guards)}, {Var(0)}}}, row).empty() == (wanted == 6));
    CHECK(Result({{1, RowOf({Bind(0)}), {Call(F::kOr, guards)}, {Var(0)}}}, row) == Int(5));
    std::vector<Clause> clauses(20, {1, RowOf({Bind(0)}), {Call(F::kGt, {Var(0), Const(Int(5))})}, {Var(0)}});
    clauses.push_back({1, RowOf({Bind(0)}), {guards.back()}, {Const(String("last"))}});
    CHECK(Result(clauses, row).empty() == (wanted == 6));
  }
}

TEST_CASE("rows of another arity, and those that end too early, do not match") {
  const std::vector<Clause> clauses{
      {2, RowOf({Bind(0), Bind(1)}), {Call(F::kNe, {Var(1), Const(String("b"))})}, {Const(True())}}};
  CHECK(Result(clauses, Row({Int(1), Int(2)})) == True());
  CHECK(Result(clauses, Row({Int(1)})).empty());
  CHECK(Result(clauses, Row(Ints(3))).empty());
  const Term whole = Row({Int(1), Int(2)});
  for (std::ptrdiff_t size = 1; size < static_cast<std::ptrdiff_t>(whole.size()); ++size) {
    const ExactBytes code(Program(clauses));
    const ExactBytes row(Term(whole.begin(), whole.begin() + size));
    MatchProgram program;
    REQUIRE(MatchProgram::Parse(code.view(), &program) == Status::kOk);
    MatchRun run(program, kSelf);
    run.Plan();
    // Nothing outside is read; an element that is cut off is no element.
    if (size < 7) CHECK(run.Run(row.view()) == MatchOutcome::kNoMatch);
  }
  Term many = {0x80, 0x01};  // 128
  for (const Term& element : Ints(128)) many.insert(many.end(), element.begin(), element.end());
  CHECK(Result(clauses, many).empty());
  CHECK(Result({{128, RowOf(Bound(128)), {Call(F::kEq, {Var(127), Const(Int(127))})}, {Var(127)}}}, many) ==
        Int(127));
}

TEST_CASE("nothing but true passes a guard that is a variable") {
  for (const Term& value : {True(), False(), Int(1), String("true"), Symbol("true")}) {
    for (const Codes& guards :
         {Codes{Var(0)}, Codes{Call(F::kAnd, {Var(0)})}, Codes{Call(F::kAndalso, {Const(True()), Var(0)})}})
      CHECK(Result({{1, RowOf({Bind(0)}), guards, {Const(Int(1))}}}, Row({value})).empty() ==
            (value != True()));
    // An exception, even where another argument decides.
    CHECK(Result({{1, RowOf({Bind(0)}), {Call(F::kOr, {Const(True()), Var(0)})}, {Const(Int(1))}}},
                 Row({value}))
              .empty() == (value != True() && value != False()));
  }
}

}  // namespace termstore::test
