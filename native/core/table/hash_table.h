// Tables of type set, and what bags (bag_table.h) have in common with them: rows under canonical keys, in
// stripes.
//
// LOCKS   A point operation takes the lock of its key's stripe; point reads take none while no writer is in
// that
//         stripe. Several stripes are locked in ascending order, under the gate (docs/concurrency.md).
// ATOMIC  InsertMany and DeleteAll hold every stripe they touch until they are done, and the gate alone:
// neither a
//         point read nor a traversal's chunk sees a part of them.
#pragma once

#include <memory>

#include "core/table/hash_stripe.h"
#include "core/table/table.h"
#include "core/term/hash.h"

namespace termstore {

class HashTable : public Table {
 public:
  static constexpr std::uint32_t kStripes = 64;

  // Null when memory is short. `secret` must outlive the table.
  static std::unique_ptr<Table> Make(const TableTraits& traits, Epochs& epochs,
                                     const HashSecret& secret) noexcept;
  ~HashTable() override;

  Status Lookup(Bytes key, Reply& reply) noexcept override;
  Status Member(Bytes key) noexcept override;
  Status LookupElement(Bytes key, std::uint32_t position, Reply& reply) noexcept override;

  Status Insert(const RowInput& row) noexcept override;
  Status InsertNew(const RowInput& row) noexcept override;
  Status InsertMany(const RowInput* rows, std::uint32_t count, bool only_new) noexcept override;

  Status Delete(Bytes key) noexcept override;
  Status DeleteObject(const RowInput& row) noexcept override;
  Status Take(Bytes key, Reply& reply) noexcept override;
  Status DeleteAll(std::uint64_t* rows) noexcept override;
  Status Edit(Bytes key, Editor& editor, const RowInput* fallback) noexcept override;

  Status Step(Direction direction, Bytes key, StepPart part, Reply& reply) noexcept override;
  Status Range(const RangeRequest& request, Reply& reply, ChunkResult& result) noexcept override;
  Status Scan(HashCursor& cursor, const RangeRequest& limits, Reply& reply,
              ChunkResult& result) noexcept override;
  Status Select(SelectRequest& request, Reply& reply, SelectResult& result) noexcept override;

  Status Slot(std::uint64_t index, Reply& reply) noexcept override;

  void Fix() noexcept override;
  void Unfix() noexcept override;

  Status Describe(Reply& reply) noexcept override;
  std::uint64_t Size() const noexcept override;
  std::size_t Memory() const noexcept override;

 protected:
  friend struct HashTableProbe;  // native/test: looks at stripes and at single optimistic reads

  HashTable(const TableTraits& traits, Epochs& epochs, const HashSecret& secret) noexcept
      : Table(traits, epochs), secret_(secret) {}

  // Where a key belongs: the stripe by the highest bits of its hash, everything else by the lowest 32.
  struct Home {
    std::uint32_t stripe;
    std::uint32_t hash;
    KeyWords words;  // of keys up to 16 bytes
  };
  Home HomeOf(Bytes key) const noexcept {
    Home home{0, 0, {}};
    const bool small = key.size <= kKeyWordsBytes;
    if (small) home.words = LoadKeyWords(key);
    const std::uint64_t hash = small ? HashWords(home.words, key.size, secret_) : HashBytes(key, secret_);
    home.stripe = static_cast<std::uint32_t>((hash >> 32) >> stripe_shift_);
    home.hash = static_cast<std::uint32_t>(hash);
    return home;
  }

  enum class Optimistic : std::uint8_t { kHit, kMiss, kRetry };
  // Copies the row with its header to region - 4. kRetry: a writer was there, or the row is large or has a
  // separate key; then the lock decides.
  Optimistic TryCopy(const Stripe& stripe, Bytes key, const Home& home, Reply& reply,
                     std::uint32_t* size) const noexcept;
  bool CopiedRowHasKey(const std::uint8_t* payload, std::uint32_t size, Bytes key) const noexcept;

  // TryCopy() for those who cannot have it inlined.
  Optimistic TryCopyRow(Bytes key, const Home& home, Reply& reply, std::uint32_t* size) const noexcept;
  // Runs found(stripe, place) under the stripe's lock; kNotFound when the key is not there.
  template <typename Found>
  Status WithKey(Bytes key, const Home& home, Found found) noexcept {
    Stripe& stripe = stripes_[home.stripe];
    StripeReader reader(stripe, home.stripe);
    const SlotPlace place = stripe.Find(key, home.words, home.hash, traits().keypos);
    return place ? found(stripe, place) : Status::kNotFound;
  }
  // As WithKey(), for changing the stripe.
  template <typename Found>
  Status ChangeKey(Bytes key, Found found) noexcept {
    const Home home = HomeOf(key);
    Stripe& stripe = stripes_[home.stripe];
    StripeWriter writer(stripe, home.stripe);
    const SlotPlace place = stripe.Find(key, home.words, home.hash, traits().keypos);
    return place ? found(stripe, place) : Status::kNotFound;
  }
  // Every removal of rows comes through here: deletes those rows of a slot for which want(RowView) is true,
  // and leaves a ghost of the key while the table is fixed. `*removed` (if any) is how many there were. kOk,
  // kNotFound (none), kNoMemory (nothing has changed). REQUIRES: a StripeWriter.
  template <typename Want>
  Status Erase(Stripe& stripe, SlotPlace place, Want want, std::uint32_t* removed = nullptr) noexcept {
    bool remembered = true;
    const std::uint32_t count = stripe.RemoveRows(
        place, [&](RowRef ref) { return want(RowView(stripe.Cell(ref))); },
        [&] {
          // Also for a key of which rows are left: then the ghost does no harm.
          if (fixes_.load(std::memory_order_relaxed) != 0) remembered = LeaveGhost(stripe, place);
          return remembered;
        });
    if (removed != nullptr) *removed = count;
    return count > 0 ? Status::kOk : remembered ? Status::kNotFound : Status::kNoMemory;
  }
  bool LeaveGhost(Stripe& stripe, SlotPlace place) const noexcept {
    return stripe.AddGhost(CanonicalKey(stripe, place), SlotHash(place.slot()));
  }
  Bytes CanonicalKey(const Stripe& stripe, SlotPlace place) const noexcept {
    return RowView(stripe.FirstRow(place)).CanonicalKey(traits().keypos);
  }
  // All rows of a slot's key, as sized rows.
  static Status AppendRows(const Stripe& stripe, SlotPlace place, Reply& reply) noexcept;

  // A cell with `row` in it; kNoRow when memory is short.
  static RowRef NewRow(Stripe& stripe, const RowInput& row) noexcept;
  Status Place(Stripe& stripe, const RowInput& row, std::uint32_t hash) noexcept;
  static Status Renew(Stripe& stripe, SlotPlace place, const RowInput& row) noexcept;
  Status Replace(Stripe& stripe, SlotPlace place, const RowInput& row) noexcept;
  Status ApplyEdit(Stripe& stripe, SlotPlace place, const RowEdit& edit) noexcept;
  Status EditFallback(Stripe& stripe, std::uint32_t hash, Editor& editor, const RowInput& fallback) noexcept;

  // What InsertMany did for one row, so that it can be undone.
  struct BulkStep {
    Home home;
    RowRef fresh = kNoRow;  // kNoRow: nothing was added
    RowRef old = kNoRow;    // replaced and kept until the end; kNoRow: none
  };
  class BulkLocks;
  // One row of an InsertMany: kOk with `step`, or kNoMemory and no change.
  virtual Status PutOne(Stripe& stripe, const RowInput& row, BulkStep& step) noexcept;
  // Takes back what PutOne() did. REQUIRES: later steps are taken back already.
  virtual void UndoOne(Stripe& stripe, const RowInput& row, const BulkStep& step) noexcept;
  bool LeaveGhosts() noexcept;
  // Size() for who holds the gate.
  std::uint64_t CountRows() const noexcept;
  Status ApplyBulk(const RowInput* rows, std::uint32_t count, BulkStep* steps) noexcept;

  // hash_select.cc
  class Selection;

  // The next key in traversal order is the lowest (stripe, reversed hash, canonical bytes).
  Status FirstFrom(std::uint32_t stripe, std::uint64_t position, StepPart part, Reply& reply) noexcept;
  bool KeyBefore(const Stripe& stripe, SlotPlace a, SlotPlace b) const noexcept;
  bool Deliver(const Stripe& stripe, SlotPlace place, bool keys_only, Reply& reply,
               ChunkResult& result) const noexcept;
  Status AppendStep(const Stripe& stripe, SlotPlace place, StepPart part, Reply& reply) const noexcept;

  const HashSecret& secret_;
  std::uint32_t stripe_count_ = 0;
  std::uint32_t stripe_shift_ = 32;  // 32 - log2(stripe_count_)
  Stripe* stripes_ = nullptr;        // stripe_count_ of them, cache-line aligned
};

}  // namespace termstore
