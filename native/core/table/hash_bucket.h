// A bucket of a hash table's stripe, one cache line, and how a key is looked for in it.
//
// MatchingSlots() is for readers without the stripe's lock as well: it reads atomic words, and the stripe's
// version tells afterwards whether these were of one moment (table/hash_stripe.h).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/base/atomic_word.h"
#include "core/base/platform.h"
#include "core/memory/arena.h"
#include "core/term/hash.h"
#include "core/term/row.h"

namespace termstore {

inline constexpr std::uint32_t kBucketSlots = 7;

struct alignas(kCacheLineBytes) Bucket {
  std::uint64_t slots[kBucketSlots];  // hash << 32 | reference; 0: empty
  std::uint64_t overflow;             // RowRef of an overflow bucket in the arena; 0: none
};
static_assert(sizeof(Bucket) == kCacheLineBytes);

inline std::uint64_t MakeSlot(std::uint32_t hash, RowRef ref) noexcept {
  return (static_cast<std::uint64_t>(hash) << 32) | ref;
}
inline std::uint32_t SlotHash(std::uint64_t slot) noexcept { return static_cast<std::uint32_t>(slot >> 32); }
inline RowRef SlotRef(std::uint64_t slot) noexcept { return static_cast<RowRef>(slot); }

// Bit i: slot i holds this hash (an empty slot holds 0). All seven are looked at without a branch: where a
// key lies in its bucket is random, and a branch for each slot is mispredicted.
inline std::uint32_t MatchingSlots(const Bucket* bucket, std::uint32_t hash) noexcept {
  static_assert(kBucketSlots == 7);
#if defined(TERMSTORE_SSE2) && !defined(TERMSTORE_TSAN)
  // The same in a quarter of the instructions. An aligned vector load is two atomic words on every x86-64;
  // the compiler, for which it is no atomic at all, is kept from moving it across the version checks.
  const auto* slots = reinterpret_cast<const float*>(bucket->slots);
  const auto high_halves = [&](int i) {
    return _mm_castps_si128(
        _mm_shuffle_ps(_mm_load_ps(slots + i), _mm_load_ps(slots + i + 4), _MM_SHUFFLE(3, 1, 3, 1)));
  };
  const __m128i wanted = _mm_set1_epi32(static_cast<int>(hash));
  const __m128i low = _mm_cmpeq_epi32(high_halves(0), wanted);
  const __m128i high = _mm_cmpeq_epi32(high_halves(8), wanted);
  const __m128i bytes = _mm_packs_epi16(_mm_packs_epi32(low, high), _mm_setzero_si128());
  const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return mask & 0x7f;  // the eighth word is the overflow reference
#else
  const auto match = [&](std::uint32_t i) {
    return static_cast<std::uint32_t>(SlotHash(LoadWord(&bucket->slots[i])) == hash) << i;
  };
  return match(0) | match(1) | match(2) | match(3) | match(4) | match(5) | match(6);
#endif
}

inline std::uint32_t ReverseBits(std::uint32_t word) noexcept {
  word = ((word >> 1) & 0x55555555u) | ((word & 0x55555555u) << 1);
  word = ((word >> 2) & 0x33333333u) | ((word & 0x33333333u) << 2);
  word = ((word >> 4) & 0x0f0f0f0fu) | ((word & 0x0f0f0f0fu) << 4);
  return (word >> 24) | ((word >> 8) & 0xff00u) | ((word & 0xff00u) << 8) | (word << 24);
}

// A place in a bucket or in one of its overflow buckets.
struct SlotPlace {
  Bucket* bucket = nullptr;
  std::uint32_t index = 0;
  explicit operator bool() const noexcept { return bucket != nullptr; }
  std::uint64_t slot() const noexcept { return bucket->slots[index]; }
  void Set(std::uint64_t slot) const noexcept { StoreWord(&bucket->slots[index], slot); }
};

}  // namespace termstore
