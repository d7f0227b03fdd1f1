// Making a hash table, and what concerns many rows at once.
#include <bitset>
#include <new>

#include "core/table/bag_table.h"

namespace termstore {

std::unique_ptr<Table> HashTable::Make(const TableTraits& traits, Epochs& epochs,
                                       const HashSecret& secret) noexcept {
  const bool bag = traits.type == TableType::kBag || traits.type == TableType::kDuplicateBag;
  std::unique_ptr<HashTable> table(bag ? new (std::nothrow) BagTable(traits, epochs, secret)
                                       : new (std::nothrow) HashTable(traits, epochs, secret));
  if (!table) return nullptr;
  const bool striped = traits.write_concurrency != WriteConcurrency::kOff;
  const std::uint32_t count = striped ? kStripes : 1;
  void* memory = ::operator new(sizeof(Stripe) * count, std::align_val_t(alignof(Stripe)), std::nothrow);
  if (memory == nullptr) return nullptr;
  table->stripes_ = static_cast<Stripe*>(memory);
  table->stripe_shift_ = striped ? 32u - 6u : 32u;
  bool started = true;
  for (; table->stripe_count_ < count; ++table->stripe_count_) {
    Stripe* stripe = new (table->stripes_ + table->stripe_count_) Stripe(epochs);
    started = stripe->Start(striped ? 1 : 8) && started;
  }
  return started ? std::move(table) : nullptr;
}

HashTable::~HashTable() {
  for (std::uint32_t i = 0; i < stripe_count_; ++i) stripes_[i].~Stripe();
  if (stripes_ != nullptr) ::operator delete(stripes_, std::align_val_t(alignof(Stripe)));
}

std::uint64_t HashTable::Size() const noexcept {
  const SharedGate shared(gate_);
  return CountRows();
}

std::uint64_t HashTable::CountRows() const noexcept {
  std::uint64_t rows = 0;
  for (std::uint32_t i = 0; i < stripe_count_; ++i) rows += stripes_[i].rows();
  return rows;
}

std::size_t HashTable::Memory() const noexcept {
  std::size_t bytes = sizeof(HashTable);
  for (std::uint32_t i = 0; i < stripe_count_; ++i) bytes += stripes_[i].Memory();
  return bytes;
}

// Holds a set of stripes for writing, locked in ascending order.
class HashTable::BulkLocks {
 public:
  explicit BulkLocks(HashTable& table) noexcept : table_(table) {}
  ~BulkLocks() {
    for (std::uint32_t i = 0; i < table_.stripe_count_; ++i) {
      if (!held_[i]) continue;
      table_.stripes_[i].EndWrite();
      table_.stripes_[i].Release();
      TraceUnlock(LockLevel::kStripe, i);
    }
  }
  BulkLocks(const BulkLocks&) = delete;
  BulkLocks& operator=(const BulkLocks&) = delete;

  void Want(std::uint32_t stripe) noexcept { held_[stripe] = true; }
  void WantAll() noexcept { held_.set(); }
  void Acquire() noexcept {
    for (std::uint32_t i = 0; i < table_.stripe_count_; ++i) {
      if (!held_[i]) continue;
      TraceLock(LockLevel::kStripe, i);
      table_.stripes_[i].Acquire();
      table_.stripes_[i].BeginWrite();
    }
  }

 private:
  HashTable& table_;
  std::bitset<kStripes> held_;
};

Status HashTable::PutOne(Stripe& stripe, const RowInput& row, BulkStep& step) noexcept {
  const RowRef fresh = NewRow(stripe, row);
  if (fresh == kNoRow) return Status::kNoMemory;
  const SlotPlace place = stripe.Find(row.key, step.home.words, step.home.hash, traits().keypos);
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

void HashTable::UndoOne(Stripe& stripe, const RowInput&, const BulkStep& step) noexcept {
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
    status = PutOne(stripes_[steps[done].home.stripe], rows[done], steps[done]);
    if (status != Status::kOk) break;
  }
  if (status == Status::kOk) {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (steps[i].old != kNoRow) stripes_[steps[i].home.stripe].arena().Free(steps[i].old);
    }
    return status;
  }
  while (done-- > 0) UndoOne(stripes_[steps[done].home.stripe], rows[done], steps[done]);
  return status;
}

Status HashTable::InsertMany(const RowInput* rows, std::uint32_t count, bool only_new) noexcept {
  std::unique_ptr<BulkStep[]> steps(new (std::nothrow) BulkStep[count]);
  if (!steps) return Status::kNoMemory;
  ExclusiveGate alone(gate_);
  BulkLocks locks(*this);
  for (std::uint32_t i = 0; i < count; ++i) {
    steps[i].home = HomeOf(rows[i].key);
    locks.Want(steps[i].home.stripe);
  }
  locks.Acquire();
  for (std::uint32_t i = 0; only_new && i < count; ++i) {
    const Home home = steps[i].home;
    if (stripes_[home.stripe].Find(rows[i].key, home.words, home.hash, traits().keypos))
      return Status::kExists;
  }
  return ApplyBulk(rows, count, steps.get());
}

Status HashTable::DeleteAll(std::uint64_t* rows) noexcept {
  ExclusiveGate alone(gate_);
  BulkLocks locks(*this);
  locks.WantAll();
  locks.Acquire();
  if (fixes_.load(std::memory_order_relaxed) != 0 && !LeaveGhosts()) return Status::kNoMemory;
  *rows = CountRows();
  for (std::uint32_t i = 0; i < stripe_count_; ++i) stripes_[i].Clear();
  return Status::kOk;
}

// A ghost of every key. When memory is short, some are left of keys that stay, which does no harm.
bool HashTable::LeaveGhosts() noexcept {
  bool good = true;
  for (std::uint32_t i = 0; i < stripe_count_ && good; ++i) {
    Stripe& stripe = stripes_[i];
    for (std::uint32_t bucket = 0; bucket < stripe.bucket_count() && good; ++bucket) {
      stripe.VisitBucketAt(bucket, [&](SlotPlace place) { return good = LeaveGhost(stripe, place); });
    }
  }
  return good;
}

void HashTable::Fix() noexcept {
  Table::Fix();
  // A deletion that did not see the count yet is over when its stripe's lock was held once.
  for (std::uint32_t i = 0; i < stripe_count_; ++i) StripeReader(stripes_[i], i);
}

void HashTable::Unfix() noexcept {
  if (fixes_.fetch_sub(1, std::memory_order_relaxed) != 1) return;
  for (std::uint32_t i = 0; i < stripe_count_; ++i) {
    std::unique_ptr<Stripe> ghosts;  // freed after the unlock
    const StripeReader reader(stripes_[i], i);
    // Fixed again meanwhile: the ghosts may be of that fixation.
    if (fixes_.load(std::memory_order_relaxed) == 0) ghosts = stripes_[i].TakeGhosts();
  }
}

}  // namespace termstore
