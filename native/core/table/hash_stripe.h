// One stripe of a hash table: a small table of its own.
//
// LAYOUT  Buckets of one cache line (table/hash_bucket.h): seven slots and a reference to an overflow bucket.
//         A slot is the low 32 bits of the key's hash and the row's reference; slots of a bucket (and of its
//         overflow buckets) are dense and keep the order of insertion.
// GROWTH  Linear hashing (Litwin 1980): buckets are split one at a time, so no insert pays for the whole
//         stripe. The slot holds the hash bits a split needs, so a split does not touch rows. The first
//         kFlatBuckets buckets lie in one array that is copied when it doubles (128 KiB at most); beyond it,
//         segments double and never move.
// ORDER   Traversals go by the bit-reversed hash: a split divides a bucket's range of reversed hashes into
//         two neighbouring halves, a merge joins them again. "Everything below this position has been seen"
//         therefore stays true whatever grows or shrinks between two steps, without fixing the table.
// HOLES   Removals move rows out of slabs that are mostly holes, a few buckets at a time (hash_compact.cc).
// READERS Point reads copy a row without the lock and check `version` afterwards (base/atomic_word.h). So
//         everything such a reader may look at is written in atomic words, and its memory is retired through
//         Epochs.
// GROUPS  In bags a slot refers to a group where a key has several rows (table/row_group.h). Buckets grow by
//         slots.
// GHOSTS  While the table is fixed, the keys that were deleted: places from which a traversal goes on.
// Source: the role of stripes follows erl_db_hash.c; unlike there a stripe owns its buckets, so growing never
//         takes a second lock.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>

#include "core/base/atomic_word.h"
#include "core/base/platform.h"
#include "core/base/sabotage.h"
#include "core/memory/arena.h"
#include "core/memory/lock.h"
#include "core/table/hash_bucket.h"
#include "core/table/row_group.h"
#include "core/term/hash.h"
#include "core/term/row.h"

namespace termstore {

class alignas(kCacheLineBytes) Stripe {
 public:
  explicit Stripe(Epochs& epochs) noexcept : arena_(epochs), epochs_(epochs) {}
  ~Stripe();
  Stripe(const Stripe&) = delete;
  Stripe& operator=(const Stripe&) = delete;

  // Allocates the first buckets, as many as `rows` rows need; `floor`, a power of two, is the least that it
  // ever has. False when memory is short. Before any other use.
  bool Start(std::uint32_t floor, std::uint64_t rows = 0) noexcept;

  // Begins above `version`: a stripe at the address of another one of its table is not taken for that one
  // (table/known_rows.h). Before any other thread knows the stripe.
  void StartVersion(std::uint64_t version) noexcept {
    version_.store((version | 1) + 1, std::memory_order_relaxed);
  }

  // --- Readers without the lock, inside a Pin ---

  // Even and unchanged around a read: no writer was inside. 64 bits at one increment per write never come
  // around.
  const std::atomic<std::uint64_t>& version() const noexcept { return version_; }
  // Null while the bucket array changes under a reader without the lock.
  const Bucket* BucketOf(std::uint32_t hash) const noexcept { return BucketAt(Index(hash)); }
  const Arena& arena() const noexcept { return arena_; }
  std::uint64_t rows() const noexcept { return keys() + more_rows_.load(std::memory_order_relaxed); }
  std::size_t Memory() const noexcept;
  std::uint64_t waits() const noexcept { return waits_.load(std::memory_order_relaxed); }

  // --- REQUIRES: the stripe's lock is held (for those that change something: between
  // BeginWrite() and EndWrite()) ---

  Arena& arena() noexcept { return arena_; }
  std::uint8_t* Cell(RowRef ref) const noexcept { return arena_.At(ref); }
  // The slot of the row with this canonical key; `words` of a key of up to 16 bytes.
  SlotPlace Find(Bytes key, KeyWords words, std::uint32_t hash, std::uint32_t keypos) const noexcept {
    if (keypos != 0 || key.size > kKeyWordsBytes) return FindLong(key, hash, keypos);
    for (Bucket* bucket = BucketAt(Index(hash)); bucket != nullptr; bucket = Overflow(bucket)) {
      for (std::uint32_t mask = MatchingSlots(bucket, hash); mask != 0; mask &= mask - 1) {
        const SlotPlace place{bucket, static_cast<std::uint32_t>(std::countr_zero(mask))};
        if (place.slot() == 0) continue;
        std::uint8_t* cell = Cell(SlotRef(place.slot()));
        const auto first = Load<std::uint64_t>(cell);
        const bool plain = (first & (kRowHasKey | kRowIsGroup | std::uint64_t{0x80} << 32)) == 0;
        if (plain ? FirstElementIs(cell, first, words, key.size) : HasKey(cell, key, keypos)) return place;
      }
    }
    return {};
  }

  // The first row of a slot's key.
  const std::uint8_t* FirstRow(SlotPlace place) const noexcept {
    return FirstRow(Cell(SlotRef(place.slot())));
  }
  // Calls visit(ref) for each row of the slot's key, in order, until it returns false.
  template <typename Visit>
  void VisitRows(SlotPlace place, Visit visit) const noexcept {
    const RowRef ref = SlotRef(place.slot());
    std::uint8_t* cell = Cell(ref);
    if (!RowGroup::Is(cell)) {
      (void)visit(ref);
      return;
    }
    const RowGroup group(cell);
    for (std::uint32_t i = 0, count = group.count(); i < count && visit(group.row(i)); ++i) {
    }
  }
  // Adds a row behind those of the slot's key. False when memory is short; nothing has changed then.
  bool AddRow(SlotPlace place, RowRef ref) noexcept;
  // Removes those rows of the slot's key for which want(ref) is true (asked once for each, in order) and
  // frees them; the last one takes the slot along. Returns how many there were. `before` runs once, when the
  // first is found; false from it: nothing is removed.
  template <typename Want, typename Before>
  std::uint32_t RemoveRows(SlotPlace place, Want want, Before before) noexcept {
    const RowRef ref = SlotRef(place.slot());
    std::uint8_t* cell = Cell(ref);
    if (!RowGroup::Is(cell)) {
      if (!want(ref) || !before()) return 0;
      Remove(place);
      arena_.Free(ref);
      return 1;
    }
    RowGroup group(cell);
    const std::uint32_t count = group.count();
    std::uint32_t kept = 0;
    while (kept < count && !want(group.row(kept))) ++kept;
    if (kept == count || !before()) return 0;
    arena_.Free(group.row(kept));
    for (std::uint32_t i = kept + 1; i < count; ++i) {
      const RowRef row = group.row(i);
      if (want(row)) {
        arena_.Free(row);
      } else {
        group.SetRow(kept++, row);
      }
    }
    Settle(place, count, kept);
    return count - kept;
  }

  // To be called once for each removal: moves a few rows together where the arena has become sparse. No row
  // changes its slot, but references to rows are good no more.
  void CompactSome() noexcept {
    if (to_compact_ != 0 || arena_.IsSparse()) [[unlikely]]
      CompactBuckets();
  }

  // Remembers a key that is deleted while the table is fixed. False when memory is short.
  bool AddGhost(Bytes key, std::uint32_t hash) noexcept;
  bool HasGhost(Bytes key, KeyWords words, std::uint32_t hash) const noexcept {
    return ghosts_ != nullptr && ghosts_->Find(key, words, hash, 0);
  }
  std::uint64_t ghosts() const noexcept { return ghosts_ == nullptr ? 0 : ghosts_->keys(); }
  // For the caller to free, without the lock.
  std::unique_ptr<Stripe> TakeGhosts() noexcept;

  // Adds copies of the rows of `place` in `from`, whose key is not here. False when memory is short.
  bool CopySlot(const Stripe& from, SlotPlace place, std::uint32_t hash) noexcept;
  // Calls visit(key, hash) for each remembered key until it returns false.
  template <typename Visit>
  bool VisitGhosts(Visit visit) const noexcept {
    bool good = true;
    const std::uint32_t count = ghosts_ == nullptr ? 0 : ghosts_->bucket_count();
    for (std::uint32_t i = 0; i < count && good; ++i) {
      ghosts_->VisitBucketAt(i, [&](SlotPlace place) {
        const RowView ghost(ghosts_->FirstRow(place));
        return good = visit(ghost.CanonicalKey(0), SlotHash(place.slot()));
      });
    }
    return good;
  }

  // Waits for the lock against operations that did not wait: high when threads get in each other's way. Only
  // kept where CountCalm() is called.
  std::int32_t contention() const noexcept { return contention_; }
  void CountCalm() noexcept {
    if (contention_ > -kMostContention) --contention_;
  }

  // Adds a slot at the end of its chain. False when memory is short; nothing has changed then.
  bool Append(std::uint32_t hash, RowRef ref) noexcept;
  // Makes buckets for `keys` keys at once, as far as memory goes; returns how many buckets there were. Cost:
  // one step per new bucket.
  std::uint32_t Reserve(std::uint64_t keys) noexcept;
  // Gives back buckets that were made in vain since there were `before`.
  void Trim(std::uint32_t before) noexcept {
    while (active() > before && 2 * keys() < std::uint64_t{active()} * kGrowAt && Shrink()) {
    }
  }
  // Removes a slot, closing the gap. The row itself is the caller's.
  void Remove(SlotPlace place) noexcept;
  // The place of the slot with this hash and reference.
  SlotPlace FindRef(std::uint32_t hash, RowRef ref) const noexcept;
  std::uint32_t bucket_count() const noexcept { return active(); }  // also without the lock
  // Calls visit(place) for each slot of bucket `index` < bucket_count(), until it returns false.
  template <typename Visit>
  void VisitBucketAt(std::uint32_t index, Visit visit) const noexcept {
    VisitChain(BucketAt(index), visit);
  }
  // The same for a bucket and its overflow buckets.
  template <typename Visit>
  void VisitChain(Bucket* bucket, Visit visit) const noexcept {
    for (; bucket != nullptr; bucket = Overflow(bucket)) {
      for (std::uint32_t i = 0; i < kBucketSlots; ++i) {
        if (bucket->slots[i] == 0 || !visit(SlotPlace{bucket, i})) return;
      }
    }
  }
  // Removes every row and gives their memory back through Epochs.
  void Clear() noexcept;

  // Calls visit(place) for each slot of the bucket that holds `hash`, in chain order, until it returns false.
  template <typename Visit>
  void VisitBucket(std::uint32_t hash, Visit visit) const noexcept {
    VisitBucketAt(Index(hash), visit);
  }
  // The first reversed hash beyond the bucket that holds `hash`; 2^32 after the last bucket.
  std::uint64_t BucketEnd(std::uint32_t hash) const noexcept {
    const std::uint32_t count = active();
    const std::uint32_t half = std::bit_floor(count);
    const std::uint32_t index = Index(hash);
    // A bucket that was split in this round, or made by it, is told by one more bit.
    const bool wide = index >= half || index + half < count;
    const std::uint32_t bits = static_cast<std::uint32_t>(std::bit_width(half)) - 1 + (wide ? 1 : 0);
    return static_cast<std::uint64_t>(ReverseBits(index)) + (std::uint64_t{1} << (32 - bits));
  }
  // The bucket that holds a position of the order of traversals, and the positions that are in it: [start,
  // end).
  struct Span {
    Bucket* bucket = nullptr;
    std::uint64_t start = 0;
    std::uint64_t end = 0;
  };
  Span SpanAt(std::uint64_t position) const noexcept {
    const std::uint32_t mask = mask_.load(std::memory_order_relaxed);  // under the lock
    const std::uint32_t count = active_.load(std::memory_order_relaxed);
    const std::uint32_t half = (mask >> 1) + 1;
    const std::uint32_t hash = ReverseBits(static_cast<std::uint32_t>(position));
    const std::uint32_t merged = hash & (half - 1);
    // As in BucketEnd(): one more bit where the bucket was split in this round.
    const bool wide = merged + half < count;
    const std::uint32_t bits = static_cast<std::uint32_t>(std::bit_width(mask >> 1)) + (wide ? 1 : 0);
    const std::uint64_t width = std::uint64_t{1} << (32 - bits);
    const std::uint64_t start = position & ~(width - 1);
    return {BucketAt(wide ? hash & mask : merged), start, start + width};
  }

  // What Find() and Append() are going to touch first, and, once that is there, next.
  void PrefetchBucket(std::uint32_t hash) const noexcept { Prefetch(BucketAt(Index(hash))); }
  void PrefetchRow(std::uint32_t hash) const noexcept {
    const Bucket* bucket = BucketAt(Index(hash));
    for (std::uint32_t mask = MatchingSlots(bucket, hash); mask != 0; mask &= mask - 1) {
      const std::uint64_t slot = bucket->slots[std::countr_zero(mask)];
      if (slot != 0) Prefetch(Cell(SlotRef(slot)));
    }
  }
  // Fetches the rows of a bucket; its own line must be there.
  void PrefetchRows(std::uint32_t hash) const noexcept { PrefetchRows(BucketAt(Index(hash))); }
  void PrefetchRows(const Bucket* bucket) const noexcept {
    for (const std::uint64_t slot : bucket->slots) {
      if (slot == 0) return;
      Prefetch(arena_.At(SlotRef(slot)));
    }
    if (bucket->overflow != 0) Prefetch(Overflow(bucket));
  }

  void Acquire() noexcept {
    if (IsBroken(Sabotage::kLock)) return (void)lock_.TryAcquire();
    if (lock_.Acquire()) CountWait();
  }
  void Release() noexcept { lock_.Release(); }
  // Makes readers without the lock retry until EndWrite().
  void BeginWrite() noexcept {
    if (IsBroken(Sabotage::kVersion)) return;
    version_.store(version_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    // The data stores that follow are releases, so none of them is visible before the odd version.
  }
  void EndWrite() noexcept {
    if (IsBroken(Sabotage::kVersion)) return;
    // release: pairs with the acquire load that begins an optimistic read.
    version_.store(version_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  static constexpr std::uint32_t kFlatBuckets = 4096;
  static constexpr std::uint32_t kSegments = 19;  // up to 2^31 buckets
  // Rows per bucket at which a stripe grows and shrinks: with seven slots few buckets overflow, and the gap
  // between the two keeps a table from splitting and merging in turn.
  static constexpr std::uint32_t kGrowAt = 4;
  static constexpr std::uint32_t kShrinkAt = 2;
  static constexpr int kStepsPerOperation = 2;
  // One wait outweighs this many operations that did not wait (the figures of OTP's contention adapting
  // tree).
  static constexpr std::int32_t kWaitWeight = 250;
  static constexpr std::int32_t kMostContention = 2000;

  std::uint32_t active() const noexcept {
    return active_.load(std::memory_order_acquire);
  }  // pairs with SetActive()
  void SetActive(std::uint32_t active) noexcept {
    mask_.store(2 * std::bit_floor(active) - 1,
                std::memory_order_release);  // pairs with the acquire in Index()
    active_.store(active, std::memory_order_release);
  }
  // The bucket of a hash. A reader without the lock may see the two words of different moments; any index is
  // safe for BucketAt(), and the version tells afterwards.
  std::uint32_t Index(std::uint32_t hash) const noexcept {
    const std::uint32_t mask = mask_.load(std::memory_order_acquire);  // pairs with SetActive()
    const std::uint32_t index = hash & mask;
    const std::uint32_t merged = hash & (mask >> 1);
    // Without a branch, which a random index would mispredict.
    const std::uint32_t inside = std::uint32_t{0} - static_cast<std::uint32_t>(index < active());
    return merged ^ ((index ^ merged) & inside);
  }

  // Segment k holds the buckets [kFlatBuckets << k, kFlatBuckets << (k + 1)).
  static std::uint32_t SegmentOf(std::uint32_t index) noexcept {
    return static_cast<std::uint32_t>(std::bit_width(index / kFlatBuckets)) - 1;
  }
  static std::uint32_t SegmentStart(std::uint32_t segment) noexcept { return kFlatBuckets << segment; }
  static std::size_t SegmentBytes(std::uint32_t segment) noexcept {
    return (std::size_t{kFlatBuckets} << segment) * sizeof(Bucket);
  }
  Bucket* BucketAt(std::uint32_t index) const noexcept {
    // acquire: pairs with the releases in ResizeFlat() and Grow(). A reader without the lock must see an
    // unchanged version before it touches the bucket: count and array may be of different moments.
    if (index < flat_count_.load(std::memory_order_acquire))
      return flat_.load(std::memory_order_acquire) + index;
    if (index < kFlatBuckets) return nullptr;
    const std::uint32_t segment = SegmentOf(index);
    Bucket* buckets = segments_[segment].load(std::memory_order_acquire);
    return buckets == nullptr ? nullptr : buckets + (index - SegmentStart(segment));
  }
  Bucket* Overflow(const Bucket* bucket) const noexcept {
    return bucket->overflow == 0
               ? nullptr
               : reinterpret_cast<Bucket*>(arena_.At(static_cast<RowRef>(bucket->overflow)));
  }

  void CountWait() noexcept {
    waits_.store(waits() + 1, std::memory_order_relaxed);
    if (contention_ < kMostContention) contention_ += kWaitWeight;
  }

  // Any key at any position.
  SlotPlace FindLong(Bytes key, std::uint32_t hash, std::uint32_t keypos) const noexcept;
  bool HasKey(std::uint8_t* cell, Bytes key, std::uint32_t keypos) const noexcept;
  const std::uint8_t* FirstRow(std::uint8_t* cell) const noexcept {
    return RowGroup::Is(cell) ? Cell(RowGroup(cell).row(0)) : cell;
  }
  // Makes a group of another capacity of the one or more rows of a slot. False when memory is short.
  bool Regroup(SlotPlace place, std::uint32_t capacity) noexcept;
  // A group has only `kept` rows of `count` left.
  void Settle(SlotPlace place, std::uint32_t count, std::uint32_t kept) noexcept;
  // hash_compact.cc
  void CompactBuckets() noexcept;
  bool CompactSlot(SlotPlace place) noexcept;
  RowRef MoveCell(RowRef ref, std::uint32_t bytes) noexcept;
  SlotPlace EndOfChain(Bucket* bucket) noexcept;
  Bucket* AddOverflow(Bucket* bucket) noexcept;
  // REQUIRES: the chain has an overflow bucket and the last one is empty.
  void DropLastOverflow(Bucket* bucket) noexcept;
  // Moves the flat array into one of another size. False when memory is short.
  bool ResizeFlat(std::uint32_t count) noexcept;
  bool Grow() noexcept;
  bool Shrink() noexcept;
  bool MoveMatching(Bucket* from, Bucket* to, std::uint32_t mask, std::uint32_t want) noexcept;
  std::uint64_t keys() const noexcept { return keys_.load(std::memory_order_relaxed); }
  void SetKeys(std::uint64_t keys) noexcept { keys_.store(keys, std::memory_order_relaxed); }
  void SetMoreRows(std::uint64_t rows) noexcept { more_rows_.store(rows, std::memory_order_relaxed); }

  // What every point operation reads, on one line.
  std::atomic<std::uint64_t> version_{0};
  std::atomic<std::uint32_t> active_{0};      // buckets in use
  std::atomic<std::uint32_t> mask_{0};        // for the highest power of two of them
  std::atomic<std::uint32_t> flat_count_{0};  // buckets of the flat array, a power of two
  Lock lock_;  // LockLevel::kStripe, sequence: the stripe's number; protects every write here
  std::atomic<Bucket*> flat_{nullptr};
  std::atomic<std::uint64_t> keys_{0};
  std::uint32_t first_count_ = 0;  // buckets of an empty stripe; constant after Start()
  std::int32_t contention_ = 0;
  Arena arena_;  // what At() reads comes first
  std::atomic<std::uint64_t> waits_{0};
  std::atomic<Bucket*> segments_[kSegments] = {};
  std::atomic<std::uint64_t> more_rows_{0};  // of groups, beyond the first one of each
  std::atomic<std::size_t> ghost_bytes_{0};  // so that Memory() need not look at ghosts_
  std::unique_ptr<Stripe> ghosts_;           // rows of one element, the canonical key; null: none
  std::uint32_t to_compact_ = 0;             // buckets that an evacuation has still to visit, the lowest ones
  std::uint64_t rest_ = 0;                   // removals until the next one may begin
  Epochs& epochs_;
};

// Holds a stripe's lock.
class StripeReader {
 public:
  StripeReader(Stripe& stripe, std::uint64_t number) noexcept : stripe_(stripe), number_(number) {
    TraceLock(LockLevel::kStripe, number_);
    stripe_.Acquire();
  }
  ~StripeReader() {
    stripe_.Release();
    TraceUnlock(LockLevel::kStripe, number_);
  }
  StripeReader(const StripeReader&) = delete;
  StripeReader& operator=(const StripeReader&) = delete;

 private:
  Stripe& stripe_;
  std::uint64_t number_;
};

}  // namespace termstore
