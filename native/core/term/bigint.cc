#include "core/term/bigint.h"

#include <cstdlib>

namespace termstore {
namespace {

// Sign and magnitude over either representation.
struct Operand {
  bool negative;
  std::uint32_t words;
  std::uint64_t small;
  const std::uint8_t* big;

  std::uint64_t word(std::uint32_t i) const noexcept {
    if (i >= words) return 0;
    return big == nullptr ? small : Load<std::uint64_t>(big + 8u * i);
  }
};

Operand MakeOperand(const Number& number) noexcept {
  if (number.kind == Number::Kind::kBig)
    return {number.negative, static_cast<std::uint32_t>(number.magnitude.size / 8), 0, number.magnitude.data};
  const bool negative = number.integer < 0;
  const std::uint64_t bits = static_cast<std::uint64_t>(number.integer);
  return {negative, 1, negative ? std::uint64_t{0} - bits : bits, nullptr};
}

bool MagnitudeLess(const Operand& a, const Operand& b, std::uint32_t words) noexcept {
  for (std::uint32_t i = words; i-- > 0;) {
    if (a.word(i) != b.word(i)) return a.word(i) < b.word(i);
  }
  return false;
}

void AddMagnitudes(const Operand& a, const Operand& b, std::uint32_t words, std::uint8_t* to) noexcept {
  std::uint64_t carry = 0;
  for (std::uint32_t i = 0; i < words; ++i) {
    const std::uint64_t partial = a.word(i) + carry;
    const std::uint64_t sum = partial + b.word(i);
    carry = (partial < carry ? 1u : 0u) + (sum < partial ? 1u : 0u);
    Store(to + 8u * i, sum);
  }
}

// REQUIRES: a >= b.
void SubtractMagnitudes(const Operand& a, const Operand& b, std::uint32_t words, std::uint8_t* to) noexcept {
  std::uint64_t borrow = 0;
  for (std::uint32_t i = 0; i < words; ++i) {
    const std::uint64_t left = a.word(i);
    const std::uint64_t right = b.word(i);
    const std::uint64_t difference = left - right - borrow;
    borrow = left < right || (left == right && borrow != 0) ? 1 : 0;
    Store(to + 8u * i, difference);
  }
}

// Shortens header and magnitude to the one canonical form. Returns the term's size.
std::uint32_t Canonicalise(std::uint8_t* term, std::uint32_t words, bool negative) noexcept {
  while (words > 0 && Load<std::uint64_t>(term + 6 + 8u * (words - 1)) == 0) --words;
  const std::uint64_t low = words == 0 ? 0 : Load<std::uint64_t>(term + 6);
  constexpr std::uint64_t kTop = std::uint64_t{1} << 63;
  if (words <= 1 && (low < kTop || (low == kTop && negative))) {
    term[0] = kTagBigInt64;
    Store(term + 1, negative ? std::uint64_t{0} - low : low);
    return 9;
  }
  term[0] = kTagBigInt;
  Store(term + 1, words * 8u);
  term[5] = negative ? 1 : 0;
  return 6 + words * 8u;
}

}  // namespace

Status AddBigInts(const Number& a, const Number& b, std::uint8_t** term, std::uint32_t* size) noexcept {
  Operand left = MakeOperand(a);
  Operand right = MakeOperand(b);
  const std::uint32_t words = (left.words > right.words ? left.words : right.words) + 1;
  if (words > (kMaxBytes - 6) / 8) return Status::kTooLarge;
  auto* block = static_cast<std::uint8_t*>(std::malloc(6 + std::size_t{8} * words));
  if (block == nullptr) return Status::kNoMemory;
  bool negative = left.negative;
  if (left.negative == right.negative) {
    AddMagnitudes(left, right, words, block + 6);
  } else {
    if (MagnitudeLess(left, right, words)) {
      negative = right.negative;
      SubtractMagnitudes(right, left, words, block + 6);
    } else {
      SubtractMagnitudes(left, right, words, block + 6);
    }
  }
  *size = Canonicalise(block, words, negative);
  *term = block;
  return Status::kOk;
}

}  // namespace termstore
