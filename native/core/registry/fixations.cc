#include "core/registry/fixations.h"

#include <algorithm>

namespace termstore {

Fixations::Holder* Fixations::HolderOf(std::uint32_t owner) noexcept {
  Holder* const held = std::find_if(holders_.begin(), holders_.end(),
                                    [&](const Holder& holder) { return holder.owner == owner; });
  return held == holders_.end() ? nullptr : held;
}

Status Fixations::Fix(Table& table, std::uint32_t owner, double now) noexcept {
  {
    LockGuard guard(lock_, LockLevel::kFixations);
    if (Holder* const held = HolderOf(owner); held != nullptr) {
      ++held->count;
    } else {
      const bool first = holders_.size() == 0;
      if (!holders_.Push({owner, 1})) return Status::kNoMemory;
      if (first) since_ = now;
    }
  }
  table.Fix();
  return Status::kOk;
}

std::uint32_t Fixations::Remove(std::uint32_t owner, bool all) noexcept {
  LockGuard guard(lock_, LockLevel::kFixations);
  Holder* const held = HolderOf(owner);
  if (held == nullptr) return 0;
  const std::uint32_t removed = all ? held->count : 1;
  held->count -= removed;
  if (held->count == 0) holders_.Erase(static_cast<std::uint32_t>(held - holders_.begin()));
  return removed;
}

bool Fixations::Unfix(Table& table, std::uint32_t owner) noexcept {
  if (Remove(owner, false) == 0) return false;
  table.Unfix();
  return true;
}

void Fixations::Release(Table& table, std::uint32_t owner) noexcept {
  for (std::uint32_t left = Remove(owner, true); left > 0; --left) table.Unfix();
}

Status Fixations::Describe(Reply& reply, double* since) noexcept {
  LockGuard guard(lock_, LockLevel::kFixations);
  *since = since_;
  const Bytes bytes{reinterpret_cast<const std::uint8_t*>(holders_.data()),
                    static_cast<std::uint32_t>(holders_.size() * sizeof(Holder))};
  return reply.Append(bytes) ? Status::kOk : Status::kNoMemory;
}

}  // namespace termstore
