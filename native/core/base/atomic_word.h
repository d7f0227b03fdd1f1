// Words that a writer changes under a lock while readers without one may look (a seqlock's data).
//
// The writer makes the version odd, stores words with release, and makes the version even with release; a
// reader loads the version, loads words with acquire, and loads the version again. Release keeps the odd
// version before the data, acquire keeps the second version load behind it (Boehm, "Can seqlocks get along
// with programming language memory models?", 2012). On x86-64 all of these are plain moves.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(_MSC_VER) && !defined(__clang__)
#include <atomic>
#endif

namespace termstore {

template <typename T>
inline T LoadWord(const T* at) noexcept {
#if defined(_MSC_VER) && !defined(__clang__)
  return std::atomic_ref<T>(*const_cast<T*>(at)).load(std::memory_order_acquire);
#else
  return __atomic_load_n(at, __ATOMIC_ACQUIRE);
#endif
}

template <typename T>
inline void StoreWord(T* at, T value) noexcept {
#if defined(_MSC_VER) && !defined(__clang__)
  std::atomic_ref<T>(*at).store(value, std::memory_order_release);
#else
  __atomic_store_n(at, value, __ATOMIC_RELEASE);
#endif
}

// Copies `size` bytes into shared memory. REQUIRES: `to` is 8-byte aligned and has room for whole words.
inline void CopyIn(std::uint8_t* to, const std::uint8_t* from, std::uint32_t size) noexcept {
  auto* words = reinterpret_cast<std::uint64_t*>(to);
  const std::uint32_t whole = size / 8;
  for (std::uint32_t i = 0; i < whole; ++i) {
    std::uint64_t word;
    std::memcpy(&word, from + 8u * i, 8);
    StoreWord(words + i, word);
  }
  if (const std::uint32_t rest = size % 8; rest != 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, from + 8u * whole, rest);
    StoreWord(words + whole, word);
  }
}

}  // namespace termstore
