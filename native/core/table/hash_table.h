// Tables of type set, and what bags (bag_table.h) have in common with them: rows under canonical keys, in
// stripes.
//
// LOCKS   A point operation takes the lock of its key's stripe; point reads take none while no writer is in
//         that stripe. Several stripes are locked in ascending order, under the gate (docs/concurrency.md).
// ATOMIC  InsertMany and DeleteAll hold every stripe they touch until they are done, and the gate alone:
//         neither a point read nor a traversal's chunk sees a part of them.
// ADAPTS  With write concurrency 'auto' the table begins with one stripe and is divided while it is still
//         small, and once more where threads contend (hash_adapt.cc). Who holds the gate
//         keeps the set of stripes as it is; who does not compares it, once it has the lock of one of its
//         stripes, with the table's: a stripe of the present set is alive until that lock is released.
#pragma once

#include <memory>

#include "core/table/stripe_set.h"
#include "core/table/table.h"
#include "core/term/hash.h"

namespace termstore {

// When a table that adapts is divided, at the latest: dividing copies it as a whole. The default keeps that
// below a millisecond.
struct AdaptLimits {
  std::uint64_t rows = 4096;
  std::size_t bytes = std::size_t{1} << 20;
};

class HashTable : public Table {
 public:
  // Null when memory is short. `secret` must outlive the table.
  static std::unique_ptr<Table> Make(const TableTraits& traits, Epochs& epochs, const HashSecret& secret,
                                     const AdaptLimits& limits = {}) noexcept;
  ~HashTable() override;

  Status Lookup(Bytes key, Reply& reply) noexcept override;
  Status Member(Bytes key) noexcept override;
  Status LookupElement(Bytes key, std::uint32_t position, Reply& reply) noexcept override;

  Status Insert(const RowInput& row) noexcept override;
  Status InsertNew(const RowInput& row) noexcept override;
  Status InsertMany(const RowInput* rows, std::uint32_t count, bool only_new) noexcept override;
  Status InsertPacked(const PackedRows& rows, bool only_new) noexcept override;

  Status Delete(Bytes key) noexcept override;
  Status DeleteObject(const RowInput& row) noexcept override;
  Status Take(Bytes key, Reply& reply) noexcept override;
  Status DeleteAll(std::uint64_t* rows) noexcept override;
  Status Edit(Bytes key, Editor& editor, const RowInput* fallback) noexcept override;

  Status Step(Direction direction, Bytes key, StepPart part, Reply& reply) noexcept override;
  Status StepRun(Direction direction, Bytes key, const RangeRequest& limits, Reply& reply,
                 ChunkResult& result) noexcept override;
  Status Range(const RangeRequest& request, Reply& reply, ChunkResult& result) noexcept override;
  Status Scan(HashCursor& cursor, const RangeRequest& limits, Reply& reply,
              ChunkResult& result) noexcept override;
  Status Select(SelectRequest& request, Reply& reply, SelectResult& result) noexcept override;

  Status Slot(std::uint64_t index, Reply& reply) noexcept override;

  void Fix() noexcept override;
  void Unfix() noexcept override;

  RowStamp Stamp(Bytes key) noexcept override;

  Status Describe(Reply& reply) noexcept override;
  std::uint64_t Size() const noexcept override;
  std::size_t Memory() const noexcept override;
  std::uint64_t Waits() const noexcept override;

 protected:
  friend struct HashTableProbe;  // native/test: looks at stripes and replaces them

  HashTable(const TableTraits& traits, Epochs& epochs, const HashSecret& secret,
            const AdaptLimits& limits) noexcept
      : Table(traits, epochs), secret_(secret), limits_(limits) {}

  // acquire: pairs with the release in Publish(); the stripes of the set are complete.
  StripeSet stripes() const noexcept { return stripes_.load(std::memory_order_acquire); }

  // Where a key belongs in a set of stripes.
  struct Home {
    StripeSet set;
    std::uint32_t number;
    std::uint32_t hash;  // inside the stripe
    KeyWords words;      // of keys up to 16 bytes

    Stripe& stripe() const noexcept { return set[number]; }
    SlotPlace Find(Bytes key, std::uint32_t keypos) const noexcept {
      return stripe().Find(key, words, hash, keypos);
    }
  };
  Home HomeOf(Bytes key) const noexcept {
    const StripeSet set = stripes();
    const bool small = key.size <= kKeyWordsBytes;
    const KeyWords words = small ? LoadKeyWords(key) : KeyWords{};
    const auto hash =
        static_cast<std::uint32_t>(small ? HashWords(words, key.size, secret_) : HashBytes(key, secret_));
    // A branch for the single stripe: the processor guesses it, and need not wait for the hash to know the
    // stripe.
    if (set.bits() == 0) [[likely]]
      return {set, 0, hash, words};
    return {set, set.NumberOf(hash), set.Inside(hash), words};
  }
  // The same in every set of stripes. Its lowest bits choose a stripe and a version word, of which there are
  // no fewer: the lock of a row's stripe therefore guards the row's word.
  static std::uint32_t HashOf(const Home& home) noexcept { return home.set.Outside(home.hash); }

  // Holds the lock of a key's stripe.
  class KeyLock {
   public:
    // Inlined, as the rest of the way to a row: the home stays in registers.
    TERMSTORE_INLINE KeyLock(HashTable& table, const Home& home) noexcept : table_(table), home_(home) {
      while (!TryHold()) [[unlikely]] home_ = Moved(table_, Home(home_));
    }
    TERMSTORE_INLINE ~KeyLock() {
      Stripe& stripe = home_.stripe();
      bool divide = false;
      if (table_.adapts()) [[unlikely]] {
        stripe.CountCalm();
        divide = table_.NeedsDivision(home_.set, stripe);
      }
      stripe.Release();
      TraceUnlock(LockLevel::kStripe, home_.number);
      if (divide) [[unlikely]]
        table_.Divide(home_.set);
    }
    KeyLock(const KeyLock&) = delete;
    KeyLock& operator=(const KeyLock&) = delete;

    HashTable& table() const noexcept { return table_; }
    const Home& home() const noexcept { return home_; }
    Stripe& stripe() const noexcept { return home_.stripe(); }

   private:
    // False when the stripes were replaced.
    TERMSTORE_INLINE bool TryHold() noexcept {
      TraceLock(LockLevel::kStripe, home_.number);
      home_.stripe().Acquire();
      // relaxed: the set is replaced under the lock of each of its stripes.
      if (table_.stripes_.load(std::memory_order_relaxed) == home_.set) [[likely]]
        return true;
      home_.stripe().Release();
      TraceUnlock(LockLevel::kStripe, home_.number);
      return false;
    }
    TERMSTORE_NOINLINE static Home Moved(const HashTable& table, Home home) noexcept {
      const std::uint32_t hash = home.set.Outside(home.hash);
      const StripeSet set = table.stripes();
      return {set, set.NumberOf(hash), set.Inside(hash), home.words};
    }

    HashTable& table_;
    Home home_;
  };
  // As KeyLock, for changing the stripe; readers without the lock retry meanwhile.
  class KeyWriter {
   public:
    TERMSTORE_INLINE KeyWriter(HashTable& table, Bytes key) noexcept : lock_(table, table.HomeOf(key)) {
      lock_.stripe().BeginWrite();
    }
    TERMSTORE_INLINE ~KeyWriter() {
      lock_.table().versions_.Raise(HashOf(lock_.home()));
      lock_.stripe().EndWrite();
    }
    KeyWriter(const KeyWriter&) = delete;
    KeyWriter& operator=(const KeyWriter&) = delete;

    const Home& home() const noexcept { return lock_.home(); }
    Stripe& stripe() const noexcept { return lock_.stripe(); }

   private:
    KeyLock lock_;
  };

  // hash_adapt.cc
  bool adapts() const noexcept { return adapts_.load(std::memory_order_relaxed); }
  // REQUIRES: adapts(); the lock of the stripe, which is one of `set`.
  bool NeedsDivision(StripeSet set, const Stripe& stripe) const noexcept {
    return stripe.contention() >= kHot ||
           (set.bits() == 0 && (stripe.rows() > limits_.rows || stripe.arena().memory() > limits_.bytes));
  }
  // Divides the table, unless `seen` is its set of stripes no more, or it is too large to be divided a second
  // time. When memory is short it stays as it is, and adapts no longer. REQUIRES: no lock is held.
  TERMSTORE_NOINLINE void Divide(StripeSet seen) noexcept;
  // Whether dividing is short, also once so many rows and bytes more are there. REQUIRES: the gate is held.
  bool IsSmallWith(std::uint32_t rows, std::size_t bytes) const noexcept;
  // Before rows of `bytes` bytes are added. REQUIRES: the gate is held alone.
  void DivideFor(std::uint32_t rows, std::size_t bytes) noexcept;
  // After a slice of a selection, which may have made rows larger. REQUIRES: no lock is held.
  void DivideIfLarge() noexcept;
  // Replaces the stripes by 2^bits others with copies of all rows and ghosts. False, and the table is as it
  // was, when memory is short. REQUIRES: the gate is held alone.
  bool Redistribute(std::uint32_t bits) noexcept;
  static bool CopyAll(StripeSet from, StripeSet to) noexcept;
  // Back to one empty stripe, if the table adapts. False when it is still there with its rows. REQUIRES:
  // `locks` holds all; no ghosts.
  class BulkLocks;
  bool StartOver(BulkLocks& locks) noexcept;
  // Puts `fresh` in the place of the set that `locks` holds as a whole; readers that still know the old one
  // find its versions odd for ever, take the lock and then look again.
  void Publish(StripeSet fresh, BulkLocks& locks) noexcept;

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
    const KeyLock lock(*this, home);
    const SlotPlace place = lock.home().Find(key, traits().keypos);
    return place ? found(lock.stripe(), place) : Status::kNotFound;
  }
  // As WithKey(), for removing rows.
  template <typename Found>
  Status ChangeKey(Bytes key, Found found) noexcept {
    const KeyWriter writer(*this, key);
    const SlotPlace place = writer.home().Find(key, traits().keypos);
    if (!place) return Status::kNotFound;
    const Status status = found(writer.stripe(), place);
    writer.stripe().CompactSome();
    return status;
  }
  // Every removal of rows comes through here: deletes those rows of a slot for which want(RowView) is true,
  // and leaves a ghost of the key while the table is fixed. `*removed` (if any) is how many there were. kOk,
  // kNotFound (none), kNoMemory (nothing has changed). REQUIRES: a writer of the stripe.
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

  // hash_insert_many.cc
  // What InsertMany did for one row, so that it can be undone.
  struct BulkStep {
    std::uint32_t at = 0;   // of the row in its batch
    RowRef fresh = kNoRow;  // kNoRow: nothing was added
    RowRef old = kNoRow;    // replaced and kept until the end; kNoRow: none
  };
  // One row of an InsertMany: kOk with `step`, or kNoMemory and no change.
  virtual Status PutOne(const RowInput& row, const Home& home, BulkStep& step) noexcept;
  // Takes back what PutOne() did. REQUIRES: later steps are taken back already.
  virtual void UndoOne(const RowInput& row, const Home& home, const BulkStep& step) noexcept;
  template <typename Rows>
  Status InsertRows(const Rows& rows, bool only_new) noexcept;
  template <typename Rows>
  Status ApplyBulk(const Rows& rows, BulkStep* steps) noexcept;
  // Calls visit(i, at, row, home) for each row until it returns false; what finding a row touches is fetched
  // while the rows before are at work.
  template <typename Rows, typename Visit>
  bool VisitAhead(const Rows& rows, Visit visit) noexcept;
  bool LeaveGhosts() noexcept;
  // Whoever changes a row and began before this call has ended: one who did not see yet what the caller has
  // just stored is over when its stripe's lock was held once, and one in stripes that were replaced is over
  // since then. REQUIRES: the gate is held.
  void PassEveryWriter() noexcept;
  // Size() for who holds the gate.
  std::uint64_t CountRows() const noexcept;

  // hash_select.cc
  class Selection;

  // hash_step.cc
  // The next key in traversal order is the lowest (position, canonical bytes): found(stripe, place) gives the
  // status; kNotFound when there is none. False when the stripes were replaced meanwhile and the step has to
  // be done again.
  template <typename Found>
  bool TryStep(Bytes key, Found found, Status* status) noexcept;
  bool TryStepRun(Bytes key, const RangeRequest& limits, Reply& reply, ChunkResult& result,
                  Status* status) noexcept;
  // Whether steps go on from `key`: it is there, or was deleted while the table is fixed.
  bool IsPlace(const Home& home, Bytes key) const noexcept;
  // As TryStep(), for the first key from a position on.
  template <typename Found>
  bool FirstFrom(StripeSet set, std::uint64_t from, Found found, Status* status) noexcept;
  class BucketInOrder;
  SlotPlace LowestFrom(const Stripe& stripe, std::uint32_t hash, std::uint64_t position) const noexcept;
  bool KeyBefore(const Stripe& stripe, SlotPlace a, SlotPlace b) const noexcept;
  bool Deliver(const Stripe& stripe, SlotPlace place, bool keys_only, Reply& reply,
               ChunkResult& result) const noexcept;
  bool DeliverBucket(const Stripe& stripe, const Stripe::Span& span, std::uint64_t position, bool keys_only,
                     Reply& reply, ChunkResult& result) const noexcept;
  Status AppendStep(const Stripe& stripe, SlotPlace place, StepPart part, Reply& reply) const noexcept;

  static constexpr std::uint32_t kDividedBits = 6;
  static constexpr std::uint32_t kContendedBits = StripeSet::kMostBits;
  static_assert(kContendedBits <= VersionWords::kMostBits);
  // Of a stripe that is alone, and of one among others.
  static constexpr std::uint32_t kFewestBuckets = 8;
  static constexpr std::uint32_t kFewestBucketsDivided = 1;
  static constexpr std::int32_t kHot = 1000;

  const HashSecret& secret_;
  std::atomic<StripeSet> stripes_{};
  // Waits for locks of stripes that were replaced; written under all locks of the set.
  std::atomic<std::uint64_t> past_waits_{0};
  std::atomic<bool> adapts_{false};  // as long as it may be divided once more, and that has not failed
  const AdaptLimits limits_;
};

}  // namespace termstore
