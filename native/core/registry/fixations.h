// Which threads have fixed a table, and how many times.
#pragma once

#include <cstdint>

#include "core/memory/lock.h"
#include "core/memory/pod_array.h"
#include "core/memory/reply.h"
#include "core/table/table.h"

namespace termstore {

class Fixations {
 public:
  // One fixation more of this thread; `now` is kept when the table was unfixed. Takes the table's locks. kOk,
  // kNoMemory.
  Status Fix(Table& table, std::uint32_t owner, double now) noexcept;
  // One less. False when the thread holds none: nothing has changed then.
  bool Unfix(Table& table, std::uint32_t owner) noexcept;
  // All of a thread that ends.
  void Release(Table& table, std::uint32_t owner) noexcept;

  // Appends u32 owner, u32 count for each thread; `*since`: when the table was fixed. kOk, kNoMemory.
  Status Describe(Reply& reply, double* since) noexcept;

 private:
  struct Holder {
    std::uint32_t owner;
    std::uint32_t count;
  };

  // Null when the thread holds none. REQUIRES: lock_.
  Holder* HolderOf(std::uint32_t owner) noexcept;
  // How many fixations of `owner` are taken away: one or all.
  std::uint32_t Remove(std::uint32_t owner, bool all) noexcept;

  Lock lock_;  // LockLevel::kFixations; never held while the table is called
  PodArray<Holder> holders_;
  double since_ = 0;
};

}  // namespace termstore
