// The stripes of a hash table, and which of them a hash belongs to.
//
// One word, so that whoever loads it without a lock sees an array together with its size. A set never
// changes: a table that wants more stripes fills another set and publishes that one (hash_adapt.cc).
//
// ORDER   The lowest bits of a hash choose the stripe, and inside it stands the hash rotated by these bits.
//         Traversals go by the bit-reversed hash of the table, and the stripes in the order of their reversed
//         numbers: in every set, of whatever size, that is one and the same order. A position in it therefore
//         stays right when the set is replaced between two steps.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/table/hash_stripe.h"

namespace termstore {

class StripeSet {
 public:
  static constexpr std::uint32_t kMostBits = 9;

  // Positions of a table go up to here, this one being its end; so do those of a stripe.
  static constexpr std::uint64_t kEnd = std::uint64_t{1} << 32;

  // 2^bits empty stripes, each with buckets for its share of `rows` that stay, down to `floor` when it
  // shrinks, and with a version above all of `before`. None when memory is short.
  static StripeSet Make(Epochs& epochs, std::uint32_t bits, std::uint32_t floor, std::uint64_t rows,
                        StripeSet before) noexcept;
  // For Epochs::Retire: `array` and `bytes` as the set tells them.
  static void Delete(void* array, std::size_t bytes) noexcept;

  StripeSet() = default;
  explicit operator bool() const noexcept { return word_ != nullptr; }
  friend bool operator==(StripeSet, StripeSet) = default;

  Stripe* array() const noexcept { return reinterpret_cast<Stripe*>(word_ - bits()); }
  std::size_t bytes() const noexcept { return sizeof(Stripe) * count(); }
  std::uint32_t bits() const noexcept {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(word_) & kBitsMask);
  }
  std::uint32_t count() const noexcept { return 1u << bits(); }
  Stripe& operator[](std::uint32_t number) const noexcept { return array()[number]; }
  Stripe* begin() const noexcept { return array(); }
  Stripe* end() const noexcept { return array() + count(); }

  // The stripe of a hash, the hash inside that stripe, and back.
  std::uint32_t NumberOf(std::uint32_t hash) const noexcept { return hash & (count() - 1); }
  std::uint32_t Inside(std::uint32_t hash) const noexcept { return std::rotr(hash, Rotation()); }
  std::uint32_t Outside(std::uint32_t inside) const noexcept { return std::rotl(inside, Rotation()); }

  // REQUIRES: position < kEnd. The stripe that it lies in, and the position inside that stripe.
  std::uint32_t NumberAt(std::uint64_t position) const noexcept {
    return NumberOf(ReverseBits(static_cast<std::uint32_t>(position)));
  }
  std::uint64_t PositionInside(std::uint64_t position) const noexcept {
    return static_cast<std::uint32_t>(position << bits());
  }
  // The position in the table of a bucket's end, or of the stripe's. No bucket is narrower than the bits that
  // are lost here: the stripes together would have 2^32 buckets.
  std::uint64_t PositionOf(std::uint32_t number, std::uint64_t inside) const noexcept {
    return std::uint64_t{ReverseBits(number)} + (inside >> bits());
  }

 private:
  static constexpr std::uintptr_t kBitsMask = kCacheLineBytes - 1;  // free in the address of the array
  static_assert(kMostBits <= kBitsMask);

  StripeSet(Stripe* array, std::uint32_t bits) noexcept
      : word_(reinterpret_cast<std::uint8_t*>(array) + bits) {}
  int Rotation() const noexcept { return static_cast<int>(bits()); }

  std::uint8_t* word_ = nullptr;  // the array, and as many bytes further as the set has bits
};

}  // namespace termstore
