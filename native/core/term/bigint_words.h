// The words of bigints, whichever of their two encodings they have. For the arithmetic in this folder.
#pragma once

#include "core/term/number.h"

namespace termstore {

inline constexpr std::uint32_t kBigIntHeader = 6;

// Sign and magnitude.
struct BigIntWords {
  bool negative;
  std::uint32_t words;
  std::uint64_t small;
  const std::uint8_t* big;

  std::uint64_t word(std::uint32_t i) const noexcept {
    if (i >= words) return 0;
    return big == nullptr ? small : Load<std::uint64_t>(big + 8u * i);
  }
  // Half words, for products and quotients that fit a word.
  std::uint32_t digit(std::uint32_t i) const noexcept {
    return static_cast<std::uint32_t>(word(i / 2) >> (32 * (i % 2)));
  }
  // Without leading zeros.
  std::uint32_t digits() const noexcept {
    std::uint32_t count = 2 * words;
    while (count > 0 && digit(count - 1) == 0) --count;
    return count;
  }
};

inline BigIntWords WordsOf(const Number& number) noexcept {
  if (number.kind == Number::Kind::kBig)
    return {number.negative, static_cast<std::uint32_t>(number.magnitude.size / 8), 0, number.magnitude.data};
  const bool negative = number.integer < 0;
  const std::uint64_t bits = static_cast<std::uint64_t>(number.integer);
  return {negative, 1, negative ? std::uint64_t{0} - bits : bits, nullptr};
}

// Makes the one canonical term of a magnitude of `words` words at `term` + kBigIntHeader. Returns the term's
// size.
inline std::uint32_t WriteBigIntHeader(std::uint8_t* term, std::uint32_t words, bool negative) noexcept {
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

}  // namespace termstore
