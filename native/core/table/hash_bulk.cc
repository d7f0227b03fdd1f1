// Making a hash table, and what concerns many rows at once.
#include <new>

#include "core/table/bag_table.h"
#include "core/table/bulk_locks.h"

namespace termstore {

std::unique_ptr<Table> HashTable::Make(const TableTraits& traits, Epochs& epochs, const HashSecret& secret,
                                       const AdaptLimits& limits) noexcept {
  std::unique_ptr<HashTable> table(traits.IsBag()
                                       ? new (std::nothrow) BagTable(traits, epochs, secret, limits)
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

std::uint64_t HashTable::Waits() const noexcept {
  std::uint64_t waits = past_waits_.load(std::memory_order_relaxed);
  for (const Stripe& stripe : stripes()) waits += stripe.waits();
  return waits;
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
