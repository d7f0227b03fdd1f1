// A lock that spins briefly and then sleeps in the kernel: a thread that holds it may be descheduled, and
// the others must not burn its processor meanwhile.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/lock_trace.h"
#include "core/base/platform.h"
#include "core/base/sabotage.h"
#include "core/memory/barrier.h"

namespace termstore {

// Releasing is a plain store where the system has a process barrier: only a thread that goes to sleep pays
// for making sure that it is not overlooked.
class Lock {
 public:
  Lock() = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  bool TryAcquire() noexcept {
    std::uint32_t free = kFree;
    // acquire: pairs with the release in Release(); what the last holder wrote is visible.
    return state_.compare_exchange_strong(free, kHeld, std::memory_order_acquire, std::memory_order_relaxed);
  }

  // Returns true when it had to wait: the caller may count contention.
  bool Acquire() noexcept {
    if (TryAcquire()) return false;
    AcquireSlow();
    return true;
  }

  void Release() noexcept {
    // release: pairs with the acquire in TryAcquire().
    if (kProcessBarrierExists) {
      state_.store(kFree, std::memory_order_release);
      LightFence();  // pairs with the ProcessBarrier() in AcquireSlow()
    } else {
      // seq_cst: either this thread sees the sleeper, or the sleeper sees the lock free.
      state_.exchange(kFree, std::memory_order_seq_cst);
    }
    if (sleepers_.load(std::memory_order_seq_cst) != 0) {
      // The library looks for waiting threads with a load: the full barrier keeps that load behind the store
      // of kFree, or a thread that has just announced itself there would still see the lock held and be
      // missed.
      sleepers_.fetch_add(0, std::memory_order_seq_cst);
      state_.notify_one();
    }
  }

  bool IsHeld() const noexcept { return state_.load(std::memory_order_relaxed) != kFree; }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kHeld = 1;
  // Instructions that pause, before the first look and before the last one: together some microseconds,
  // longer than any point operation, shorter than a trip through the scheduler.
  static constexpr int kFirstPauses = 8;
  static constexpr int kLastPauses = 128;

  void AcquireSlow() noexcept;

  std::atomic<std::uint32_t> state_{kFree};
  std::atomic<std::uint32_t> sleepers_{0};
};

// Holds `lock` for a scope, with its place in the lock order.
class LockGuard {
 public:
  LockGuard(Lock& lock, LockLevel level, std::uint64_t sequence = 0) noexcept
      : lock_(lock), level_(level), sequence_(sequence) {
    TraceLock(level_, sequence_);
    lock_.Acquire();
  }
  ~LockGuard() {
    lock_.Release();
    TraceUnlock(level_, sequence_);
  }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;

 private:
  Lock& lock_;
  LockLevel level_;
  std::uint64_t sequence_;
};

// Many sharers or one exclusive holder; a waiting exclusive holder keeps new sharers out, so it cannot
// starve. Not for hot paths: sharers write to one word.
class Gate {
 public:
  void AcquireShared() noexcept;
  void ReleaseShared() noexcept;
  void AcquireExclusive() noexcept;
  void ReleaseExclusive() noexcept;

 private:
  static constexpr std::uint32_t kExclusive = 1u << 31;
  static constexpr std::uint32_t kWaiting = 1u << 30;
  static constexpr std::uint32_t kSharers = kWaiting - 1;

  Lock writers_;  // one exclusive candidate at a time
  std::atomic<std::uint32_t> state_{0};
};

class SharedGate {
 public:
  explicit SharedGate(Gate& gate) noexcept : gate_(gate) {
    TraceLock(LockLevel::kGate, 0);
    if (!IsBroken(Sabotage::kGate)) gate_.AcquireShared();
  }
  ~SharedGate() {
    if (!IsBroken(Sabotage::kGate)) gate_.ReleaseShared();
    TraceUnlock(LockLevel::kGate, 0);
  }
  SharedGate(const SharedGate&) = delete;
  SharedGate& operator=(const SharedGate&) = delete;

 private:
  Gate& gate_;
};

class ExclusiveGate {
 public:
  explicit ExclusiveGate(Gate& gate) noexcept : gate_(gate) {
    TraceLock(LockLevel::kGate, 0);
    gate_.AcquireExclusive();
  }
  ~ExclusiveGate() {
    gate_.ReleaseExclusive();
    TraceUnlock(LockLevel::kGate, 0);
  }
  ExclusiveGate(const ExclusiveGate&) = delete;
  ExclusiveGate& operator=(const ExclusiveGate&) = delete;

 private:
  Gate& gate_;
};

}  // namespace termstore
