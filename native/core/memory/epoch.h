// Epochs: when may memory that lock-free readers can still see be freed?
//
// A thread pins itself for the length of one native call; memory that was unlinked is freed once every
// thread that was pinned at that time has left. Pinning writes only to the thread's own cache line.
//
// The pin must be visible before the first shared pointer is loaded (store, then load). Instead of a full
// fence on every call the rare side pays: Collect() makes every running thread of the process pass a
// barrier (membarrier on Linux, FlushProcessWriteBuffers on Windows). Where the system offers none,
// pinning uses a sequentially consistent exchange; ThreadSanitizer builds always do, because it cannot see
// process-wide barriers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/base/platform.h"
#include "core/memory/barrier.h"
#include "core/memory/lock.h"

namespace termstore {

// One per thread that calls in. Created by Epochs::Attach(), freed by Detach().
struct alignas(kCacheLineBytes) EpochSlot {
  std::atomic<std::uint64_t> pinned{0};  // 0: outside; else the epoch at the time of the pin
  bool in_use = false;                   // guarded by Epochs::lock_
  EpochSlot* next = nullptr;             // the one that was made before it
};

class Epochs {
 public:
  using Deleter = void (*)(void* memory, std::size_t bytes);
  // The deleter of memory from std::malloc().
  static void FreeMemory(void* memory, std::size_t) noexcept { std::free(memory); }

  Epochs() noexcept;
  ~Epochs();
  Epochs(const Epochs&) = delete;
  Epochs& operator=(const Epochs&) = delete;

  // Null when memory is short.
  EpochSlot* Attach() noexcept;
  void Detach(EpochSlot* slot) noexcept;

  void Pin(EpochSlot& slot) noexcept {
    // acquire: pairs with Retire(); whoever pins a later epoch has seen that unlink.
    const std::uint64_t now = epoch_.load(std::memory_order_acquire);
    if (fenced_) {
      // seq_cst: ordered against the read-modify-write of the slot in Collect().
      slot.pinned.exchange(now, std::memory_order_seq_cst);
    } else {
      slot.pinned.store(now, std::memory_order_relaxed);
      LightFence();
    }
  }
  void Unpin(EpochSlot& slot) noexcept {
    slot.pinned.store(0, std::memory_order_release);  // pairs with the acquire in Collect()
  }

  // Frees `memory` by `free(memory, bytes)` once no thread can see it. REQUIRES: already unlinked; no table
  // lock is needed, but holding one is allowed, so `free` takes none but those of the leaves.
  // Never fails: the note about it comes from a reserve when memory is short. Only when that is used up as
  // well, and nothing that waits can be freed, the memory is lost and counted: freeing it now could crash a
  // reader.
  void Retire(void* memory, std::size_t bytes, Deleter free) noexcept;

  // Frees what has become free. Cheap when nothing was retired. Call it outside of a pin.
  void Collect() noexcept;

  // Retired and not yet freed.
  std::size_t pending() const noexcept { return pending_.load(std::memory_order_relaxed); }
  // Pieces of memory that Retire() had to lose.
  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

  // Pieces that can be retired between two calls of Collect() while there is no memory at all. One operation
  // retires a few for each stripe at most.
  static constexpr std::uint32_t kReserve = 1024;

 private:
  // A note about memory that waits. From std::malloc(), or one of reserve_.
  struct Retired {
    Retired* next;
    void* memory;
    std::size_t bytes;
    Deleter free;
    std::uint64_t epoch;
  };

  bool OfReserve(const Retired* note) const noexcept {
    return note >= reserve_ && note < reserve_ + kReserve;
  }
  Retired* TakeReserve() noexcept;
  void Append(Retired* note) noexcept;
  std::uint64_t OldestPin() noexcept;

  std::atomic<std::uint64_t> epoch_{1};
  std::atomic<std::size_t> pending_{0};
  std::atomic<std::uint64_t> lost_{0};
  bool fenced_ = true;  // constant after construction

  Lock lock_;                   // LockLevel::kEpoch, a leaf; protects:
  EpochSlot* slots_ = nullptr;  //   every slot ever made; reused, freed in the destructor
  Retired* oldest_ = nullptr;   //   what waits, in the order of its epochs
  Retired* newest_ = nullptr;
  Retired* free_notes_ = nullptr;   //   those of reserve_ that were used and are free again
  std::uint32_t unused_notes_ = 0;  //   those of reserve_ from here on were never used
  Retired reserve_[kReserve];
};

// Pins for a scope.
class Pin {
 public:
  Pin(Epochs& epochs, EpochSlot& slot) noexcept : epochs_(epochs), slot_(slot) { epochs_.Pin(slot_); }
  ~Pin() { epochs_.Unpin(slot_); }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;

 private:
  Epochs& epochs_;
  EpochSlot& slot_;
};

}  // namespace termstore
