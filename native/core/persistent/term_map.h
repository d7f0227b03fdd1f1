// The terms by their keys: a hash table that says when memory is short, which std::unordered_map cannot
// without exceptions.
#pragma once

#include <cstdlib>
#include <memory>

#include "core/persistent/stored_term.h"
#include "core/term/hash.h"

namespace termstore {

// Guarded by the area's lock; Hash() needs none. Owns its entries, but no terms.
class TermMap {
 public:
  // One block of std::malloc() together with the key's bytes.
  struct Entry {
    Entry* next = nullptr;  // of the same bucket, or of the caller's list once it was removed
    std::uint64_t hash = 0;
    StoredTerm* term = nullptr;
    std::uint32_t slot = 0;
    std::uint32_t key_bytes = 0;

    Bytes key() const noexcept { return {reinterpret_cast<const std::uint8_t*>(this + 1), key_bytes}; }
    std::size_t block_bytes() const noexcept { return sizeof(Entry) + key_bytes; }
  };

  explicit TermMap(const HashSecret& secret) noexcept : secret_(secret) {}
  ~TermMap();
  TermMap(const TermMap&) = delete;
  TermMap& operator=(const TermMap&) = delete;

  std::uint64_t Hash(Bytes key) const noexcept { return HashBytes(key, secret_); }
  // Null when it is not there.
  Entry* Find(Bytes key, std::uint64_t hash) const noexcept;
  // A new entry, without a term yet; null when memory is short. REQUIRES: the key is not there.
  Entry* Add(Bytes key, std::uint64_t hash) noexcept;
  // Takes `entry` out; it is the caller's, who frees it with std::free().
  void Remove(Entry* entry) noexcept;

  std::size_t size() const noexcept { return size_; }
  template <typename See>
  void Visit(See see) const noexcept {
    for (std::size_t i = 0; i < bucket_count_; ++i) {
      for (Entry* entry = buckets_[i]; entry != nullptr; entry = entry->next) see(*entry);
    }
  }

 private:
  static constexpr std::size_t kFirstBuckets = 16;

  // Doubles the buckets; without memory they stay as they are, and chains get longer. False: there are none.
  bool Grow() noexcept;

  const HashSecret& secret_;
  std::unique_ptr<Entry*[]> buckets_;
  std::size_t bucket_count_ = 0;  // 0 or a power of two
  std::size_t size_ = 0;
};

}  // namespace termstore
