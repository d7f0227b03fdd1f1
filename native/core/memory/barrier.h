// A barrier that the rare side pays for: after ProcessBarrier() every other running thread of the process has
// passed a full fence. The frequent side then gets by with a compiler fence between its store and its load.
#pragma once

#include <atomic>

namespace termstore {

// False where the system offers none (macOS, old kernels, some sandboxes) and under ThreadSanitizer, which
// cannot see it: then the frequent side uses sequentially consistent read-modify-writes. Constant after
// start-up.
extern const bool kProcessBarrierExists;

// REQUIRES: kProcessBarrierExists.
void ProcessBarrier() noexcept;

// Keeps the compiler from moving a load above a store; the processor is held by the other side's
// ProcessBarrier().
inline void LightFence() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

}  // namespace termstore
