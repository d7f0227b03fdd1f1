#include "core/match/plan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/match/calls.h"
#include "core/match/evaluate.h"
#include "core/match/format.h"
#include "core/match/pattern.h"
#include "core/match/values.h"
#include "core/term/number.h"

namespace termstore {
namespace {

constexpr std::uint32_t kMostParts = 16;  // guards of a clause, arguments of and, or and the like
constexpr std::uint32_t kMostNested = 8;  // keeps the cost of looking for arguments linear
constexpr std::uint8_t kNoColumn = 0xff;
constexpr std::uint8_t kTrueTerm[] = {kTagTrue};

Bytes SizedAt(const std::uint8_t* at) noexcept { return {at + 4, Load<std::uint32_t>(at)}; }

// The expressions from `at` on, so that they can be looked at from back to front.
struct Parts {
  const std::uint8_t* at[kMostParts];
  std::uint32_t count = 0;
  bool all = true;  // there are no more than these

  Parts(const std::uint8_t* first, std::uint32_t expressions) noexcept {
    for (; count < expressions && count < kMostParts; first = SkipExpression(first)) at[count++] = first;
    all = count == expressions;
  }
};

std::uint32_t OutcomeOf(int order) noexcept { return order < 0 ? 0 : (order > 0 ? 2 : 1); }

}  // namespace

std::uint32_t MatchPlan::Test::CompareSlow(const std::uint8_t* at, const std::uint8_t* end,
                                           Columns& columns) const noexcept {
  const auto term_at = [end](const std::uint8_t* start) noexcept {
    const std::uint8_t* next = start == nullptr ? nullptr : Skip(start, end);
    return next == nullptr ? Bytes{} : Bytes{start, static_cast<std::size_t>(next - start)};
  };
  const Bytes left = term_at(at);
  if (left.data == nullptr) return 0;  // damaged: no worse than any other answer
  switch (kind) {
    case Kind::kType:
      return static_cast<std::uint32_t>(HasType(function, left));
    case Kind::kExact:
      return static_cast<std::uint32_t>(ExactlyEqual(left, constant));
    case Kind::kOrderColumns:
    case Kind::kExactColumns: {
      const Bytes right = term_at(columns.At(other));
      if (right.data == nullptr) return 0;
      return kind == Kind::kExactColumns ? static_cast<std::uint32_t>(ExactlyEqual(left, right))
                                         : OutcomeOf(CompareTerms(left, right));
    }
    default:
      return OutcomeOf(CompareTerms(left, constant));
  }
}

// Makes the tests of one clause. From back to front, so that a test knows where those behind it are.
class MatchPlanner {
 public:
  explicit MatchPlanner(MatchPlan& plan) noexcept : plan_(plan) {}

  // REQUIRES: `at` is a verified clause behind its size.
  MatchPlan::Clause Clause(const std::uint8_t* at) noexcept {
    MatchPlan::Clause clause;
    at += 2;
    const std::uint8_t* const head = at;
    if (*head != kPatternRow) return clause;
    const auto arity = Load<std::uint32_t>(head + 1);
    if (arity == 0 || arity > 127) return clause;
    at = ReadHead(head + 5, arity);

    const auto guard_count = Load<std::uint16_t>(at);
    const Parts guards(at + 2, guard_count);
    whole_ = whole_ && guards.all;
    std::uint8_t entry = kAccept;
    for (std::uint32_t i = guards.count; i-- > 0;) entry = Conjunct(guards.at[i], entry, 0);
    for (std::uint32_t i = std::min(arity, kMostColumns); i-- > 0;) entry = Element(i, entry);

    clause.arity = static_cast<std::uint8_t>(arity);
    clause.entry = entry;
    if (whole_) clause.result = ResultBehind(at);
    return clause;
  }

 private:
  using Test = MatchPlan::Test;
  using Kind = MatchPlan::Kind;
  static constexpr std::uint8_t kAccept = MatchPlan::kAccept;
  static constexpr std::uint8_t kReject = MatchPlan::kReject;
  static constexpr std::uint8_t kBelow = MatchPlan::kBelow;
  static constexpr std::uint8_t kEqual = MatchPlan::kEqual;
  static constexpr std::uint8_t kAbove = MatchPlan::kAbove;
  static constexpr std::uint32_t kMostTests = MatchPlan::kMostTests;
  static constexpr std::uint32_t kMostColumns = MatchPlan::kMostColumns;

  // The elements' patterns; returns what is behind them.
  const std::uint8_t* ReadHead(const std::uint8_t* at, std::uint32_t arity) noexcept {
    for (std::uint8_t& column : column_of_) column = kNoColumn;
    for (std::uint32_t i = 0; i < arity; ++i) {
      if (i < kMostColumns) {
        elements_[i] = at;
        if (*at == kPatternBind) {
          const auto slot = Load<std::uint16_t>(at + 1);
          if (slot < kMostColumns) column_of_[slot] = static_cast<std::uint8_t>(i);
        }
      } else if (*at != kPatternAny && *at != kPatternBind) {
        whole_ = false;
      }
      at = SkipPattern(at);
    }
    return at;
  }

  static const std::uint8_t* ResultBehind(const std::uint8_t* at) noexcept {
    auto guards = Load<std::uint16_t>(at);
    for (at += 2; guards > 0; --guards) at = SkipExpression(at);
    auto expressions = Load<std::uint16_t>(at);
    for (at += 2; expressions > 1; --expressions) at = SkipExpression(at);
    return at;
  }

  // The column that a variable is; kNoColumn for a part of an element, and for those with high numbers.
  std::uint8_t ColumnOf(const std::uint8_t* at) const noexcept {
    if (*at != kExpressionVar) return kNoColumn;
    const auto slot = Load<std::uint16_t>(at + 1);
    return slot < kMostColumns ? column_of_[slot] : kNoColumn;
  }

  // What an element's pattern asks for.
  std::uint8_t Element(std::uint32_t column, std::uint8_t yes) noexcept {
    const std::uint8_t* at = elements_[column];
    Test test{};
    test.column = static_cast<std::uint8_t>(column);
    test.accepted = kEqual;
    switch (*at) {
      case kPatternAny:
      case kPatternBind:
        return yes;
      case kPatternConst:
        SetExact(test, SizedAt(at + 1));
        return Conjoin(test, yes);
      case kPatternSame: {
        const auto slot = Load<std::uint16_t>(at + 1);
        test.kind = Kind::kExactColumns;
        test.other = slot < kMostColumns ? column_of_[slot] : kNoColumn;
        if (test.other != kNoColumn) return Conjoin(test, yes);
        break;
      }
      default:
        break;
    }
    whole_ = false;
    return yes;
  }

  // What has to be true. Where that cannot be told by tests, there are none.
  std::uint8_t Conjunct(const std::uint8_t* at, std::uint8_t yes, std::uint32_t depth) noexcept {
    if (*at == kExpressionConst) return SameBytes(SizedAt(at + 1), {kTrueTerm, 1}) ? yes : kReject;
    if (const std::uint8_t column = ColumnOf(at); column != kNoColumn) {
      Test test{};
      test.column = column;
      test.accepted = kEqual;
      SetExact(test, {kTrueTerm, 1});
      return Conjoin(test, yes);
    }
    if (*at == kExpressionCall && depth < kMostNested) {
      const auto function = static_cast<MatchFunction>(at[1]);
      if (function == MatchFunction::kAnd || function == MatchFunction::kAndalso) {
        const Parts arguments(at + 3, at[2]);
        whole_ = whole_ && arguments.all;
        for (std::uint32_t i = arguments.count; i-- > 0;) yes = Conjunct(arguments.at[i], yes, depth + 1);
        return yes;
      }
    }
    std::uint8_t entry = yes;
    if (Boolean(at, yes, kReject, depth, &entry)) return entry;
    whole_ = false;
    return yes;
  }

  // The tests of an expression that is true or false for every row. False, and no tests, when it is not known
  // to be one.
  bool Boolean(const std::uint8_t* at, std::uint8_t yes, std::uint8_t no, std::uint32_t depth,
               std::uint8_t* entry) noexcept {
    if (*at == kExpressionConst) {
      const std::uint8_t tag = *SizedAt(at + 1).data;
      *entry = tag == kTagTrue ? yes : no;
      return tag == kTagTrue || tag == kTagFalse;
    }
    if (*at != kExpressionCall || depth > kMostNested) return false;
    const auto function = static_cast<MatchFunction>(at[1]);
    switch (function) {
      case MatchFunction::kNot:
        return Boolean(at + 3, no, yes, depth + 1, entry);
      case MatchFunction::kAnd:
      case MatchFunction::kAndalso:
      case MatchFunction::kOr:
      case MatchFunction::kOrelse: {
        const bool all_needed = function == MatchFunction::kAnd || function == MatchFunction::kAndalso;
        const std::uint32_t before = plan_.count_;
        const Parts arguments(at + 3, at[2]);
        bool good = arguments.all;
        for (std::uint32_t i = arguments.count; i-- > 0 && good;) {
          good = Boolean(arguments.at[i], yes, no, depth + 1, entry);
          (all_needed ? yes : no) = *entry;
        }
        if (!good) plan_.count_ = before;
        return good;
      }
      default:
        break;
    }
    Test test{};
    const bool known = IsTypeTest(function) ? ReadTypeTest(at, test) : ReadComparison(at, test);
    if (!known) return false;
    test.yes = yes;
    test.no = no;
    return Add(test, entry);
  }

  bool ReadTypeTest(const std::uint8_t* at, Test& test) noexcept {
    test.kind = Kind::kType;
    test.function = static_cast<MatchFunction>(at[1]);
    test.column = ColumnOf(at + 3);
    test.accepted = kEqual;
    return test.column != kNoColumn;
  }

  bool ReadComparison(const std::uint8_t* at, Test& test) noexcept {
    const auto function = static_cast<MatchFunction>(at[1]);
    const std::uint8_t accepted = AcceptedBy(function);
    if (accepted == 0) return false;
    const std::uint8_t* left = at + 3;
    const std::uint8_t* right = SkipExpression(left);
    test.accepted = accepted;
    test.column = ColumnOf(left);
    if (test.column == kNoColumn) {
      // A constant on the left.
      std::swap(left, right);
      test.accepted =
          static_cast<std::uint8_t>((accepted & kEqual) | (accepted & kBelow) << 2 | accepted >> 2);
      test.column = ColumnOf(left);
      if (test.column == kNoColumn) return false;
    }
    const bool exact = function == MatchFunction::kExactEq || function == MatchFunction::kExactNe;
    if (*right == kExpressionConst) {
      exact ? SetExact(test, SizedAt(right + 1)) : SetOrder(test, SizedAt(right + 1));
      return true;
    }
    test.kind = exact ? Kind::kExactColumns : Kind::kOrderColumns;
    test.other = ColumnOf(right);
    return test.other != kNoColumn;
  }

  static std::uint8_t AcceptedBy(MatchFunction function) noexcept {
    switch (function) {
      case MatchFunction::kLt:
        return kBelow;
      case MatchFunction::kLe:
        return kBelow | kEqual;
      case MatchFunction::kGt:
        return kAbove;
      case MatchFunction::kGe:
        return kAbove | kEqual;
      case MatchFunction::kEq:
      case MatchFunction::kExactEq:
        return kEqual;
      case MatchFunction::kNe:
      case MatchFunction::kExactNe:
        return kBelow | kAbove;
      default:
        return 0;
    }
  }

  // With the bytes alone where what is equal has one form.
  static void SetExact(Test& test, Bytes constant) noexcept {
    const Number number = ReadNumber(constant);
    const bool is_zero = number.kind != Number::Kind::kNone && AsDouble(number) == 0;
    const bool one_form = number.kind != Number::Kind::kNone ? !is_zero : HasOneForm(*constant.data);
    test.kind = one_form ? Kind::kBytes : Kind::kExact;
    test.constant = constant;
  }
  static void SetOrder(Test& test, Bytes constant) noexcept {
    const Number number = ReadNumber(constant);
    const bool only_equality = test.accepted == kEqual || test.accepted == (kBelow | kAbove);
    const bool one_form = number.kind == Number::Kind::kNone && HasOneForm(*constant.data);
    test.kind = only_equality && one_form ? Kind::kBytes : Kind::kOrder;
    test.constant = constant;
    if (number.kind == Number::Kind::kNone || number.is_bigint) return;
    test.number = AsDouble(number);
    if (!std::isnan(test.number)) test.kind = Kind::kNumber;
  }

  std::uint8_t Conjoin(Test& test, std::uint8_t yes) noexcept {
    test.yes = yes;
    test.no = kReject;
    std::uint8_t entry = yes;
    if (!Add(test, &entry)) whole_ = false;
    return entry;
  }
  bool Add(const Test& test, std::uint8_t* entry) noexcept {
    if (plan_.count_ == kMostTests) return false;
    *entry = static_cast<std::uint8_t>(plan_.count_);
    plan_.tests_[plan_.count_++] = test;
    return true;
  }

  MatchPlan& plan_;
  bool whole_ = true;  // the tests are all there is to the clause
  const std::uint8_t* elements_[kMostColumns];
  std::uint8_t column_of_[kMostColumns];  // by slot
};

void MatchPlan::Make(const MatchProgram& program) noexcept {
  const std::uint8_t* at = program.code().begin();
  for (; clauses_ < program.clauses() && clauses_ < kMostClauses; ++clauses_) {
    list_[clauses_] = MatchPlanner(*this).Clause(at + 4);
    at += 4 + std::size_t{Load<std::uint32_t>(at)};
  }
}

}  // namespace termstore
