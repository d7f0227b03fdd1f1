// How a hash table with write concurrency 'auto' comes to its stripes.
//
// It begins with one, so a small table stays small, and is divided when threads wait for that stripe's lock,
// or before it is too large to be divided in a short pause. It is divided once more when threads still wait
// for a stripe, if it is small enough then: threads that write rows of their own get into each other's way
// because these rows share stripes, whose cache lines then travel between processors with every write. It
// goes back to one stripe when all rows are deleted.
#include "core/table/bulk_locks.h"
#include "core/table/hash_table.h"

namespace termstore {

bool HashTable::IsSmallWith(std::uint32_t rows, std::size_t bytes) const noexcept {
  return CountRows() + rows <= limits_.rows && Memory() + bytes <= limits_.bytes;
}

void HashTable::Divide(StripeSet seen) noexcept {
  const ExclusiveGate alone(gate_);
  if (stripes() != seen || !adapts()) return;
  const bool first = seen.bits() == 0;
  const bool small = IsSmallWith(0, 0);
  const bool divided = (first || small) && Redistribute(first ? kDividedBits : kContendedBits);
  // Not again without memory either: trying with a larger table would take ever longer.
  adapts_.store(divided && first && small, std::memory_order_relaxed);
}

void HashTable::DivideFor(std::uint32_t rows, std::size_t bytes) noexcept {
  if (IsSmallWith(rows, bytes)) return;
  (void)Redistribute(kDividedBits);
  adapts_.store(false, std::memory_order_relaxed);
}

void HashTable::DivideIfLarge() noexcept {
  const StripeSet set = stripes();
  if (set.bits() == 0 && Memory() > limits_.bytes) Divide(set);
}

bool HashTable::Redistribute(std::uint32_t bits) noexcept {
  BulkLocks locks(stripes());
  locks.WantAll();
  locks.Acquire();
  const std::uint32_t floor = bits == 0 ? kFewestBuckets : kFewestBucketsDivided;
  const StripeSet fresh = StripeSet::Make(epochs(), bits, floor, CountRows(), locks.set());
  if (!fresh) return false;
  if (!CopyAll(locks.set(), fresh)) {
    StripeSet::Delete(fresh.array(), fresh.bytes());
    return false;
  }
  Publish(fresh, locks);
  return true;
}

bool HashTable::CopyAll(StripeSet from, StripeSet to) noexcept {
  bool good = true;
  for (const Stripe& stripe : from) {
    for (std::uint32_t bucket = 0; good && bucket < stripe.bucket_count(); ++bucket) {
      stripe.VisitBucketAt(bucket, [&](SlotPlace place) {
        const std::uint32_t hash = from.Outside(SlotHash(place.slot()));
        return good = to[to.NumberOf(hash)].CopySlot(stripe, place, to.Inside(hash));
      });
    }
    good = good && stripe.VisitGhosts([&](Bytes key, std::uint32_t inside) {
      const std::uint32_t hash = from.Outside(inside);
      return to[to.NumberOf(hash)].AddGhost(key, to.Inside(hash));
    });
  }
  return good;
}

bool HashTable::StartOver(BulkLocks& locks) noexcept {
  if (traits().write_concurrency != WriteConcurrency::kAuto) return false;
  const bool divided = locks.set().bits() != 0;
  const StripeSet fresh =
      divided ? StripeSet::Make(epochs(), 0, kFewestBuckets, 0, locks.set()) : StripeSet();
  if (fresh) Publish(fresh, locks);
  if (fresh || !divided) adapts_.store(true, std::memory_order_relaxed);
  return static_cast<bool>(fresh);
}

void HashTable::Publish(StripeSet fresh, BulkLocks& locks) noexcept {
  std::uint64_t waits = past_waits_.load(std::memory_order_relaxed);
  for (const Stripe& stripe : locks.set()) waits += stripe.waits();
  past_waits_.store(waits, std::memory_order_relaxed);  // a count, orders nothing
  stripes_.store(fresh, std::memory_order_release);     // pairs with the acquire in stripes()
  locks.LeaveDead();
  // Their memory stays until nobody can be in a call that still knows them, this thread included.
  epochs().Retire(locks.set().array(), locks.set().bytes(), StripeSet::Delete);
}

}  // namespace termstore
