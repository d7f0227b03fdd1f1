#include "core/match/arithmetic.h"

#include <cmath>

#include "core/match/values.h"
#include "core/term/bigint_math.h"
#include "core/term/number.h"

namespace termstore {
namespace {

// A shift that would give more is an exception: one small number must not ask for much memory.
constexpr std::uint64_t kMaxShiftedBits = std::uint64_t{1} << 20;

Number IntNumber(std::int64_t value, bool is_bigint) noexcept {
  Number number;
  number.kind = Number::Kind::kInt;
  number.integer = value;
  number.is_bigint = is_bigint;
  return number;
}

bool IsZero(const Number& number) noexcept {
  return number.kind == Number::Kind::kInt ? number.integer == 0
                                           : number.kind == Number::Kind::kDouble && number.real == 0;
}

Bytes BigIntResult(MatchHeap& heap, BigIntOp op, const Number& a, const Number& b) noexcept {
  const std::size_t room = BigIntRoom(op, a, b);
  std::uint8_t* to = room == 0 ? nullptr : heap.Take(room);
  if (to == nullptr) return {};
  return {to, ApplyBigInt(op, a, b, to)};
}

Bytes SafeResult(MatchHeap& heap, std::int64_t value) noexcept {
  return value >= -kMaxSafeInteger && value <= kMaxSafeInteger ? IntegerTerm(heap, value) : Bytes{};
}

BigIntOp BigIntOpOf(MatchFunction function) noexcept {
  switch (function) {
    case MatchFunction::kAdd:
      return BigIntOp::kAdd;
    case MatchFunction::kSub:
      return BigIntOp::kSub;
    case MatchFunction::kMul:
      return BigIntOp::kMul;
    case MatchFunction::kIdiv:
      return BigIntOp::kDiv;
    case MatchFunction::kRem:
      return BigIntOp::kRem;
    case MatchFunction::kBand:
      return BigIntOp::kAnd;
    case MatchFunction::kBor:
      return BigIntOp::kOr;
    default:
      return BigIntOp::kXor;
  }
}

// add sub mul div of which at least one is a number, and every div.
Bytes RealResult(MatchHeap& heap, MatchFunction function, const Number& a, const Number& b) noexcept {
  double x = 0;
  double y = 0;
  if (!NearestDouble(a, &x) || !NearestDouble(b, &y)) return {};
  double result = 0;
  switch (function) {
    case MatchFunction::kAdd:
      result = x + y;
      break;
    case MatchFunction::kSub:
      result = x - y;
      break;
    case MatchFunction::kMul:
      result = x * y;
      break;
    default:
      if (y == 0) return {};
      result = x / y;
  }
  if (!std::isfinite(result) && std::isfinite(x) && std::isfinite(y)) return {};
  return NumberTerm(heap, result);
}

// value * 2^left, rounded down, of safe integers.
Bytes ShiftInteger(MatchHeap& heap, std::int64_t value, std::int64_t left) noexcept {
  if (left < 0) return IntegerTerm(heap, left <= -63 ? (value < 0 ? -1 : 0) : value >> -left);
  if (value == 0) return IntegerTerm(heap, 0);
  if (left > 53) return {};
  const std::int64_t most = kMaxSafeInteger >> left;
  return value >= -most && value <= most ? IntegerTerm(heap, value * (std::int64_t{1} << left)) : Bytes{};
}

Bytes ShiftResult(MatchHeap& heap, const Number& value, const Number& count, bool left) noexcept {
  // A count beyond 64 bits is as good as one at their end.
  std::int64_t by = 0;
  constexpr std::int64_t kFarthest = INT64_MAX;
  if (count.kind == Number::Kind::kInt) {
    by = count.integer < -kFarthest ? -kFarthest : count.integer;
  } else {
    by = count.negative ? -kFarthest : kFarthest;
  }
  if (!left) by = -by;
  if (by > 0 && IsZero(value)) by = 0;
  const std::size_t room = ShiftedBigIntRoom(value, by, kMaxShiftedBits);
  std::uint8_t* to = room == 0 ? nullptr : heap.Take(room);
  if (to == nullptr) return {};
  return {to, ShiftBigInt(value, by, to)};
}

// idiv rem band bor bxor bsl bsr of two numbers.
Bytes SafeIntegerResult(MatchHeap& heap, MatchFunction function, const Number& a, const Number& b) noexcept {
  std::int64_t x = 0;
  std::int64_t y = 0;
  if (!ReadSafeInteger(a, &x) || !ReadSafeInteger(b, &y)) return {};
  switch (function) {
    case MatchFunction::kIdiv:
      return y == 0 ? Bytes{} : IntegerTerm(heap, x / y);
    case MatchFunction::kRem:
      return y == 0 ? Bytes{} : IntegerTerm(heap, x % y);
    case MatchFunction::kBand:
      return SafeResult(heap, x & y);
    case MatchFunction::kBor:
      return SafeResult(heap, x | y);
    case MatchFunction::kBxor:
      return SafeResult(heap, x ^ y);
    case MatchFunction::kBsl:
      return ShiftInteger(heap, x, y);
    default:
      return ShiftInteger(heap, x, -y);
  }
}

bool IsIntegerOperation(MatchFunction function) noexcept {
  return function == MatchFunction::kIdiv || function == MatchFunction::kRem ||
         (function >= MatchFunction::kBand && function <= MatchFunction::kBsr);
}

// add sub mul of int32 numbers, which are most numbers.
Bytes SmallResult(MatchHeap& heap, MatchFunction function, std::int64_t x, std::int64_t y) noexcept {
  if (function == MatchFunction::kAdd) return IntegerTerm(heap, x + y);
  if (function == MatchFunction::kSub) return IntegerTerm(heap, x - y);
  return NumberTerm(heap,
                    static_cast<double>(x) * static_cast<double>(y));  // -0 where one is 0 and one negative
}

double Rounded(MatchFunction function, double value) noexcept {
  switch (function) {
    case MatchFunction::kAbs:
      return std::fabs(value);
    case MatchFunction::kRound:
      return std::round(value);
    case MatchFunction::kTrunc:
      return std::trunc(value);
    case MatchFunction::kFloor:
      return std::floor(value);
    case MatchFunction::kCeil:
      return std::ceil(value);
    case MatchFunction::kSub:
      return -value;
    default:
      return value;
  }
}

Bytes CalculateBigInt(MatchHeap& heap, MatchFunction function, Bytes term, const Number& number) noexcept {
  const bool negative = number.kind == Number::Kind::kBig ? number.negative : number.integer < 0;
  switch (function) {
    case MatchFunction::kSub:
      return BigIntResult(heap, BigIntOp::kSub, IntNumber(0, true), number);
    case MatchFunction::kAbs:
      return negative ? BigIntResult(heap, BigIntOp::kSub, IntNumber(0, true), number) : term;
    case MatchFunction::kBnot:
      return BigIntResult(heap, BigIntOp::kXor, number, IntNumber(-1, true));
    case MatchFunction::kFloat: {
      double value = 0;
      return NearestDouble(number, &value) ? NumberTerm(heap, value) : Bytes{};
    }
    default:
      return term;  // whole already
  }
}

}  // namespace

Bytes Calculate(MatchHeap& heap, MatchFunction function, Bytes a, Bytes b) noexcept {
  if (*a.data == kTagInt32 && *b.data == kTagInt32 && function >= MatchFunction::kAdd &&
      function <= MatchFunction::kMul) {
    return SmallResult(heap, function, Load<std::int32_t>(a.data + 1), Load<std::int32_t>(b.data + 1));
  }
  const Number x = ReadNumber(a);
  const Number y = ReadNumber(b);
  if (x.kind == Number::Kind::kNone || y.kind == Number::Kind::kNone) return {};
  if (IsIntegerOperation(function)) {
    if (x.is_bigint != y.is_bigint) return {};
    if (!x.is_bigint) return SafeIntegerResult(heap, function, x, y);
    if (function == MatchFunction::kBsl || function == MatchFunction::kBsr)
      return ShiftResult(heap, x, y, function == MatchFunction::kBsl);
    const bool divides = function == MatchFunction::kIdiv || function == MatchFunction::kRem;
    return divides && IsZero(y) ? Bytes{} : BigIntResult(heap, BigIntOpOf(function), x, y);
  }
  if (x.is_bigint && y.is_bigint && function != MatchFunction::kDiv)
    return BigIntResult(heap, BigIntOpOf(function), x, y);
  return RealResult(heap, function, x, y);
}

Bytes Calculate(MatchHeap& heap, MatchFunction function, Bytes a) noexcept {
  const Number number = ReadNumber(a);
  if (number.kind == Number::Kind::kNone) return {};
  if (number.is_bigint) return CalculateBigInt(heap, function, a, number);
  if (function == MatchFunction::kBnot) {
    std::int64_t value = 0;
    return ReadSafeInteger(number, &value) ? SafeResult(heap, ~value) : Bytes{};
  }
  double value = 0;
  NearestDouble(number, &value);
  return NumberTerm(heap, Rounded(function, value));
}

bool ReadIndex(Bytes term, std::int64_t* value) noexcept {
  const Number number = ReadNumber(term);
  if (number.kind == Number::Kind::kInt) {
    *value = number.integer;
    return true;
  }
  return ReadSafeInteger(number, value);
}

}  // namespace termstore
