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

inline std::uint64_t Tail(const std::uint8_t* at, std::uint32_t size) noexcept {  // 1 to 3 bytes
  return (static_cast<std::uint64_t>(at[0]) << 16) | (static_cast<std::uint64_t>(at[size >> 1]) << 8) |
         at[size - 1];
}

}  // namespace hash_internal

// Cost: about 2 ns for keys up to 16 bytes, then about 0.15 ns per byte.
inline std::uint64_t HashBytes(Bytes key, const HashSecret& secret) noexcept {
  using hash_internal::Fold;
  const std::uint8_t* at = key.data;
  std::uint32_t size = key.size;
  std::uint64_t state = secret.word[0] ^ (static_cast<std::uint64_t>(size) * 0x9e3779b97f4a7c15u);
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  if (size <= 16) {
    if (size >= 8) {
      a = Load<std::uint64_t>(at);
      b = Load<std::uint64_t>(at + size - 8);
    } else if (size >= 4) {
      a = Load<std::uint32_t>(at);
      b = Load<std::uint32_t>(at + size - 4);
    } else if (size > 0) {
      a = hash_internal::Tail(at, size);
    }
  } else {
    while (size > 16) {
      state = Fold(Load<std::uint64_t>(at) ^ secret.word[1], Load<std::uint64_t>(at + 8) ^ state);
      at += 16;
      size -= 16;
    }
    a = Load<std::uint64_t>(at + size - 16);
    b = Load<std::uint64_t>(at + size - 8);
  }
  const std::uint64_t mixed = Fold(a ^ secret.word[1], b ^ state);
  return Fold(mixed ^ secret.word[2], secret.word[3]);
}

}  // namespace termstore
