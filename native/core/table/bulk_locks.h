// Several stripes of a hash table, held for writing.
#pragma once

#include <bitset>

#include "core/table/hash_table.h"

namespace termstore {

// Locks in ascending order. REQUIRES: the gate is held alone, so the set stays the table's.
class HashTable::BulkLocks {
 public:
  explicit BulkLocks(StripeSet set) noexcept : set_(set) {}
  ~BulkLocks() {
    for (std::uint32_t i = 0; i < set_.count(); ++i) {
      if (!held_[i]) continue;
      if (!dead_) set_[i].EndWrite();
      set_[i].Release();
      TraceUnlock(LockLevel::kStripe, i);
    }
  }
  BulkLocks(const BulkLocks&) = delete;
  BulkLocks& operator=(const BulkLocks&) = delete;

  StripeSet set() const noexcept { return set_; }
  void Want(std::uint32_t stripe) noexcept { held_[stripe] = true; }
  void WantAll() noexcept { held_.set(); }
  void Acquire() noexcept {
    for (std::uint32_t i = 0; i < set_.count(); ++i) {
      if (!held_[i]) continue;
      TraceLock(LockLevel::kStripe, i);
      set_[i].Acquire();
      set_[i].BeginWrite();
    }
  }
  // The stripes are replaced: readers without the lock never find them at rest again.
  void LeaveDead() noexcept { dead_ = true; }

 private:
  const StripeSet set_;
  std::bitset<(std::size_t{1} << StripeSet::kMostBits)> held_;
  bool dead_ = false;
};

}  // namespace termstore
