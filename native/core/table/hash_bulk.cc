// Making a hash table, and what concerns many rows at once.
#include <new>

#include "core/table/bag_table.h"
#include "core/table/bulk_locks.h"

namespace termstore {

std::unique_ptr<Table> HashTable::Make(const TableTraits& traits, Epochs& epochs, const HashSecret& secret,
                                       const AdaptLimits& limits) noexcept {
  const bool bag = traits.type == TableType::kBag || traits.type == TableType::kDuplicateBag;
  std::unique_ptr<HashTable> table(bag ? new (std::nothrow) BagTable(traits, epochs, secret, limits)
                                       : new (std::nothrow) HashTable(traits, epochs, secret, limits));
  if (!table) return nullptr;
  const bool divided = traits.write_concurrency == WriteConcurrency::kOn;
  const StripeSet set = divided ? StripeSet::Make(epochs, kDividedBits, kFewestBucketsDivided, 0, {})
                                : StripeSet::Make(epochs, 0, kFewestBuckets, 0, {});
  table->stripes_.store(set, std::memory_order_relaxed);
  table->adapts_.store(traits.write_concurrency == WriteConcurrency::kAuto, std::memory_order_relaxed);
  return set ? std::move(table) : nullptr;
}

HashTable::~HashTable() {
  const StripeSet set = stripes();
  if (set) StripeSet::Delete(set.array(), set.bytes());
}

std::uint64_t HashTable::Size() const noexcept {
  const SharedGate shared(gate_);
  return CountRows();
}

std::uint64_t HashTable::CountRows() const noexcept {
  std::uint64_t rows = 0;
  for (const Stripe& stripe : stripes()) rows += stripe.rows();
  return rows;
}

std::size_t HashTable::Memory() const noexcept {
  std::size_t bytes = sizeof(HashTable) + versions_.memory();
  for (const Stripe& stripe : stripes()) bytes += stripe.Memory();
  return bytes;
}

Status HashTable::PutOne(const RowInput& row, BulkStep& step) noexcept {
  Stripe& stripe = step.home.stripe();
  const RowRef fresh = NewRow(stripe, row);
  if (fresh == kNoRow) return Status::kNoMemory;
  const SlotPlace place = step.home.Find(row.key, traits().keypos);
  if (place) {
    step.old = SlotRef(place.slot());
    place.Set(MakeSlot(step.home.hash, fresh));
  } else if (!stripe.Append(step.home.hash, fresh)) {
    stripe.arena().Free(fresh);
    return Status::kNoMemory;
  }
  step.fresh = fresh;
  return Status::kOk;
}

void HashTable::UndoOne(const RowInput&, const BulkStep& step) noexcept {
  Stripe& stripe = step.home.stripe();
  const SlotPlace place = stripe.FindRef(step.home.hash, step.fresh);
  if (step.old != kNoRow) {
    place.Set(MakeSlot(step.home.hash, step.old));
  } else {
    stripe.Remove(place);
  }
  stripe.arena().Free(step.fresh);
}

Status HashTable::ApplyBulk(const RowInput* rows, std::uint32_t count, BulkStep* steps) noexcept {
  std::uint32_t done = 0;
  Status status = Status::kOk;
  for (; done < count; ++done) {
    status = PutOne(rows[done], steps[done]);
    if (status != Status::kOk) break;
  }
  if (status == Status::kOk) {
    for (std::uint32_t i = 0; i < count; ++i) {
      versions_.Raise(HashOf(steps[i].home));
      if (steps[i].old != kNoRow) steps[i].home.stripe().arena().Free(steps[i].old);
    }
    return status;
  }
  while (done-- > 0) UndoOne(rows[done], steps[done]);
  return status;
}

Status HashTable::InsertMany(const RowInput* rows, std::uint32_t count, bool only_new) noexcept {
  std::unique_ptr<BulkStep[]> steps(new (std::nothrow) BulkStep[count]);
  if (!steps) return Status::kNoMemory;
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < count; ++i) bytes += rows[i].CellBytes();
  ExclusiveGate alone(gate_);
  if (adapts()) DivideFor(count, bytes);
  BulkLocks locks(stripes());
  for (std::uint32_t i = 0; i < count; ++i) {
    steps[i].home = HomeOf(rows[i].key);
    locks.Want(steps[i].home.number);
  }
  locks.Acquire();
  for (std::uint32_t i = 0; only_new && i < count; ++i) {
    if (steps[i].home.Find(rows[i].key, traits().keypos)) return Status::kExists;
  }
  return ApplyBulk(rows, count, steps.get());
}

Status HashTable::DeleteAll(std::uint64_t* rows) noexcept {
  ExclusiveGate alone(gate_);
  BulkLocks locks(stripes());
  locks.WantAll();
  locks.Acquire();
  const bool fixed = fixes_.load(std::memory_order_relaxed) != 0;
  if (fixed && !LeaveGhosts()) return Status::kNoMemory;
  *rows = CountRows();
  versions_.RaiseEvery(0, 1);
  if (!fixed && StartOver(locks)) return Status::kOk;
  for (Stripe& stripe : stripes()) stripe.Clear();
  return Status::kOk;
}

// A ghost of every key. When memory is short, some are left of keys that stay, which does no harm.
bool HashTable::LeaveGhosts() noexcept {
  bool good = true;
  for (Stripe& stripe : stripes()) {
    for (std::uint32_t bucket = 0; bucket < stripe.bucket_count() && good; ++bucket) {
      stripe.VisitBucketAt(bucket, [&](SlotPlace place) { return good = LeaveGhost(stripe, place); });
    }
  }
  return good;
}

void HashTable::PassEveryWriter() noexcept {
  const StripeSet set = stripes();
  for (std::uint32_t i = 0; i < set.count(); ++i) StripeReader(set[i], i);
}

RowStamp HashTable::Stamp(Bytes key) noexcept {
  if (!versions_.begun()) [[unlikely]] {
    if (!versions_.offered()) return {};
    const ExclusiveGate alone(gate_);
    if (!versions_.Begin([this] { PassEveryWriter(); })) return {};
  }
  return versions_.Stamp(HashOf(HomeOf(key)));
}

void HashTable::Fix() noexcept {
  Table::Fix();
  const SharedGate shared(gate_);
  PassEveryWriter();
}

void HashTable::Unfix() noexcept {
  if (fixes_.fetch_sub(1, std::memory_order_relaxed) != 1) return;
  const SharedGate shared(gate_);
  const StripeSet set = stripes();
  for (std::uint32_t i = 0; i < set.count(); ++i) {
    std::unique_ptr<Stripe> ghosts;  // freed after the unlock
    const StripeReader reader(set[i], i);
    // Fixed again meanwhile: the ghosts may be of that fixation.
    if (fixes_.load(std::memory_order_relaxed) == 0) ghosts = set[i].TakeGhosts();
  }
}

}  // namespace termstore
