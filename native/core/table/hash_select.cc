// Selecting from a hash table: a walk in the order of Scan(), or over the rows of given keys, that may change
// what it finds.
#include "core/memory/pod_array.h"
#include "core/table/buckets_ahead.h"
#include "core/table/hash_table.h"
#include "core/term/compare.h"

namespace termstore {
namespace {

// A stripe's lock, as the mode needs it.
class StripeHold {
 public:
  // What may change are the rows whose hash is `hash` in its bits below `step`.
  StripeHold(Stripe& stripe, std::uint64_t number, RowVersions* versions, std::uint32_t hash,
             std::uint64_t step) noexcept
      : reader_(stripe, number), stripe_(stripe), versions_(versions), hash_(hash), step_(step) {
    if (versions_ != nullptr) stripe_.BeginWrite();
  }
  ~StripeHold() {
    if (versions_ == nullptr) return;
    versions_->RaiseEvery(hash_, step_);
    stripe_.EndWrite();
  }
  StripeHold(const StripeHold&) = delete;
  StripeHold& operator=(const StripeHold&) = delete;

 private:
  StripeReader reader_;
  Stripe& stripe_;
  RowVersions* const versions_;  // null: nothing changes, readers without the lock need not wait
  const std::uint32_t hash_;
  const std::uint64_t step_;
};

}  // namespace

// One Select() call.
class HashTable::Selection {
 public:
  Selection(HashTable& table, SelectRequest& request, Reply& reply, SelectResult& result) noexcept
      : table_(table),
        cursor_(request.cursor),
        versions_(ChangesRows(request.mode) ? &table.versions_ : nullptr),
        removes_(request.mode == SelectMode::kDelete || request.mode == SelectMode::kTake),
        selector_(request.mode, request.run, request.limits, table.traits().codec, reply, result) {}

  // The rows of the keys from the cursor on. True when there are no more.
  bool VisitKeys(const Bytes* keys, std::uint32_t count) noexcept {
    while (cursor_.position < count) {
      if (selector_.full()) return false;
      const Bytes key = keys[cursor_.position];
      const Home home = table_.HomeOf(key);
      Stripe& stripe = home.stripe();
      const StripeHold hold(stripe, home.number, versions_, HashOf(home), kOneHash);
      const SlotPlace place = home.Find(key, table_.traits().keypos);
      if (place) VisitSlot(stripe, place);
      if (selector_.failed()) return false;
      if (removes_) stripe.CompactSome();
      ++cursor_.position;
    }
    return true;
  }

  // All rows from the cursor on. True when there are no more.
  bool VisitAll() noexcept {
    const StripeSet set = table_.stripes();
    while (cursor_.position < StripeSet::kEnd) {
      if (selector_.full()) return false;
      const std::uint32_t number = set.NumberAt(cursor_.position);
      Stripe& stripe = set[number];
      const StripeHold hold(stripe, number, versions_, number, set.count());
      selector_.Expect(stripe.rows());
      std::uint64_t position = stripe.rows() == 0 ? StripeSet::kEnd : set.PositionInside(cursor_.position);
      if (selector_.counts_all() && position == 0) {
        selector_.CountAll(stripe.rows());
        position = StripeSet::kEnd;
      }
      if (versions_ == nullptr) {
        position = LookAtAll(stripe, position);
        cursor_.position = set.PositionOf(number, position);
        if (position < StripeSet::kEnd) return false;
        continue;
      }
      BucketsAhead ahead(stripe, position);
      while (position < StripeSet::kEnd) {
        if (selector_.full()) return false;
        // Before anything is removed: the table may shrink then, and its buckets become wider.
        const std::uint64_t end = stripe.BucketEnd(ReverseBits(static_cast<std::uint32_t>(position)));
        ahead.Step();
        VisitBucket(stripe, position, end);
        if (selector_.failed()) return false;
        position = end;
        cursor_.position = set.PositionOf(number, position);
      }
      cursor_.position = set.PositionOf(number, position);
    }
    return true;
  }

  Status status() const noexcept { return selector_.status(); }

 private:
  // The rows of a stripe from a position on, which no row's visit changes. Where the slice ends.
  std::uint64_t LookAtAll(const Stripe& stripe, std::uint64_t position) noexcept {
    BucketWalk walk(stripe, position);
    while (position < StripeSet::kEnd && !selector_.full()) {
      const Stripe::Span span = walk.span();
      walk.Step();
      stripe.VisitChain(span.bucket, [&](SlotPlace place) {
        if (position != span.start && ReverseBits(SlotHash(place.slot())) < position) return true;
        LookAt(stripe, place);
        return !selector_.failed();
      });
      if (selector_.failed()) break;
      position = span.end;
    }
    return position;
  }
  void LookAt(const Stripe& stripe, SlotPlace place) noexcept {
    stripe.VisitRows(place, [&](RowRef ref) {
      (void)selector_.Visit(RowView(stripe.Cell(ref)).payload());
      return !selector_.failed();
    });
  }

  // The rows of a bucket with a position in [from, end).
  void VisitBucket(Stripe& stripe, std::uint64_t from, std::uint64_t end) noexcept {
    slots_.Truncate(0);
    stripe.VisitBucket(ReverseBits(static_cast<std::uint32_t>(from)), [&](SlotPlace place) {
      const std::uint64_t at = ReverseBits(SlotHash(place.slot()));
      if (at < from || at >= end) return true;
      if (!removes_) {
        VisitSlot(stripe, place);
      } else if (!slots_.Push(place.slot())) {
        selector_.Fail(Status::kNoMemory);
      }
      return !selector_.failed();
    });
    // Removals move slots, so they wait until the bucket was read.
    for (std::uint32_t i = 0; i < slots_.size() && !selector_.failed(); ++i)
      VisitSlot(stripe, stripe.FindRef(SlotHash(slots_[i]), SlotRef(slots_[i])));
    // And moving rows waits until these references are used.
    for (std::uint32_t i = 0; i < slots_.size(); ++i) stripe.CompactSome();
  }

  // All rows of a key.
  void VisitSlot(Stripe& stripe, SlotPlace place) noexcept {
    if (removes_) {
      std::uint32_t removed = 0;
      const Status status = table_.Erase(
          stripe, place, [&](RowView row) { return selector_.Visit(row.payload()) == Verdict::kRemove; },
          &removed);
      selector_.CountChanges(removed);
      if (status == Status::kNoMemory) selector_.Fail(status);
      return;
    }
    std::uint32_t index = 0;
    stripe.VisitRows(place, [&](RowRef ref) {
      const Verdict verdict = selector_.Visit(RowView(stripe.Cell(ref)).payload());
      if (verdict == Verdict::kReplace) Replace(stripe, place, ref, index);
      ++index;
      return !selector_.failed();
    });
  }

  void Replace(Stripe& stripe, SlotPlace place, RowRef old, std::uint32_t index) noexcept {
    const RowView present(stripe.Cell(old));
    const std::uint32_t keypos = table_.traits().keypos;
    const Bytes key = RowElement(selector_.replacement(), keypos);
    if (!key || !TermsEqual(key, present.KeyElement(keypos))) return selector_.Fail(Status::kBadArg);
    const Bytes canonical = present.CanonicalKey(keypos);
    const RowInput row{selector_.replacement(), canonical, !SameBytes(key, canonical)};
    const Status status = Put(stripe, place, old, index, row);
    if (status != Status::kOk) return selector_.Fail(status);
    selector_.CountChanges(1);
  }

  Status Put(Stripe& stripe, SlotPlace place, RowRef old, std::uint32_t index, const RowInput& row) noexcept {
    std::uint8_t* cell = stripe.Cell(SlotRef(place.slot()));
    if (RowGroup::Is(cell)) {
      const RowRef fresh = NewRow(stripe, row);
      if (fresh == kNoRow) return Status::kNoMemory;
      RowGroup(cell).SetRow(index, fresh);
      stripe.arena().Free(old);
      return Status::kOk;
    }
    // The row's canonical key lies in the old cell, which cannot be written over while it is read.
    return row.separate_key ? Renew(stripe, place, row) : table_.Replace(stripe, place, row);
  }

  static constexpr std::uint64_t kOneHash = std::uint64_t{1} << 32;

  HashTable& table_;
  HashCursor& cursor_;
  RowVersions* const versions_;  // null: no row changes
  const bool removes_;
  Selector selector_;
  PodArray<std::uint64_t> slots_;  // of the bucket under way, in removals
};

Status HashTable::Select(SelectRequest& request, Reply& reply, SelectResult& result) noexcept {
  result = {};
  if (request.mode == SelectMode::kReplace && traits().type == TableType::kBag) return Status::kTableType;
  Status status = Status::kOk;
  {
    const SharedGate shared(gate_);
    Selection selection(*this, request, reply, result);
    result.done =
        request.keys == nullptr ? selection.VisitAll() : selection.VisitKeys(request.keys, request.key_count);
    status = selection.status();
  }
  if (request.mode == SelectMode::kReplace && adapts()) DivideIfLarge();
  return status;
}

}  // namespace termstore
