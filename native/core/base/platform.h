// What differs between processors and systems, in one place.
#pragma once

#include <cstddef>

#if defined(_MSC_VER)
#include <intrin.h>
#endif
#if defined(__SSE2__) || defined(_M_X64)
#define TERMSTORE_SSE2 1
#include <emmintrin.h>
#endif

namespace termstore {

inline constexpr std::size_t kCacheLineBytes = 64;

// Tells the processor that this is a spin loop.
inline void Pause() noexcept {
#if defined(_MSC_VER) && (defined(_M_X64) || defined(_M_IX86))
  _mm_pause();
#elif defined(_MSC_VER)
  __yield();
#elif defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

inline void Prefetch(const void* at) noexcept {
#if defined(__GNUC__) || defined(__clang__)
  __builtin_prefetch(at);
#else
  (void)at;
#endif
}

}  // namespace termstore

#if defined(__GNUC__) || defined(__clang__)
#define TERMSTORE_NOINLINE __attribute__((noinline))
#define TERMSTORE_INLINE inline __attribute__((always_inline))
#else
#define TERMSTORE_NOINLINE __declspec(noinline)
#define TERMSTORE_INLINE __forceinline
#endif

#if defined(__SANITIZE_THREAD__)
#define TERMSTORE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TERMSTORE_TSAN 1
#endif
#endif
