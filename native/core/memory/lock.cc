#include "core/memory/lock.h"

namespace termstore {

TERMSTORE_NOINLINE void Lock::AcquireSlow() noexcept {
  for (int i = 0; i < kSpins; ++i) {
    Pause();
    if (state_.load(std::memory_order_relaxed) == kFree && TryAcquire()) return;
  }
  // From here on the word says that somebody sleeps, so that Release() wakes one. A thread that gets the
  // lock this way leaves that mark: it cannot know whether it was the last sleeper.
  while (state_.exchange(kHeldWithSleepers, std::memory_order_acquire) != kFree) {
    state_.wait(kHeldWithSleepers, std::memory_order_relaxed);
  }
}

void Gate::AcquireShared() noexcept {
  std::uint32_t state = state_.load(std::memory_order_relaxed);
  for (;;) {
    if ((state & (kExclusive | kWaiting)) != 0) {
      state_.wait(state, std::memory_order_relaxed);
      state = state_.load(std::memory_order_relaxed);
      continue;
    }
    // acquire: pairs with the release in ReleaseExclusive().
    if (state_.compare_exchange_weak(state, state + 1, std::memory_order_acquire, std::memory_order_relaxed))
      return;
  }
}

void Gate::ReleaseShared() noexcept {
  // release: pairs with the acquire in AcquireExclusive().
  const std::uint32_t before = state_.fetch_sub(1, std::memory_order_release);
  if ((before & kWaiting) != 0 && (before & kSharers) == 1) state_.notify_all();
}

void Gate::AcquireExclusive() noexcept {
  writers_.Acquire();
  std::uint32_t state = state_.fetch_or(kWaiting, std::memory_order_relaxed) | kWaiting;
  for (;;) {
    if ((state & kSharers) != 0) {
      state_.wait(state, std::memory_order_relaxed);
      state = state_.load(std::memory_order_relaxed);
      continue;
    }
    // acquire: pairs with the release in ReleaseShared().
    if (state_.compare_exchange_weak(state, kExclusive, std::memory_order_acquire, std::memory_order_relaxed))
      return;
  }
}

void Gate::ReleaseExclusive() noexcept {
  state_.store(0, std::memory_order_release);  // pairs with the acquire in AcquireShared()
  state_.notify_all();
  writers_.Release();
}

}  // namespace termstore
