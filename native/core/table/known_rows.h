// The rows of one key of a bag as a set of their hashes: tells that a row is new without looking at each row
// of the key.
#pragma once

#include <cstdint>
#include <memory>

#include "core/term/hash.h"

namespace termstore {

// Lets a loader add n rows to a key in O(n). What it knows holds for as long as nobody else has changed the
// stripe, which the stripe's version tells; whoever asks holds the stripe's lock.
class KnownRows {
 public:
  // True when these are the rows of group `group` in the stripe of this address, nobody having written there
  // since Note().
  bool IsAbout(const void* stripe, std::uint32_t group, std::uint64_t version) const noexcept {
    return stripe_ == stripe && group_ == group && version_ == version;
  }
  void Note(const void* stripe, std::uint32_t group, std::uint64_t version) noexcept {
    stripe_ = stripe;
    group_ = group;
    version_ = version;
  }
  // Knows no row and is about no stripe.
  void Clear() noexcept;

  enum class Answer : std::uint8_t { kNew, kMaybeThere, kUnknown };
  // Adds the hash of a row; kUnknown when memory is short. Cost: O(1).
  Answer Add(std::uint64_t hash) noexcept;

  // Equal rows (RowsEqual) have equal hashes. False when memory is short, or the row refers to a shape.
  // REQUIRES: a row whose every byte was checked, or one of a table.
  static bool HashOf(Bytes row, const HashSecret& secret, std::uint64_t* hash) noexcept;

 private:
  static constexpr std::size_t kFirstCapacity = 64;

  bool Grow() noexcept;

  const void* stripe_ = nullptr;
  std::uint32_t group_ = 0;
  std::uint64_t version_ = 0;
  std::unique_ptr<std::uint64_t[]> hashes_;  // open addressing; 0: empty
  std::size_t capacity_ = 0;                 // a power of two
  std::size_t count_ = 0;
};

}  // namespace termstore
