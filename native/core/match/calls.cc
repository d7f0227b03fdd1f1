#include "core/match/calls.h"

#include <cmath>

#include "core/match/arithmetic.h"
#include "core/match/containers.h"
#include "core/match/data.h"
#include "core/term/reader.h"

namespace termstore {
namespace {

int Compare(Bytes a, Bytes b) noexcept {
  if (*a.data == kTagInt32 && *b.data == kTagInt32) {
    const auto left = Load<std::int32_t>(a.data + 1);
    const auto right = Load<std::int32_t>(b.data + 1);
    return left < right ? -1 : (left > right ? 1 : 0);
  }
  return CompareTerms(a, b);
}

bool IsInteger(Bytes term) noexcept {
  if (*term.data != kTagFloat64)
    return *term.data == kTagInt32 || *term.data == kTagBigInt64 || *term.data == kTagBigInt;
  const double value = Load<double>(term.data + 1);
  return std::isfinite(value) && std::trunc(value) == value;
}

bool IsBigInt(Bytes term) noexcept { return *term.data == kTagBigInt64 || *term.data == kTagBigInt; }

// Element `index` of the row or of an array.
Bytes ElementOf(const MatchFrame& frame, Bytes value, std::int64_t index) noexcept {
  if (index < 0) return {};
  if (frame.IsRow(value))
    return index <= UINT32_MAX ? RowElement(value, static_cast<std::uint32_t>(index)) : Bytes{};
  return *value.data == kTagArray ? ArrayElement(value, static_cast<std::uint64_t>(index)) : Bytes{};
}

Bytes ElementAt(const MatchFrame& frame, Bytes position, Bytes value) noexcept {
  std::int64_t index = 0;
  return !frame.IsRow(position) && ReadIndex(position, &index) ? ElementOf(frame, value, index) : Bytes{};
}

Bytes LengthOf(MatchFrame& frame, Bytes value) noexcept {
  if (frame.IsRow(value)) return IntegerTerm(frame.heap, ReadRowStart(value).arity);
  return *value.data == kTagArray ? IntegerTerm(frame.heap, CountOf(value)) : Bytes{};
}

bool IsBoolean(const MatchFrame& frame, Bytes value) noexcept {
  return frame.IsTrue(value) || frame.IsFalse(value);
}

Bytes Not(const MatchFrame& frame, Bytes value) noexcept {
  return IsBoolean(frame, value) ? BooleanTerm(frame.IsFalse(value)) : Bytes{};
}

Bytes Xor(const MatchFrame& frame, Bytes a, Bytes b) noexcept {
  if (!IsBoolean(frame, a) || !IsBoolean(frame, b)) return {};
  return BooleanTerm(frame.IsTrue(a) != frame.IsTrue(b));
}

Bytes CallOnOne(MatchFrame& frame, MatchFunction function, Bytes term) noexcept {
  switch (function) {
    case MatchFunction::kTl:
      return *term.data == kTagArray ? TailOf(frame.heap, term) : Bytes{};
    case MatchFunction::kSize:
      return SizeOf(frame.heap, term);
    case MatchFunction::kByteSize:
      return ByteSizeOf(frame.heap, term);
    case MatchFunction::kMapSize:
      return MapSizeOf(frame.heap, term);
    default:
      return IsTypeTest(function) ? BooleanTerm(HasType(function, term))
                                  : Calculate(frame.heap, function, term);
  }
}

Bytes CallOnTwo(MatchFrame& frame, MatchFunction function, Bytes a, Bytes b) noexcept {
  switch (function) {
    case MatchFunction::kLt:
      return BooleanTerm(Compare(a, b) < 0);
    case MatchFunction::kLe:
      return BooleanTerm(Compare(a, b) <= 0);
    case MatchFunction::kGt:
      return BooleanTerm(Compare(a, b) > 0);
    case MatchFunction::kGe:
      return BooleanTerm(Compare(a, b) >= 0);
    case MatchFunction::kEq:
      return BooleanTerm(Compare(a, b) == 0);
    case MatchFunction::kNe:
      return BooleanTerm(Compare(a, b) != 0);
    case MatchFunction::kExactEq:
      return BooleanTerm(ExactlyEqual(a, b));
    case MatchFunction::kExactNe:
      return BooleanTerm(!ExactlyEqual(a, b));
    case MatchFunction::kMin:
      return Compare(a, b) <= 0 ? a : b;
    case MatchFunction::kMax:
      return Compare(a, b) >= 0 ? a : b;
    case MatchFunction::kMapGet:
      return MapValue(b, a);
    case MatchFunction::kIsMapKey:
      return IsMapLike(b) ? BooleanTerm(static_cast<bool>(MapValue(b, a))) : Bytes{};
    case MatchFunction::kBinaryPart:
      return BinaryPart(frame.heap, a, b, {});
    default:
      return Calculate(frame.heap, function, a, b);
  }
}

}  // namespace

bool IsTypeTest(MatchFunction function) noexcept {
  return (function >= MatchFunction::kIsNumber && function <= MatchFunction::kIsDate) ||
         function == MatchFunction::kIsFloat;
}

bool HasType(MatchFunction test, Bytes term) noexcept {
  const std::uint8_t tag = *term.data;
  switch (test) {
    case MatchFunction::kIsNumber:
      return RankOf(tag) == kRankNumber;
    case MatchFunction::kIsBigint:
      return IsBigInt(term);
    case MatchFunction::kIsFloat:
      return tag == kTagInt32 || tag == kTagFloat64;
    case MatchFunction::kIsInteger:
      return IsInteger(term);
    case MatchFunction::kIsString:
      return RankOf(tag) == kRankString;
    case MatchFunction::kIsAtom:
      return RankOf(tag) == kRankAtom;
    case MatchFunction::kIsBoolean:
      return tag == kTagTrue || tag == kTagFalse;
    case MatchFunction::kIsArray:
      return tag == kTagArray;
    case MatchFunction::kIsObject:
      return tag == kTagObject || tag == kTagDict;
    case MatchFunction::kIsMap:
      return tag == kTagMap;
    case MatchFunction::kIsSet:
      return tag == kTagSet;
    case MatchFunction::kIsBinary:
      return RankOf(tag) == kRankBinary;
    default:
      return tag == kTagDate;
  }
}

Bytes CallFunction(MatchFrame& frame, MatchFunction function, const Bytes* arguments,
                   std::uint32_t count) noexcept {
  // What does not need the row as a term comes first.
  switch (function) {
    case MatchFunction::kSelf:
      return IntegerTerm(frame.heap, frame.self);
    case MatchFunction::kNot:
      return Not(frame, arguments[0]);
    case MatchFunction::kXor:
      return Xor(frame, arguments[0], arguments[1]);
    case MatchFunction::kElement:
      return ElementAt(frame, arguments[0], arguments[1]);
    case MatchFunction::kHd:
      return ElementOf(frame, arguments[0], 0);
    case MatchFunction::kLength:
      return LengthOf(frame, arguments[0]);
    default:
      break;
  }
  const Bytes a = frame.TermOf(arguments[0]);
  if (a.data == nullptr) return {};
  if (count == 1) return CallOnOne(frame, function, a);
  const Bytes b = frame.TermOf(arguments[1]);
  if (b.data == nullptr) return {};
  if (count == 2) return CallOnTwo(frame, function, a, b);
  const Bytes c = frame.TermOf(arguments[2]);
  return c ? BinaryPart(frame.heap, a, b, c) : Bytes{};
}

}  // namespace termstore
