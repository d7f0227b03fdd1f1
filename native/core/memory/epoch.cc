#include "core/memory/epoch.h"

#include <new>

#include "core/base/sabotage.h"

namespace termstore {

Epochs::Epochs() noexcept : fenced_(!kProcessBarrierExists) {}

Epochs::~Epochs() {
  for (const Retired& item : retired_) item.free(item.memory, item.bytes);
  for (EpochSlot* slot : slots_) delete slot;
}

EpochSlot* Epochs::Attach() noexcept {
  LockGuard guard(lock_, LockLevel::kEpoch);
  for (EpochSlot* slot : slots_) {
    if (slot->in_use) continue;
    slot->in_use = true;
    return slot;
  }
  EpochSlot* slot = new (std::nothrow) EpochSlot;
  if (slot == nullptr) return nullptr;
  slot->in_use = true;
  slots_.push_back(slot);
  return slot;
}

void Epochs::Detach(EpochSlot* slot) noexcept {
  Unpin(*slot);
  LockGuard guard(lock_, LockLevel::kEpoch);
  slot->in_use = false;
}

void Epochs::Retire(void* memory, std::size_t bytes, Deleter free) noexcept {
  LockGuard guard(lock_, LockLevel::kEpoch);
  // seq_cst, and so a release: pairs with the acquire in Pin().
  const std::uint64_t epoch = epoch_.fetch_add(1, std::memory_order_seq_cst);
  retired_.push_back({memory, bytes, free, epoch});
  pending_.store(retired_.size(), std::memory_order_relaxed);  // a hint for Collect(), orders nothing
}

std::uint64_t Epochs::OldestPin() noexcept {
  std::uint64_t oldest = ~std::uint64_t{0};
  for (EpochSlot* slot : slots_) {
    // A read-modify-write reads the latest value and, for a slot that is 0, is read by the next Pin()'s
    // exchange: that thread then sees every unlink. acquire also pairs with the release in Unpin().
    const std::uint64_t pinned = fenced_ ? slot->pinned.fetch_add(0, std::memory_order_seq_cst)
                                         : slot->pinned.load(std::memory_order_acquire);
    if (pinned != 0 && pinned < oldest) oldest = pinned;
  }
  return oldest;
}

void Epochs::Collect() noexcept {
  if (pending() == 0) return;
  std::vector<Retired> free_now;
  {
    LockGuard guard(lock_, LockLevel::kEpoch);
    // After it, a thread that is not seen as pinned sees every unlink that came before.
    if (!fenced_) ProcessBarrier();
    const std::uint64_t oldest = OldestPin();
    std::size_t kept = 0;
    for (const Retired& item : retired_) {
      // A thread pinned at epoch e may have loaded its pointers before any unlink of epoch >= e.
      if (item.epoch < oldest || IsBroken(Sabotage::kEarlyFree)) {
        free_now.push_back(item);
      } else {
        retired_[kept++] = item;
      }
    }
    retired_.resize(kept);
    pending_.store(kept, std::memory_order_relaxed);
  }
  for (const Retired& item : free_now) item.free(item.memory, item.bytes);
}

}  // namespace termstore
