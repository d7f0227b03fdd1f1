// Searching sorted keys: a cut is a place between two keys, and every search asks how many keys lie left of
// it.
//
// Keys are searched by their heads (term/compare.h), which lie side by side in memory; the keys themselves
// are compared only where heads are equal. Heads are loaded as atomic words: who searches a leaf may do so
// without the shard's lock.
#pragma once

#include <cstdint>

#include "core/base/atomic_word.h"
#include "core/base/bytes.h"
#include "core/term/compare.h"

namespace termstore {

class Cut {
 public:
  enum class Side : std::uint8_t {
    kFirst,         // before every key
    kBefore,        // just before `key`
    kAfter,         // just after `key`
    kBeforePrefix,  // before everything that starts with `key`
    kAfterPrefix,   // after everything that starts with `key`
    kLast,          // after every key
  };

  // The bytes of `key` must stay while the cut is used.
  static Cut First() noexcept { return Cut({}, 0, Side::kFirst); }
  static Cut Last() noexcept { return Cut({}, ~std::uint64_t{0}, Side::kLast); }
  static Cut At(Bytes key, Side side) noexcept { return Cut(key, OrderHead(key), side); }
  static Cut At(Bytes key, std::uint64_t head, Side side) noexcept { return Cut(key, head, side); }
  // `depth`: as in CompareToPrefix().
  static Cut AtPrefix(Bytes key, std::uint32_t depth, Side side) noexcept {
    return Cut(key, OrderHead(key), side, depth);
  }

  // The same place among keys whose heads are others (term/order_form.h); `head` is that of key().
  Cut WithHead(std::uint64_t head) const noexcept {
    return side_ == Side::kFirst || side_ == Side::kLast ? *this : Cut(key_, head, side_, depth_);
  }

  Bytes key() const noexcept { return key_; }
  std::uint64_t head() const noexcept { return head_; }
  Side side() const noexcept { return side_; }
  bool is_prefix() const noexcept { return side_ == Side::kBeforePrefix || side_ == Side::kAfterPrefix; }

  bool HasOnLeft(Bytes key) const noexcept {
    switch (side_) {
      case Side::kBefore:
        return CompareTerms(key, key_) < 0;
      case Side::kAfter:
        return CompareTerms(key, key_) <= 0;
      case Side::kBeforePrefix:
        return CompareToPrefix(key, key_, depth_) < 0;
      case Side::kAfterPrefix:
        return CompareToPrefix(key, key_, depth_) <= 0;
      case Side::kFirst:
        return false;
      default:
        return true;
    }
  }
  bool HasOnLeft(std::uint64_t head, Bytes key) const noexcept {
    if (head < head_) return true;
    if (head > head_ && !is_prefix()) return false;
    return HasOnLeft(key);
  }

 private:
  Cut(Bytes key, std::uint64_t head, Side side, std::uint32_t depth = 0) noexcept
      : key_(key), head_(head), depth_(depth), side_(side) {}

  Bytes key_;
  std::uint64_t head_;
  std::uint32_t depth_;
  Side side_;
};

// How many of `heads` are below `head`. Without branches that depend on the data: they could not be
// predicted.
inline std::uint32_t CountBelow(const std::uint64_t* heads, std::uint32_t count,
                                std::uint64_t head) noexcept {
  const std::uint64_t* base = heads;
  std::uint32_t left = count;
  while (left > 1) {
    const std::uint32_t half = left / 2;
    const std::uint64_t* upper = base + half;
    base = LoadWord(upper - 1) < head ? upper : base;
    left -= half;
  }
  return static_cast<std::uint32_t>(base - heads) +
         static_cast<std::uint32_t>(left == 1 && LoadWord(base) < head);
}

// The end of the run of heads equal to `head` that starts at `from`.
inline std::uint32_t EndOfRun(const std::uint64_t* heads, std::uint32_t count, std::uint32_t from,
                              std::uint64_t head) noexcept {
  if (from == count || LoadWord(heads + from) != head) return from;
  if (from + 1 == count || LoadWord(heads + from + 1) != head) return from + 1;
  return head == ~std::uint64_t{0} ? count : from + CountBelow(heads + from, count - from, head + 1);
}

// How many keys lie left of `cut`; `low`: how many heads are below its. `key_at(i)` is called only where
// heads do not decide.
template <typename KeyAt>
inline std::uint32_t CountLeft(const std::uint64_t* heads, std::uint32_t count, std::uint32_t low,
                               const Cut& cut, KeyAt key_at) noexcept {
  std::uint32_t high = cut.is_prefix() ? count : EndOfRun(heads, count, low, cut.head());
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (cut.HasOnLeft(key_at(middle))) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

template <typename KeyAt>
inline std::uint32_t CountLeft(const std::uint64_t* heads, std::uint32_t count, const Cut& cut,
                               KeyAt key_at) noexcept {
  return CountLeft(heads, count, CountBelow(heads, count, cut.head()), cut, key_at);
}

// Where `key` is (`*found`) or belongs; `low`: how many heads are below its.
template <typename KeyAt>
inline std::uint32_t FindAmong(const std::uint64_t* heads, std::uint32_t count, std::uint32_t low,
                               std::uint64_t head, Bytes key, KeyAt key_at, bool* found) noexcept {
  std::uint32_t high = EndOfRun(heads, count, low, head);
  *found = false;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const Bytes there = key_at(middle);
    const int order = SameBytes(there, key) ? 0 : CompareTerms(there, key);
    if (order == 0) {
      *found = true;
      return middle;
    }
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace termstore
