// Inserting many rows into a hash table in one step.
#include <new>

#include "core/table/bulk_locks.h"

namespace termstore {

Status HashTable::PutOne(const RowInput& row, const Home& home, BulkStep& step) noexcept {
  Stripe& stripe = home.stripe();
  const RowRef fresh = NewRow(stripe, row);
  if (fresh == kNoRow) return Status::kNoMemory;
  const SlotPlace place = home.Find(row.key, traits().keypos);
  if (place) {
    step.old = SlotRef(place.slot());
    place.Set(MakeSlot(home.hash, fresh));
  } else if (!stripe.Append(home.hash, fresh)) {
    stripe.arena().Free(fresh);
    return Status::kNoMemory;
  }
  step.fresh = fresh;
  return Status::kOk;
}

void HashTable::UndoOne(const RowInput&, const Home& home, const BulkStep& step) noexcept {
  Stripe& stripe = home.stripe();
  const SlotPlace place = stripe.FindRef(home.hash, step.fresh);
  if (step.old != kNoRow) {
    place.Set(MakeSlot(home.hash, step.old));
  } else {
    stripe.Remove(place);
  }
  stripe.arena().Free(step.fresh);
}

template <typename Rows, typename Visit>
bool HashTable::VisitAhead(const Rows& rows, Visit visit) noexcept {
  // A bucket comes from memory in the time of some eight rows, and then a row of its does.
  constexpr std::uint32_t kRing = 16;
  constexpr std::uint32_t kNear = 8;
  struct Coming {
    std::uint32_t at = 0;
    RowInput row;
    Home home{};
  };
  Coming ring[kRing];
  std::uint32_t at = 0;
  const auto read = [&](std::uint32_t i) {
    Coming& coming = ring[i % kRing];
    coming.at = at;
    coming.row = rows.Read(&at);
    coming.home = HomeOf(coming.row.key);
    coming.home.stripe().PrefetchBucket(coming.home.hash);
  };
  const std::uint32_t count = rows.count();
  for (std::uint32_t i = 0; i < kRing - 1 && i < count; ++i) read(i);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (count - i >= kRing) read(i + kRing - 1);
    if (count - i > kNear) {
      const Home& near = ring[(i + kNear) % kRing].home;
      near.stripe().PrefetchRow(near.hash);
    }
    const Coming& now = ring[i % kRing];
    if (!visit(i, now.at, now.row, now.home)) return false;
  }
  return true;
}

template <typename Rows>
Status HashTable::ApplyBulk(const Rows& rows, BulkStep* steps) noexcept {
  std::uint32_t done = 0;
  bool replaced = false;
  const bool good = VisitAhead(
      rows, [&](std::uint32_t i, std::uint32_t at, const RowInput& row, const Home& home) noexcept {
        steps[i] = {};
        steps[i].at = at;
        if (PutOne(row, home, steps[i]) != Status::kOk) return false;
        // Also of a row that is taken back: nobody can read it before the batch is over.
        versions_.Raise(HashOf(home));
        replaced = replaced || steps[i].old != kNoRow;
        ++done;
        return true;
      });
  if (good && replaced) {
    (void)VisitAhead(rows, [&](std::uint32_t i, std::uint32_t, const RowInput&, const Home& home) noexcept {
      if (steps[i].old != kNoRow) home.stripe().arena().Free(steps[i].old);
      return true;
    });
  }
  while (!good && done-- > 0) {
    std::uint32_t at = steps[done].at;
    const RowInput row = rows.Read(&at);
    UndoOne(row, HomeOf(row.key), steps[done]);
  }
  return good ? Status::kOk : Status::kNoMemory;
}

template <typename Rows>
Status HashTable::InsertRows(const Rows& rows, bool only_new) noexcept {
  // From here on nearly every batch has a row for every stripe.
  constexpr std::uint32_t kForAll = 1024;
  const std::uint32_t count = rows.count();
  std::unique_ptr<BulkStep[]> steps(new (std::nothrow) BulkStep[count]);
  if (!steps) return Status::kNoMemory;
  ExclusiveGate alone(gate_);
  if (adapts() && stripes().bits() == 0) {
    std::size_t bytes = 0;
    for (std::uint32_t i = 0, at = 0; i < count; ++i) bytes += rows.Read(&at).CellBytes();
    DivideFor(count, bytes);
  }
  const StripeSet set = stripes();
  BulkLocks locks(set);
  if (count >= kForAll) {
    locks.WantAll();
  } else {
    for (std::uint32_t i = 0, at = 0; i < count; ++i) locks.Want(HomeOf(rows.Read(&at).key).number);
  }
  locks.Acquire();
  const auto is_new = [&](std::uint32_t, std::uint32_t, const RowInput& row, const Home& home) noexcept {
    return !home.Find(row.key, traits().keypos);
  };
  if (only_new && !VisitAhead(rows, is_new)) return Status::kExists;
  if (count < kForAll) return ApplyBulk(rows, steps.get());
  // As many keys there are going to be at least, if they are different.
  std::uint32_t before[std::size_t{1} << StripeSet::kMostBits];
  for (std::uint32_t i = 0; i < set.count(); ++i) before[i] = set[i].Reserve(count >> set.bits());
  const Status status = ApplyBulk(rows, steps.get());
  for (std::uint32_t i = 0; i < set.count(); ++i) set[i].Trim(before[i]);
  return status;
}

Status HashTable::InsertMany(const RowInput* rows, std::uint32_t count, bool only_new) noexcept {
  return InsertRows(ListedRows(rows, count), only_new);
}

Status HashTable::InsertPacked(const PackedRows& rows, bool only_new) noexcept {
  return InsertRows(rows, only_new);
}

}  // namespace termstore
