#include "core/term/number.h"

#include <cmath>
#include <limits>

namespace termstore {
namespace {

constexpr double kTwo63 = 9223372036854775808.0;

template <typename T>
int Order(T a, T b) noexcept {
  return a < b ? -1 : (a > b ? 1 : 0);
}

std::uint32_t TopBit(std::uint64_t word) noexcept {
  return 64u - static_cast<std::uint32_t>(std::countl_zero(word));
}

std::uint64_t Word(Bytes magnitude, std::uint32_t i) noexcept {
  return Load<std::uint64_t>(magnitude.data + 8u * i);
}

// Number of significant bits; 0 for zero. Tolerates leading zero words (damaged input).
std::uint64_t BitLength(Bytes magnitude) noexcept {
  for (std::uint32_t i = magnitude.size / 8; i-- > 0;) {
    const std::uint64_t word = Word(magnitude, i);
    if (word != 0) return std::uint64_t{64} * i + TopBit(word);
  }
  return 0;
}

int CompareMagnitudes(Bytes a, Bytes b) noexcept {
  const std::uint64_t a_bits = BitLength(a);
  const std::uint64_t b_bits = BitLength(b);
  if (a_bits != b_bits) return Order(a_bits, b_bits);
  for (std::uint32_t i = static_cast<std::uint32_t>((a_bits + 63) / 64); i-- > 0;) {
    const int order = Order(Word(a, i), Word(b, i));
    if (order != 0) return order;
  }
  return 0;
}

// The 64 highest significant bits of a magnitude of `bits` bits (left-aligned), and whether lower bits are
// set.
std::uint64_t TopWord(Bytes magnitude, std::uint64_t bits, bool* more) noexcept {
  const std::uint32_t top = static_cast<std::uint32_t>((bits - 1) / 64);
  const std::uint32_t used = static_cast<std::uint32_t>((bits - 1) % 64) + 1;
  std::uint64_t word = Word(magnitude, top) << (64 - used);
  *more = false;
  if (top > 0 && used < 64) {
    word |= Word(magnitude, top - 1) >> used;
    *more = (Word(magnitude, top - 1) << (64 - used)) != 0;
  }
  const std::uint32_t below = used < 64 ? (top > 0 ? top - 1 : 0) : top;
  for (std::uint32_t i = 0; i < below && !*more; ++i) *more = Word(magnitude, i) != 0;
  return word;
}

// A magnitude against a finite double >= 0.
int CompareMagnitudeToDouble(Bytes magnitude, double value) noexcept {
  const std::uint64_t bits = BitLength(magnitude);
  if (bits == 0) return value > 0 ? -1 : 0;
  if (value < 1) return 1;
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // value = fraction * 2^exponent, 0.5 <= fraction < 1
  if (bits != static_cast<std::uint64_t>(exponent)) return Order(bits, static_cast<std::uint64_t>(exponent));
  bool more = false;
  const std::uint64_t top = TopWord(magnitude, bits, &more);
  const std::uint64_t value_top = static_cast<std::uint64_t>(std::ldexp(fraction, 64));
  if (top != value_top) return Order(top, value_top);
  // With fewer than 64 integer bits the double may carry a fraction below them; ldexp kept it in value_top.
  return more ? 1 : 0;
}

int CompareIntToDouble(std::int64_t a, double b) noexcept {
  if (std::isnan(b) || b >= kTwo63) return -1;
  if (b < -kTwo63) return 1;
  const std::int64_t whole = static_cast<std::int64_t>(b);
  if (a != whole) return Order(a, whole);
  return Order(0.0, b - static_cast<double>(whole));
}

int CompareBigToDouble(const Number& a, double b) noexcept {
  if (std::isnan(b) || b == std::numeric_limits<double>::infinity()) return -1;
  if (b == -std::numeric_limits<double>::infinity()) return 1;
  if (a.negative != (b < 0)) return a.negative ? -1 : 1;
  const int order = CompareMagnitudeToDouble(a.magnitude, std::fabs(b));
  return a.negative ? -order : order;
}

}  // namespace

Number ReadNumber(Bytes term) noexcept {
  Number number;
  if (term.size == 0) return number;
  switch (*term.data) {
    case kTagInt32:
      if (term.size < 5) return number;
      number.kind = Number::Kind::kInt;
      number.integer = Load<std::int32_t>(term.data + 1);
      return number;
    case kTagFloat64:
      if (term.size < 9) return number;
      number.kind = Number::Kind::kDouble;
      number.real = Load<double>(term.data + 1);
      return number;
    case kTagBigInt64:
      if (term.size < 9) return number;
      number.kind = Number::Kind::kInt;
      number.is_bigint = true;
      number.integer = Load<std::int64_t>(term.data + 1);
      return number;
    case kTagBigInt: {
      if (term.size < 6) return number;
      const std::uint32_t size = Load<std::uint32_t>(term.data + 1);
      if (size > term.size - 6 || size % 8 != 0 || size == 0) return number;
      // One value, one form: CompareNumbers() relies on a BIGINT being beyond every 64-bit integer.
      const std::uint64_t top = Load<std::uint64_t>(term.data + 6 + size - 8);
      constexpr std::uint64_t kLimit = std::uint64_t{1} << 63;
      if (top == 0 || (size == 8 && (top < kLimit || (top == kLimit && term.data[5] != 0)))) return number;
      number.kind = Number::Kind::kBig;
      number.is_bigint = true;
      number.negative = term.data[5] != 0;
      number.magnitude = {term.data + 6, size};
      return number;
    }
    default:
      return number;
  }
}

int CompareNumbers(const Number& a, const Number& b) noexcept {
  using Kind = Number::Kind;
  if (a.kind == Kind::kInt) {
    if (b.kind == Kind::kInt) return Order(a.integer, b.integer);
    if (b.kind == Kind::kDouble) return CompareIntToDouble(a.integer, b.real);
    return b.negative ? 1 : -1;  // a BIGINT never fits 64 bits
  }
  if (a.kind == Kind::kDouble) {
    if (b.kind == Kind::kDouble) {
      const bool a_nan = std::isnan(a.real);
      const bool b_nan = std::isnan(b.real);
      if (a_nan || b_nan) return Order(static_cast<int>(a_nan), static_cast<int>(b_nan));
      return Order(a.real, b.real);
    }
    return -CompareNumbers(b, a);
  }
  if (b.kind == Kind::kInt) return a.negative ? -1 : 1;
  if (b.kind == Kind::kDouble) return CompareBigToDouble(a, b.real);
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  const int order = CompareMagnitudes(a.magnitude, b.magnitude);
  return a.negative ? -order : order;
}

double AsDouble(const Number& number) noexcept {
  if (number.kind == Number::Kind::kInt) return static_cast<double>(number.integer);
  if (number.kind == Number::Kind::kDouble) return number.real;
  const std::uint64_t bits = BitLength(number.magnitude);
  if (bits == 0) return 0;
  bool more = false;
  const std::uint64_t top = TopWord(number.magnitude, bits, &more);
  // Truncated to 53 bits: monotone, and exact wherever an equal double exists.
  const double value = bits > 1024 ? std::numeric_limits<double>::infinity()
                                   : std::ldexp(static_cast<double>(top >> 11), static_cast<int>(bits) - 53);
  // No bigint reaches Infinity: the largest finite double stays below it in the order.
  const double finite = std::isinf(value) ? std::numeric_limits<double>::max() : value;
  return number.negative ? -finite : finite;
}

bool NearestDouble(const Number& number, double* value) noexcept {
  if (number.kind != Number::Kind::kBig) {
    *value = number.kind == Number::Kind::kInt ? static_cast<double>(number.integer) : number.real;
    return true;
  }
  const std::uint64_t bits = BitLength(number.magnitude);
  if (bits == 0 || bits > 1024) return false;
  bool more = false;
  const std::uint64_t top = TopWord(number.magnitude, bits, &more);
  constexpr std::uint64_t kRest = 0x7ff;  // below the 53 bits of a double
  constexpr std::uint64_t kHalf = 0x400;
  std::uint64_t mantissa = top >> 11;
  const std::uint64_t rest = top & kRest;
  if (rest > kHalf || (rest == kHalf && (more || (mantissa & 1) != 0))) ++mantissa;
  const double magnitude = std::ldexp(static_cast<double>(mantissa), static_cast<int>(bits) - 53);
  *value = number.negative ? -magnitude : magnitude;
  return !std::isinf(magnitude);
}

bool ReadSafeInteger(const Number& number, std::int64_t* value) noexcept {
  if (number.is_bigint) return false;
  if (number.kind == Number::Kind::kInt) {
    *value = number.integer;
    return true;
  }
  if (number.kind != Number::Kind::kDouble || std::trunc(number.real) != number.real) return false;
  if (!(std::fabs(number.real) <= static_cast<double>(kMaxSafeInteger))) return false;
  *value = static_cast<std::int64_t>(number.real);
  return true;
}

std::uint64_t OrderedDouble(double value) noexcept {
  if (std::isnan(value)) return ~std::uint64_t{0};
  if (value == 0) value = 0;  // -0 and 0 are one key
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
  return (bits >> 63) != 0 ? ~bits : bits | (std::uint64_t{1} << 63);
}

}  // namespace termstore
