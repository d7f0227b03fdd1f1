#include "core/memory/lock.h"

namespace termstore {

TERMSTORE_NOINLINE void Lock::AcquireSlow() noexcept {
  // Ever longer between two looks: each of them takes the line from the thread that is at work with it.
  for (int pauses = kFirstPauses; pauses <= kLastPauses; pauses *= 2) {
    for (int i = 0; i < pauses; ++i) Pause();
    if (state_.load(std::memory_order_relaxed) == kFree && TryAcquire()) return;
  }
  // Announced first, then looked at the lock again: a holder that releases without seeing the announcement
  // did so before the barrier, and then the next TryAcquire() sees the lock free.
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  if (kProcessBarrierExists) ProcessBarrier();
  while (!TryAcquire()) state_.wait(kHeld, std::memory_order_relaxed);
  sleepers_.fetch_sub(1, std::memory_order_seq_cst);
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
