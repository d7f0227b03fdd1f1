// The keyed hash of canonical key bytes.
#pragma once

#include "core/base/bytes.h"

namespace termstore {

// Four random words, drawn once per process: without them nobody can choose keys that collide.
// Every word that a key byte meets before a multiplication is one of these, so no input reaches a
// known multiplier (the "multiply by zero" weakness of public-constant variants of this construction).
struct HashSecret {
  std::uint64_t word[4];
};

namespace hash_internal {

inline std::uint64_t Fold(std::uint64_t a, std::uint64_t b) noexcept {
#if defined(__SIZEOF_INT128__)
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
#else
  const std::uint64_t al = a & 0xffffffffu, ah = a >> 32, bl = b & 0xffffffffu, bh = b >> 32;
  const std::uint64_t ll = al * bl, lh = al * bh, hl = ah * bl, hh = ah * bh;
  const std::uint64_t mid = (ll >> 32) + (lh & 0xffffffffu) + (hl & 0xffffffffu);
  const std::uint64_t low = (mid << 32) | (ll & 0xffffffffu);
  const std::uint64_t high = hh + (lh >> 32) + (hl >> 32) + (mid >> 32);
  return low ^ high;
#endif
}

}  // namespace hash_internal

// A key of up to 16 bytes in two registers, zero beyond its end.
struct KeyWords {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};
inline constexpr std::size_t kKeyWordsBytes = 16;

// REQUIRES: at most kKeyWordsBytes bytes.
inline KeyWords LoadKeyWords(Bytes key) noexcept {
  const std::uint8_t* at = key.data;
  const std::size_t size = key.size;
  // An int32: loaded in the pieces in which the encoder has just stored it, so that the processor can forward
  // them.
  if (size == 5) return {at[0] | static_cast<std::uint64_t>(Load<std::uint32_t>(at + 1)) << 8, 0};
  if (size > 8) return {Load<std::uint64_t>(at), Load<std::uint64_t>(at + size - 8) >> (8 * (16 - size))};
  if (size == 8) return {Load<std::uint64_t>(at), 0};
  if (size >= 4) {
    const std::uint64_t tail = Load<std::uint32_t>(at + size - 4);
    return {Load<std::uint32_t>(at) | tail << (8 * (size - 4)), 0};
  }
  std::uint64_t low = 0;
  for (std::size_t i = 0; i < size; ++i) low |= static_cast<std::uint64_t>(at[i]) << (8 * i);
  return {low, 0};
}

// Cost: about 2 ns.
inline std::uint64_t HashWords(KeyWords words, std::size_t size, const HashSecret& secret) noexcept {
  using hash_internal::Fold;
  // Two folded multiplications: after one, keys that count up (high is then constant) keep the pattern of a
  // multiplication in their low bits, and with one secret in ten that fills some buckets many times over.
  const std::uint64_t mixed =
      Fold(words.low ^ secret.word[1], words.high ^ secret.word[0] ^ (size * 0x9e3779b97f4a7c15u));
  return Fold(mixed ^ secret.word[2], secret.word[3]);
}

// Cost: as HashWords() up to 16 bytes, then about 0.15 ns for each byte.
inline std::uint64_t HashBytes(Bytes key, const HashSecret& secret) noexcept {
  using hash_internal::Fold;
  if (key.size <= kKeyWordsBytes) return HashWords(LoadKeyWords(key), key.size, secret);
  const std::uint8_t* at = key.data;
  std::size_t size = key.size;
  std::uint64_t state = secret.word[0] ^ (size * 0x9e3779b97f4a7c15u);
  for (; size > 16; at += 16, size -= 16) {
    state = Fold(Load<std::uint64_t>(at) ^ secret.word[1], Load<std::uint64_t>(at + 8) ^ state);
  }
  const auto a = Load<std::uint64_t>(at + size - 16);
  const auto b = Load<std::uint64_t>(at + size - 8);
  return Fold(Fold(a ^ secret.word[1], b ^ state) ^ secret.word[2], secret.word[3]);
}

}  // namespace termstore
