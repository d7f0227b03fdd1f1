// Making bytes smaller. The core knows no algorithm: whoever loads it brings one (binding/runtime_zlib.cc).
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/status.h"

namespace termstore {

// Any thread may call, also several at once and under a row's lock: implementations take no lock and call
// nothing but their library.
class Compressor {
 public:
  // Bytes never become more than this many times larger again: the limit for what a damaged size can claim.
  static constexpr std::uint64_t kMostExpansion = 1100;

  // Compresses `head` and `tail` as one piece into `to`. The size; 0 when that does not fit into `room` or
  // memory is short.
  virtual std::size_t Compress(Bytes head, Bytes tail, std::uint8_t* to, std::size_t room) noexcept = 0;
  // Expands `compressed` into exactly `size` bytes. kOk, kNoMemory; kDamaged: it is something else, and `to`
  // holds anything.
  virtual Status Expand(Bytes compressed, std::uint8_t* to, std::size_t size) noexcept = 0;

 protected:
  // Trivial, so that a static one stays whole while threads outlive the destructors at exit.
  ~Compressor() = default;
};

}  // namespace termstore
