// Where values live that a program makes while it looks at one row: taken in order, given back all at once.
#pragma once

#include "core/base/bytes.h"

namespace termstore {

class MatchHeap {
 public:
  MatchHeap() = default;
  ~MatchHeap();
  MatchHeap(const MatchHeap&) = delete;
  MatchHeap& operator=(const MatchHeap&) = delete;

  // REQUIRES: bytes > 0.
  // Returns: 8-byte aligned memory until the next Reset(); null when memory is short, and failed() from then
  // on.
  std::uint8_t* Take(std::size_t bytes) noexcept {
    const std::size_t rounded = (bytes + 7) & ~std::size_t{7};
    if (rounded > static_cast<std::size_t>(end_ - at_)) return TakeFromNewBlock(rounded);
    std::uint8_t* taken = at_;
    at_ += rounded;
    return taken;
  }
  bool failed() const noexcept { return failed_; }

  // Everything taken is gone. The largest block stays for the next row unless it is unusually large.
  void Reset() noexcept {
    failed_ = false;
    if (at_ != start_) ResetBlocks();
  }

 private:
  struct Block;

  std::uint8_t* TakeFromNewBlock(std::size_t bytes) noexcept;
  void ResetBlocks() noexcept;
  void Use(Block* block) noexcept;

  Block* newest_ = nullptr;
  std::uint8_t* start_ = nullptr;  // of the newest block's memory
  std::uint8_t* at_ = nullptr;
  std::uint8_t* end_ = nullptr;
  bool failed_ = false;
};

}  // namespace termstore
