#include "core/term/bigint_math.h"

#include <bit>

#include "core/term/bigint_words.h"

namespace termstore {
namespace {

std::uint32_t Digit(const std::uint8_t* digits, std::uint32_t i) noexcept {
  return Load<std::uint32_t>(digits + std::size_t{4} * i);
}
void SetDigit(std::uint8_t* digits, std::uint32_t i, std::uint64_t value) noexcept {
  Store(digits + std::size_t{4} * i, static_cast<std::uint32_t>(value));
}
void SetWord(std::uint8_t* words, std::uint32_t i, std::uint64_t value) noexcept {
  Store(words + std::size_t{8} * i, value);
}

// The words of a number in two's complement, lowest first, asked for in that order.
class TwosComplement {
 public:
  explicit TwosComplement(const BigIntWords& words) noexcept
      : words_(words), carry_(words.negative ? 1 : 0) {}

  std::uint64_t Next() noexcept {
    const std::uint64_t word = words_.word(next_++);
    if (!words_.negative) return word;
    const std::uint64_t complement = ~word + carry_;
    carry_ = carry_ != 0 && complement == 0 ? 1 : 0;
    return complement;
  }

 private:
  const BigIntWords& words_;
  std::uint64_t carry_;
  std::uint32_t next_ = 0;
};

// Replaces two's complement by the magnitude. Returns whether it was negative.
bool Unsign(std::uint8_t* magnitude, std::uint32_t words) noexcept {
  if (Load<std::uint64_t>(magnitude + std::size_t{8} * (words - 1)) >> 63 == 0) return false;
  std::uint64_t carry = 1;
  for (std::uint32_t i = 0; i < words; ++i) {
    const std::uint64_t word = ~Load<std::uint64_t>(magnitude + std::size_t{8} * i) + carry;
    carry = carry != 0 && word == 0 ? 1 : 0;
    SetWord(magnitude, i, word);
  }
  return true;
}

std::uint64_t Combine(BigIntOp op, std::uint64_t a, std::uint64_t b) noexcept {
  switch (op) {
    case BigIntOp::kAnd:
      return a & b;
    case BigIntOp::kOr:
      return a | b;
    default:
      return a ^ b;
  }
}

// Sums and bitwise operations: word by word over two's complement, one word wider than the operands.
std::uint32_t ApplyByWords(BigIntOp op, BigIntWords a, BigIntWords b, std::uint8_t* to) noexcept {
  const std::uint32_t words = (a.words > b.words ? a.words : b.words) + 1;
  if (op == BigIntOp::kSub) b.negative = !b.negative;
  TwosComplement left(a);
  TwosComplement right(b);
  std::uint8_t* magnitude = to + kBigIntHeader;
  std::uint64_t carry = 0;
  for (std::uint32_t i = 0; i < words; ++i) {
    const std::uint64_t x = left.Next();
    const std::uint64_t y = right.Next();
    if (op != BigIntOp::kAdd && op != BigIntOp::kSub) {
      SetWord(magnitude, i, Combine(op, x, y));
      continue;
    }
    const std::uint64_t partial = x + carry;
    const std::uint64_t sum = partial + y;
    carry = (partial < carry ? 1u : 0u) + (sum < partial ? 1u : 0u);
    SetWord(magnitude, i, sum);
  }
  const bool negative = Unsign(magnitude, words);
  return WriteBigIntHeader(to, words, negative);
}

std::uint32_t Multiply(const BigIntWords& a, const BigIntWords& b, std::uint8_t* to) noexcept {
  std::uint8_t* product = to + kBigIntHeader;
  const std::uint32_t words = a.words + b.words;
  for (std::uint32_t i = 0; i < words; ++i) SetWord(product, i, 0);
  const std::uint32_t a_digits = a.digits();
  const std::uint32_t b_digits = b.digits();
  for (std::uint32_t i = 0; i < a_digits; ++i) {
    const std::uint64_t factor = a.digit(i);
    std::uint64_t carry = 0;
    for (std::uint32_t j = 0; j < b_digits; ++j) {
      const std::uint64_t sum = factor * b.digit(j) + Digit(product, i + j) + carry;
      SetDigit(product, i + j, sum);
      carry = sum >> 32;
    }
    SetDigit(product, i + b_digits, carry);
  }
  return WriteBigIntHeader(to, words, a.negative != b.negative);
}

// `count` digits of `from`, shifted left by 0 to 31 bits, and one digit more.
void ShiftDigits(const BigIntWords& from, std::uint32_t count, unsigned shift, std::uint8_t* to) noexcept {
  std::uint64_t carry = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t shifted = (static_cast<std::uint64_t>(from.digit(i)) << shift) | carry;
    SetDigit(to, i, shifted);
    carry = shifted >> 32;
  }
  SetDigit(to, count, carry);
}

// One digit of the quotient: subtracts that multiple of `divisor` (`n` digits, its highest bit set) from the
// n + 1 digits at `rest`. Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D, steps D3 to D6.
std::uint32_t QuotientDigit(std::uint8_t* rest, const std::uint8_t* divisor, std::uint32_t n) noexcept {
  constexpr std::uint64_t kBase = std::uint64_t{1} << 32;
  const std::uint64_t top = static_cast<std::uint64_t>(Digit(rest, n)) << 32 | Digit(rest, n - 1);
  const std::uint64_t first = Digit(divisor, n - 1);
  std::uint64_t guess = top / first;
  std::uint64_t remainder = top % first;
  while (guess >= kBase ||
         (n > 1 && guess * Digit(divisor, n - 2) > (remainder << 32 | Digit(rest, n - 2)))) {
    --guess;
    remainder += first;
    if (remainder >= kBase) break;
  }
  std::uint64_t carry = 0;
  std::uint64_t borrow = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint64_t product = guess * Digit(divisor, i) + carry;
    carry = product >> 32;
    const std::uint64_t difference =
        static_cast<std::uint64_t>(Digit(rest, i)) - (product & 0xffffffffu) - borrow;
    SetDigit(rest, i, difference);
    borrow = difference >> 63;
  }
  const std::uint64_t last = static_cast<std::uint64_t>(Digit(rest, n)) - carry - borrow;
  SetDigit(rest, n, last);
  if (last >> 63 == 0) return static_cast<std::uint32_t>(guess);
  // The guess was one too high: rare (about 2 in 2^32), and the tests force it.
  carry = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint64_t sum = static_cast<std::uint64_t>(Digit(rest, i)) + Digit(divisor, i) + carry;
    SetDigit(rest, i, sum);
    carry = sum >> 32;
  }
  SetDigit(rest, n, Digit(rest, n) + carry);
  return static_cast<std::uint32_t>(guess - 1);
}

// Quotient or remainder; the dividend's and the divisor's digits are behind the room of the quotient.
std::uint32_t Divide(BigIntOp op, const BigIntWords& a, const BigIntWords& b, std::uint8_t* to) noexcept {
  std::uint8_t* result = to + kBigIntHeader;
  const std::uint32_t m = a.digits();
  const std::uint32_t n = b.digits();
  const std::uint32_t words = a.words + 1;
  for (std::uint32_t i = 0; i < words; ++i) SetWord(result, i, 0);
  if (m < n) {
    for (std::uint32_t i = 0; op == BigIntOp::kRem && i < a.words; ++i) SetWord(result, i, a.word(i));
    return WriteBigIntHeader(to, words, op == BigIntOp::kRem && a.negative);
  }
  std::uint8_t* rest = result + std::size_t{8} * words;
  std::uint8_t* divisor = rest + std::size_t{4} * (m + 1);
  const auto shift = static_cast<unsigned>(std::countl_zero(b.digit(n - 1)));
  ShiftDigits(a, m, shift, rest);
  ShiftDigits(b, n, shift, divisor);
  for (std::uint32_t j = m - n + 1; j-- > 0;) {
    const std::uint32_t digit = QuotientDigit(rest + std::size_t{4} * j, divisor, n);
    if (op == BigIntOp::kDiv) SetDigit(result, j, digit);
  }
  if (op == BigIntOp::kDiv) return WriteBigIntHeader(to, words, a.negative != b.negative);
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint64_t pair =
        static_cast<std::uint64_t>(i + 1 < n ? Digit(rest, i + 1) : 0) << 32 | Digit(rest, i);
    SetDigit(result, i, pair >> shift);
  }
  return WriteBigIntHeader(to, words, a.negative);
}

}  // namespace

std::size_t BigIntRoom(BigIntOp op, const Number& a, const Number& b) noexcept {
  const std::size_t left = WordsOf(a).words;
  const std::size_t right = WordsOf(b).words;
  const std::size_t words = op == BigIntOp::kMul ? left + right : (left > right ? left : right) + 1;
  if (words * 64 > kMaxBigIntBits) return 0;
  const bool by_pairs = op == BigIntOp::kMul || op == BigIntOp::kDiv || op == BigIntOp::kRem;
  if (by_pairs && std::uint64_t{left} * right > kMaxBigIntSteps) return 0;
  const std::size_t scratch = op == BigIntOp::kDiv || op == BigIntOp::kRem ? 8 * (left + right) + 8 : 0;
  return kBigIntHeader + 8 * words + scratch;
}

std::uint32_t ApplyBigInt(BigIntOp op, const Number& a, const Number& b, std::uint8_t* to) noexcept {
  switch (op) {
    case BigIntOp::kMul:
      return Multiply(WordsOf(a), WordsOf(b), to);
    case BigIntOp::kDiv:
    case BigIntOp::kRem:
      return Divide(op, WordsOf(a), WordsOf(b), to);
    default:
      return ApplyByWords(op, WordsOf(a), WordsOf(b), to);
  }
}

std::size_t ShiftedBigIntRoom(const Number& a, std::int64_t left, std::uint64_t most_bits) noexcept {
  const BigIntWords words = WordsOf(a);
  const std::uint32_t digits = words.digits();
  if (left <= 0 || digits == 0) return kBigIntHeader + std::size_t{8} * (words.words + 1);
  const std::uint64_t bits =
      std::uint64_t{32} * digits - static_cast<unsigned>(std::countl_zero(words.digit(digits - 1)));
  const auto count = static_cast<std::uint64_t>(left);
  if (count > most_bits || bits > most_bits - count) return 0;
  return kBigIntHeader + 8 * (words.words + count / 64 + 1);
}

std::uint32_t ShiftBigInt(const Number& a, std::int64_t left, std::uint8_t* to) noexcept {
  const BigIntWords from = WordsOf(a);
  std::uint8_t* magnitude = to + kBigIntHeader;
  if (left >= 0) {
    const auto whole = from.digits() == 0 ? 0 : static_cast<std::uint32_t>(left / 64);
    const auto shift = static_cast<unsigned>(left % 64);
    for (std::uint32_t i = 0; i < whole; ++i) SetWord(magnitude, i, 0);
    for (std::uint32_t i = 0; i <= from.words; ++i) {
      const std::uint64_t below = i > 0 && shift > 0 ? from.word(i - 1) >> (64 - shift) : 0;
      SetWord(magnitude, whole + i, from.word(i) << shift | below);
    }
    return WriteBigIntHeader(to, whole + from.words + 1, from.negative);
  }
  const std::uint64_t count = std::uint64_t{0} - static_cast<std::uint64_t>(left);
  const auto shift = static_cast<unsigned>(count % 64);
  const std::uint32_t whole = count / 64 < from.words ? static_cast<std::uint32_t>(count / 64) : from.words;
  bool lost = shift > 0 && (from.word(whole) << (64 - shift)) != 0;
  for (std::uint32_t i = 0; i < whole; ++i) lost = lost || from.word(i) != 0;
  // Towards minus infinity: a negative number that loses bits is one further from zero.
  std::uint64_t carry = from.negative && lost ? 1 : 0;
  for (std::uint32_t i = 0; i <= from.words; ++i) {
    const std::uint64_t above = shift > 0 ? from.word(whole + i + 1) << (64 - shift) : 0;
    const std::uint64_t word = (from.word(whole + i) >> shift | above) + carry;
    carry = carry != 0 && word == 0 ? 1 : 0;
    SetWord(magnitude, i, word);
  }
  return WriteBigIntHeader(to, from.words + 1, from.negative);
}

}  // namespace termstore
