#include "core/registry/fixations.h"

#include <algorithm>

namespace termstore {

void Fixations::Fix(Table& table, std::uint32_t owner, double now) noexcept {
  {
    LockGuard guard(lock_, LockLevel::kFixations);
    if (holders_.empty()) since_ = now;
    const auto held = std::find_if(holders_.begin(), holders_.end(),
                                   [&](const Holder& holder) { return holder.owner == owner; });
    if (held == holders_.end()) {
      holders_.push_back({owner, 1});
    } else {
      ++held->count;
    }
  }
  table.Fix();
}

std::uint32_t Fixations::Remove(std::uint32_t owner, bool all) noexcept {
  LockGuard guard(lock_, LockLevel::kFixations);
  const auto held = std::find_if(holders_.begin(), holders_.end(),
                                 [&](const Holder& holder) { return holder.owner == owner; });
  if (held == holders_.end()) return 0;
  const std::uint32_t removed = all ? held->count : 1;
  held->count -= removed;
  if (held->count == 0) holders_.erase(held);
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
