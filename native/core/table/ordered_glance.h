// Reads of one row of a shard without its lock.
//
// The scheme is that of hash stripes (table/hash_read.cc): load the version, look, load the version again.
// In between, what was read may be of several moments. So the version is asked before an address that was
// read is used (a leaf, a cell) and before a size bounds a copy; keys are compared in copies of rows, never
// where they lie. The pin keeps the memory of whatever was found once.
//
// Everything here is made part of its callers, of which there are few: what a lookup knows stays in
// registers.
#pragma once

#include <cstdint>

#include "core/table/ordered_shard.h"
#include "core/table/table.h"

namespace termstore {

class Glance {
 public:
  enum class Outcome : std::uint8_t { kHit, kMiss, kRetry };

  // At nothing: every read is a kRetry.
  Glance() = default;
  // `version`: of `shard`, even, loaded before it was known that the directory still has the shard.
  // Payloads are copied to `to`, where `room` bytes and eight more may be overwritten.
  Glance(const Shard& shard, std::uint64_t version, std::uint8_t* to, std::uint32_t room) noexcept
      : shard_(&shard), body_(shard.PeekBody()), version_(version), to_(to), room_(room) {}

  // kHit: the row of the key is copied. `head`: OrderHead(key).
  Outcome Find(Bytes key, std::uint64_t head) noexcept;
  // kHit: the row right (or left) of the key is copied. kRetry also where the shard has none: it is for who
  // holds the lock to go on to the next one.
  Outcome Step(Direction direction, Bytes key, std::uint64_t head) noexcept;

  // What was copied.
  Bytes payload() const noexcept { return {to_, size_}; }

 private:
  struct Sought {
    Bytes key;
    std::uint64_t head;  // in the body's window
    bool in_words;       // `words` is the key
    KeyWords words;
  };
  struct Entry {
    std::uint32_t leaf;
    std::uint32_t entry;
  };

  bool Unchanged() const noexcept { return shard_->Version() == version_; }
  Sought Seek(Bytes key, std::uint64_t head) const noexcept;
  // Where the key is (kHit: its row is copied) or belongs (kMiss).
  Outcome Locate(const Sought& sought, const LeafList::Block& leaves, Entry* at) noexcept;
  // The same among sorted heads. `*place`: in, how many are below that of the key; out, where it is.
  template <typename RowAt>
  Outcome Search(const Sought& sought, const std::uint64_t* heads, std::uint32_t count, RowAt row_at,
                 std::uint32_t* place) noexcept;
  // Null: retry.
  const Leaf* LeafAt(const LeafList::Block& leaves, std::uint32_t i) const noexcept;
  // Null: retry. `*first`: the cell's first word.
  const std::uint64_t* CellOf(RowRef row, std::uint64_t* first) const noexcept;
  bool Copy(const std::uint64_t* cell, std::uint64_t first) noexcept;

  const Shard* shard_ = nullptr;
  const ShardBody* body_ = nullptr;
  std::uint64_t version_ = 0;
  std::uint8_t* to_ = nullptr;
  std::uint32_t room_ = 0;
  std::uint32_t size_ = 0;
};

TERMSTORE_INLINE Glance::Sought Glance::Seek(Bytes key, std::uint64_t head) const noexcept {
  const OrderWindow* window = body_->window();
  const bool in_words = body_->keypos() == 0 && key.size <= kKeyWordsBytes;
  return {key, window == nullptr ? head : window->HeadOf(key), in_words,
          in_words ? LoadKeyWords(key) : KeyWords{}};
}

TERMSTORE_INLINE const Leaf* Glance::LeafAt(const LeafList::Block& leaves, std::uint32_t i) const noexcept {
  const Leaf* leaf = leaves.leaf(i);
  return Unchanged() ? leaf : nullptr;
}

TERMSTORE_INLINE const std::uint64_t* Glance::CellOf(RowRef row, std::uint64_t* first) const noexcept {
  const auto* cell = reinterpret_cast<const std::uint64_t*>(body_->arena().At(row));
  if (cell == nullptr || !Unchanged()) return nullptr;
  *first = LoadWord(cell);
  const auto bytes = static_cast<std::uint32_t>(*first) & kRowSizeMask;
  if (bytes > kMostOptimisticBytes || bytes > room_) return nullptr;
  return Unchanged() ? cell : nullptr;
}

TERMSTORE_INLINE bool Glance::Copy(const std::uint64_t* cell, std::uint64_t first) noexcept {
  size_ = static_cast<std::uint32_t>(first) & kRowSizeMask;
  CopyPayload(to_, cell, first, size_);
  return Unchanged();
}

template <typename RowAt>
TERMSTORE_INLINE Glance::Outcome Glance::Search(const Sought& sought, const std::uint64_t* heads,
                                                std::uint32_t count, RowAt row_at,
                                                std::uint32_t* place) noexcept {
  // A count of another moment must not lead beyond the heads.
  std::uint32_t low = *place < count ? *place : count;
  std::uint32_t high = EndOfRun(heads, count, low, sought.head);
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    std::uint64_t first = 0;
    const std::uint64_t* cell = CellOf(row_at(middle), &first);
    if (cell == nullptr) return Outcome::kRetry;
    const bool same = sought.in_words && FirstElementIs(reinterpret_cast<const std::uint8_t*>(cell), first,
                                                        sought.words, sought.key.size);
    if (!Copy(cell, first)) return Outcome::kRetry;
    int order = 0;
    if (!same) {
      const Bytes there = RowElement(payload(), body_->keypos());
      order = SameBytes(there, sought.key) ? 0 : CompareTerms(there, sought.key);
    }
    if (order == 0) {
      *place = middle;
      return Outcome::kHit;
    }
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  *place = low;
  return Outcome::kMiss;
}

TERMSTORE_INLINE Glance::Outcome Glance::Locate(const Sought& sought, const LeafList::Block& leaves,
                                                Entry* at) noexcept {
  const std::uint32_t count = leaves.count();
  std::uint32_t started = CountBelow(leaves.heads(), count, sought.head);
  const auto first_of = [&](std::uint32_t i) {
    const Leaf* leaf = LeafAt(leaves, i);
    return leaf == nullptr ? kNoRow : LoadWord(&leaf->rows[0]);
  };
  const Outcome among = Search(sought, leaves.heads(), count, first_of, &started);
  // Found: it is the first of that leaf. Otherwise it belongs into the leaf before, if there is one.
  *at = {among == Outcome::kHit || started == 0 ? started : started - 1, 0};
  if (among != Outcome::kMiss || started == 0) return among;
  const Leaf* leaf = LeafAt(leaves, at->leaf);
  if (leaf == nullptr) return Outcome::kRetry;
  leaf->Prefetch();
  at->entry = leaf->CountBelow(sought.head);
  return Search(
      sought, leaf->heads, LoadWord(&leaf->count), [&](std::uint32_t i) { return LoadWord(&leaf->rows[i]); },
      &at->entry);
}

TERMSTORE_INLINE Glance::Outcome Glance::Find(Bytes key, std::uint64_t head) noexcept {
  if (body_ == nullptr) return Outcome::kRetry;
  Entry at{};
  const Outcome outcome = Locate(Seek(key, head), body_->leaves().block(), &at);
  return outcome == Outcome::kMiss && !Unchanged() ? Outcome::kRetry : outcome;
}

TERMSTORE_INLINE Glance::Outcome Glance::Step(Direction direction, Bytes key, std::uint64_t head) noexcept {
  if (body_ == nullptr) return Outcome::kRetry;
  const LeafList::Block& leaves = body_->leaves().block();
  Entry at{};
  const Outcome found = Locate(Seek(key, head), leaves, &at);
  const std::uint32_t leaf_count = leaves.count();
  if (found == Outcome::kRetry || at.leaf >= leaf_count) return Outcome::kRetry;
  const Leaf* leaf = LeafAt(leaves, at.leaf);
  if (leaf == nullptr) return Outcome::kRetry;
  if (direction == Direction::kForward) {
    if (found == Outcome::kHit) ++at.entry;
    if (at.entry >= LoadWord(&leaf->count)) {
      leaf = at.leaf + 1 < leaf_count ? LeafAt(leaves, at.leaf + 1) : nullptr;
      at.entry = 0;
    }
  } else if (at.entry > 0) {
    --at.entry;
  } else {
    leaf = at.leaf > 0 ? LeafAt(leaves, at.leaf - 1) : nullptr;
    const std::uint32_t count = leaf == nullptr ? 0 : LoadWord(&leaf->count);
    if (count == 0) return Outcome::kRetry;
    at.entry = count - 1;
  }
  if (leaf == nullptr) return Outcome::kRetry;
  std::uint64_t first = 0;
  const std::uint64_t* cell = CellOf(LoadWord(&leaf->rows[at.entry]), &first);
  return cell != nullptr && Copy(cell, first) ? Outcome::kHit : Outcome::kRetry;
}

}  // namespace termstore
