// Numbers and bigints by value, exactly.
#pragma once

#include "core/base/bytes.h"
#include "core/term/format.h"

namespace termstore {

struct Number {
  enum class Kind : std::uint8_t { kNone, kInt, kDouble, kBig };
  Kind kind = Kind::kNone;
  bool negative = false;     // kBig
  bool is_bigint = false;    // the JavaScript type: bigint, not number
  std::int64_t integer = 0;  // kInt
  double real = 0;           // kDouble
  Bytes magnitude;           // kBig: little-endian, a multiple of 8 bytes
};

// kNone when `term` is no number term or damaged.
Number ReadNumber(Bytes term) noexcept;

// <0, 0, >0. NaN equals itself and comes after Infinity. REQUIRES: neither is kNone.
int CompareNumbers(const Number& a, const Number& b) noexcept;

// The value as a double, rounded monotonically: a < b implies AsDouble(a) <= AsDouble(b).
double AsDouble(const Number& number) noexcept;

// The nearest double, ties to even, as JavaScript's Number() gives it; false when a bigint is beyond all
// finite doubles. REQUIRES: not kNone.
bool NearestDouble(const Number& number, double* value) noexcept;

// The value of a number (not a bigint) that is an integer within Number.MAX_SAFE_INTEGER; false for others.
bool ReadSafeInteger(const Number& number, std::int64_t* value) noexcept;
inline constexpr std::int64_t kMaxSafeInteger = (std::int64_t{1} << 53) - 1;

// A 64-bit key with the order of doubles: -Infinity lowest, NaN highest, -0 as 0.
std::uint64_t OrderedDouble(double value) noexcept;

}  // namespace termstore
