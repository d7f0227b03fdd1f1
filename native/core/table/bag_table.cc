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

Status BagTable::AddNew(Stripe& stripe, SlotPlace place, const RowInput& row, std::uint32_t hash,
                        RowRef* added) noexcept {
  const RowRef ref = NewRow(stripe, row);
  if (ref == kNoRow) return Status::kNoMemory;
  if (place ? stripe.AddRow(place, ref) : stripe.Append(hash, ref)) {
    *added = ref;
    return Status::kOk;
  }
  stripe.arena().Free(ref);
  return Status::kNoMemory;
}

Status BagTable::Add(const RowInput& row, const Home& home, RowRef* added) noexcept {
  *added = kNoRow;
  Stripe& stripe = home.stripe();
  const SlotPlace place = home.Find(row.key, traits().keypos);
  const Status equal = place && unique_ ? FindEqual(stripe, place, row) : Status::kNotFound;
  if (equal != Status::kNotFound) return equal;
  return AddNew(stripe, place, row, home.hash, added);
}

Status BagTable::Insert(const RowInput& row) noexcept {
  const KeyWriter writer(*this, row.key);
  RowRef added = kNoRow;
  return Add(row, writer.home(), &added);
}

bool BagTable::LearnAll(const Stripe& stripe, SlotPlace place, KnownRows& known) const noexcept {
  const RowCodec* codec = traits().codec;
  RowBuffer buffer;
  bool good = true;
  known.Clear();
  stripe.VisitRows(place, [&](RowRef ref) {
    const Bytes stored = RowView(stripe.Cell(ref)).payload();
    const Bytes row = codec == nullptr ? stored : codec->Expand(stored, buffer);
    std::uint64_t hash = 0;
    good = row && KnownRows::HashOf(row, secret_, &hash) && known.Add(hash) != KnownRows::Answer::kUnknown;
    return good;
  });
  return good;
}

KnownRows::Answer BagTable::Learn(const Stripe& stripe, SlotPlace place, const RowInput& row,
                                  KnownRows& known) const noexcept {
  const RowRef group = SlotRef(place.slot());
  std::uint8_t* cell = stripe.Cell(group);
  std::uint64_t hash = 0;
  // Few rows are compared sooner than hashed.
  if (!RowGroup::Is(cell) || RowGroup(cell).count() < kFewRows ||
      !KnownRows::HashOf(row.row(), secret_, &hash))
    return KnownRows::Answer::kUnknown;
  const bool current = known.IsAbout(&stripe, group, stripe.version().load(std::memory_order_relaxed)) ||
                       LearnAll(stripe, place, known);
  return current ? known.Add(hash) : KnownRows::Answer::kUnknown;
}

Status BagTable::InsertKnowing(const RowInput& row, KnownRows& known) noexcept {
  if (!unique_) return Insert(row);
  const KeyWriter writer(*this, row.key);
  Stripe& stripe = writer.stripe();
  const SlotPlace place = writer.home().Find(row.key, traits().keypos);
  const KnownRows::Answer answer = place ? Learn(stripe, place, row, known) : KnownRows::Answer::kUnknown;
  if (place && answer != KnownRows::Answer::kNew) {
    const Status equal = FindEqual(stripe, place, row);
    if (equal != Status::kNotFound) {
      known.Clear();
      return equal == Status::kOk ? Status::kExists : equal;
    }
  }
  RowRef added = kNoRow;
  const Status status = AddNew(stripe, place, row, writer.home().hash, &added);
  if (status == Status::kOk && answer != KnownRows::Answer::kUnknown) {
    // The version at which the next writer finds the stripe, when nobody comes in between.
    known.Note(&stripe, SlotRef(place.slot()), stripe.version().load(std::memory_order_relaxed) + 2);
  } else {
    known.Clear();
  }
  return status;
}

Status BagTable::Take(Bytes key, Reply& reply) noexcept {
  return ChangeKey(key, [&](Stripe& stripe, SlotPlace place) {
    ChunkResult result;
    if (!Deliver(stripe, place, false, reply, result)) return Status::kNoMemory;
    // Before anything is deleted: an answer that cannot be given must not cost the rows.
    if (reply.size() > Reply::kMostBytes) return Status::kTooLarge;
    return Erase(stripe, place, [](RowView) { return true; });
  });
}

Status BagTable::Edit(Bytes, Editor&, const RowInput*) noexcept { return Status::kTableType; }

Status BagTable::PutOne(const RowInput& row, const Home& home, BulkStep& step) noexcept {
  return Add(row, home, &step.fresh);
}

void BagTable::UndoOne(const RowInput& row, const Home& home, const BulkStep& step) noexcept {
  if (step.fresh == kNoRow) return;
  // No ghost: nobody has seen the row.
  const SlotPlace place = home.Find(row.key, traits().keypos);
  if (!place) return;
  (void)home.stripe().RemoveRows(
      place, [&](RowRef ref) { return ref == step.fresh; }, [] { return true; });
}

}  // namespace termstore
