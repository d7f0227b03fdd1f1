#include "core/term/bigint.h"

#include <cstdlib>

#include "core/term/bigint_words.h"

namespace termstore {
namespace {

bool MagnitudeLess(const BigIntWords& a, const BigIntWords& b, std::uint32_t words) noexcept {
  for (std::uint32_t i = words; i-- > 0;) {
    if (a.word(i) != b.word(i)) return a.word(i) < b.word(i);
  }
  return false;
}

void AddMagnitudes(const BigIntWords& a, const BigIntWords& b, std::uint32_t words,
                   std::uint8_t* to) noexcept {
  std::uint64_t carry = 0;
  for (std::uint32_t i = 0; i < words; ++i) {
    const std::uint64_t partial = a.word(i) + carry;
    const std::uint64_t sum = partial + b.word(i);
    carry = (partial < carry ? 1u : 0u) + (sum < partial ? 1u : 0u);
    Store(to + 8u * i, sum);
  }
}

// REQUIRES: a >= b.
void SubtractMagnitudes(const BigIntWords& a, const BigIntWords& b, std::uint32_t words,
                        std::uint8_t* to) noexcept {
  std::uint64_t borrow = 0;
  for (std::uint32_t i = 0; i < words; ++i) {
    const std::uint64_t left = a.word(i);
    const std::uint64_t right = b.word(i);
    const std::uint64_t difference = left - right - borrow;
    borrow = left < right || (left == right && borrow != 0) ? 1 : 0;
    Store(to + 8u * i, difference);
  }
}

}  // namespace

Status AddBigInts(const Number& a, const Number& b, std::uint8_t** term, std::uint32_t* size) noexcept {
  BigIntWords left = WordsOf(a);
  BigIntWords right = WordsOf(b);
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
  *size = WriteBigIntHeader(block, words, negative);
  *term = block;
  return Status::kOk;
}

}  // namespace termstore
