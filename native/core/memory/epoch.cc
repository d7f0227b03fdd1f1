#include "core/memory/epoch.h"

#include <cstdlib>
#include <new>

#include "core/base/sabotage.h"

namespace termstore {

Epochs::Epochs() noexcept : fenced_(!kProcessBarrierExists) {}

Epochs::~Epochs() {
  while (Retired* const note = oldest_) {
    oldest_ = note->next;
    note->free(note->memory, note->bytes);
    if (!OfReserve(note)) std::free(note);
  }
  while (EpochSlot* const slot = slots_) {
    slots_ = slot->next;
    delete slot;
  }
}

EpochSlot* Epochs::Attach() noexcept {
  LockGuard guard(lock_, LockLevel::kEpoch);
  for (EpochSlot* slot = slots_; slot != nullptr; slot = slot->next) {
    if (slot->in_use) continue;
    slot->in_use = true;
    return slot;
  }
  EpochSlot* slot = new (std::nothrow) EpochSlot;
  if (slot == nullptr) return nullptr;
  slot->in_use = true;
  slot->next = slots_;
  slots_ = slot;
  return slot;
}

void Epochs::Detach(EpochSlot* slot) noexcept {
  Unpin(*slot);
  LockGuard guard(lock_, LockLevel::kEpoch);
  slot->in_use = false;
}

Epochs::Retired* Epochs::TakeReserve() noexcept {
  if (Retired* const note = free_notes_) {
    free_notes_ = note->next;
    return note;
  }
  return unused_notes_ < kReserve ? &reserve_[unused_notes_++] : nullptr;
}

void Epochs::Append(Retired* note) noexcept {
  (newest_ != nullptr ? newest_->next : oldest_) = note;
  newest_ = note;
}

void Epochs::Retire(void* memory, std::size_t bytes, Deleter free) noexcept {
  auto* note = static_cast<Retired*>(std::malloc(sizeof(Retired)));
  // Twice: what the first look finds used up, Collect() may have given back.
  for (int look = 0; look < 2; ++look) {
    {
      LockGuard guard(lock_, LockLevel::kEpoch);
      if (note == nullptr) note = TakeReserve();
      if (note != nullptr) {
        // seq_cst, and so a release: pairs with the acquire in Pin().
        const std::uint64_t epoch = epoch_.fetch_add(1, std::memory_order_seq_cst);
        *note = {nullptr, memory, bytes, free, epoch};
        Append(note);
        pending_.store(pending() + 1, std::memory_order_relaxed);  // a hint for Collect(), orders nothing
        return;
      }
    }
    if (look == 0) Collect();
  }
  lost_.fetch_add(1, std::memory_order_relaxed);  // a count, orders nothing
}

std::uint64_t Epochs::OldestPin() noexcept {
  std::uint64_t oldest = ~std::uint64_t{0};
  for (EpochSlot* slot = slots_; slot != nullptr; slot = slot->next) {
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
  Retired* freeing = nullptr;
  {
    LockGuard guard(lock_, LockLevel::kEpoch);
    // After it, a thread that is not seen as pinned sees every unlink that came before.
    if (!fenced_) ProcessBarrier();
    const std::uint64_t oldest = OldestPin();
    Retired* last = nullptr;
    std::size_t count = 0;
    // A thread pinned at epoch e may have loaded its pointers before any unlink of epoch >= e.
    for (Retired* note = oldest_; note != nullptr; note = note->next) {
      if (note->epoch >= oldest && !IsBroken(Sabotage::kEarlyFree)) break;
      last = note;
      ++count;
    }
    if (last == nullptr) return;
    freeing = oldest_;
    oldest_ = last->next;
    if (oldest_ == nullptr) newest_ = nullptr;
    last->next = nullptr;
    pending_.store(pending() - count, std::memory_order_relaxed);
  }
  Retired* reserved = nullptr;
  while (freeing != nullptr) {
    Retired* const note = freeing;
    freeing = note->next;
    note->free(note->memory, note->bytes);
    if (OfReserve(note)) {
      note->next = reserved;
      reserved = note;
    } else {
      std::free(note);
    }
  }
  if (reserved == nullptr) return;
  LockGuard guard(lock_, LockLevel::kEpoch);
  while (reserved != nullptr) {
    Retired* const note = reserved;
    reserved = note->next;
    note->next = free_notes_;
    free_notes_ = note;
  }
}

}  // namespace termstore
