#include "core/table/bag_table.h"

namespace termstore {

Status BagTable::Lookup(Bytes key, Reply& reply) noexcept {
  const Home home = HomeOf(key);
  std::uint32_t size = 0;
  switch (TryCopyRow(key, home, reply, &size)) {
    case Optimistic::kHit:
      if (size + kRowHeaderBytes > reply.region_capacity()) break;
      std::memmove(reply.region() + kRowHeaderBytes, reply.region(), size);
      Store(reply.region(), size);
      return reply.Extend(kRowHeaderBytes + size) != nullptr ? Status::kOk : Status::kNoMemory;
    case Optimistic::kMiss:
      return Status::kNotFound;
    case Optimistic::kRetry:
      break;
  }
  return WithKey(key, home,
                 [&](const Stripe& stripe, SlotPlace place) { return AppendRows(stripe, place, reply); });
}

Status BagTable::LookupElement(Bytes key, std::uint32_t position, Reply& reply) noexcept {
  return WithKey(key, HomeOf(key), [&](const Stripe& stripe, SlotPlace place) {
    Status status = Status::kOk;
    stripe.VisitRows(place, [&](RowRef ref) {
      const Bytes element = RowElement(RowView(stripe.Cell(ref)).payload(), position);
      if (element.data == nullptr) {
        status = Status::kPosition;
      } else if (!reply.Append(element)) {
        status = Status::kNoMemory;
      }
      return status == Status::kOk;
    });
    return status;
  });
}

Status BagTable::FindEqual(const Stripe& stripe, SlotPlace place, const RowInput& row) const noexcept {
  RowMatcher matcher(traits().codec, row.row());
  Status status = Status::kNotFound;
  stripe.VisitRows(place, [&](RowRef ref) {
    const Bytes present = RowView(stripe.Cell(ref)).payload();
    if (!matcher.Prepare(present)) {
      status = Status::kNoMemory;
    } else if (matcher.Matches(present)) {
      status = Status::kOk;
    }
    return status == Status::kNotFound;
  });
  return status;
}

Status BagTable::Add(Stripe& stripe, const RowInput& row, const Home& home, RowRef* added) noexcept {
  *added = kNoRow;
  const SlotPlace place = stripe.Find(row.key, home.words, home.hash, traits().keypos);
  const Status equal = place && unique_ ? FindEqual(stripe, place, row) : Status::kNotFound;
  if (equal != Status::kNotFound) return equal;
  const RowRef ref = NewRow(stripe, row);
  if (ref == kNoRow) return Status::kNoMemory;
  if (place ? stripe.AddRow(place, ref) : stripe.Append(home.hash, ref)) {
    *added = ref;
    return Status::kOk;
  }
  stripe.arena().Free(ref);
  return Status::kNoMemory;
}

Status BagTable::Insert(const RowInput& row) noexcept {
  const Home home = HomeOf(row.key);
  Stripe& stripe = stripes_[home.stripe];
  StripeWriter writer(stripe, home.stripe);
  RowRef added = kNoRow;
  return Add(stripe, row, home, &added);
}

Status BagTable::Take(Bytes key, Reply& reply) noexcept {
  return ChangeKey(key, [&](Stripe& stripe, SlotPlace place) {
    ChunkResult result;
    if (!Deliver(stripe, place, false, reply, result)) return Status::kNoMemory;
    return Erase(stripe, place, [](RowView) { return true; });
  });
}

Status BagTable::Edit(Bytes, Editor&, const RowInput*) noexcept { return Status::kTableType; }

Status BagTable::PutOne(Stripe& stripe, const RowInput& row, BulkStep& step) noexcept {
  return Add(stripe, row, step.home, &step.fresh);
}

void BagTable::UndoOne(Stripe& stripe, const RowInput& row, const BulkStep& step) noexcept {
  if (step.fresh == kNoRow) return;
  // No ghost: nobody has seen the row.
  const SlotPlace place = stripe.Find(row.key, step.home.words, step.home.hash, traits().keypos);
  if (!place) return;
  (void)stripe.RemoveRows(
      place, [&](RowRef ref) { return ref == step.fresh; }, [] { return true; });
}

}  // namespace termstore
