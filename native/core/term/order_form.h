// The order of terms as the order of byte strings.
#pragma once

#include <cstdint>

#include "core/term/compare.h"

namespace termstore {

// Writes the first `room` bytes of an order-preserving form: CompareTerms(a, b) < 0 implies that the form of
// a is not above that of b, and equal terms have equal forms. It is not complete: behind a part that it does
// not tell exactly (a bigint, an object, …) come zeros. The form of a prefix (CompareToPrefix) is not above
// that of anything that starts with it.
// Cost: O(room).
void WriteOrderForm(Bytes term, std::uint8_t* out, std::uint32_t room) noexcept;

// Which 64 bits of the form are the heads of some keys. Keys that begin alike (tenants, paths, composite
// keys) have the same first bits: behind what they share heads tell them apart. Whatever the window, heads
// have the promise of OrderHead() among each other, also those of keys that do not share its prefix; so a
// window may be old or unlucky and searching only becomes slower.
class OrderWindow {
 public:
  static constexpr std::uint32_t kLongestPrefix = 56;

  // Heads are OrderHead().
  OrderWindow() = default;
  // For keys between `first` and `last`, and those nearby.
  static OrderWindow Between(Bytes first, Bytes last) noexcept;

  bool at_start() const noexcept { return size_ == 0; }
  // `head`: OrderHead(key).
  std::uint64_t HeadOf(Bytes key, std::uint64_t head) const noexcept {
    return size_ == 0 ? head : HeadBehindPrefix(key);
  }
  std::uint64_t HeadOf(Bytes key) const noexcept {
    return size_ == 0 ? OrderHead(key) : HeadBehindPrefix(key);
  }

  friend bool operator==(const OrderWindow& a, const OrderWindow& b) noexcept {
    return a.size_ == b.size_ && std::memcmp(a.prefix_, b.prefix_, a.size_) == 0;
  }

 private:
  std::uint64_t HeadBehindPrefix(Bytes key) const noexcept;

  std::uint8_t size_ = 0;
  std::uint8_t prefix_[kLongestPrefix] = {};
};

}  // namespace termstore
