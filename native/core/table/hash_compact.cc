// Moving rows together after many were removed, so that memory comes back while the others stay.
//
// An evacuation visits every bucket once, from the last one down: shrinking joins the last bucket to one that
// is still to come. What it misses because the stripe grows meanwhile keeps its slab until the next one.
#include "core/table/hash_stripe.h"

namespace termstore {
namespace {

// The rows of a key beyond so many stay where they are: no single removal pays for a large group.
constexpr std::uint32_t kMostOfGroup = 64;
// Of each removal. A stripe that shrinks has a row in each bucket at least, so an evacuation is over before
// an eighth of the rows is gone.
constexpr int kBucketsPerRemoval = 8;

}  // namespace

// A copy of a cell in a slab that stays; kNoRow when memory is short. Readers without the lock may look at
// the new cell as soon as they like, so it is written in atomic words.
RowRef Stripe::MoveCell(RowRef ref, std::uint32_t bytes) noexcept {
  const RowRef fresh = arena_.Allocate(bytes);
  if (fresh == kNoRow) return kNoRow;
  const auto* from = reinterpret_cast<const std::uint64_t*>(Cell(ref));
  auto* to = reinterpret_cast<std::uint64_t*>(Cell(fresh));
  for (std::uint32_t i = 0; 8 * i < bytes; ++i) StoreWord(to + i, from[i]);
  arena_.Free(ref);
  return fresh;
}

// False when memory is short.
bool Stripe::CompactSlot(SlotPlace place) noexcept {
  RowRef ref = SlotRef(place.slot());
  std::uint32_t bytes = 0;
  if (RowGroup::Is(Cell(ref))) {
    RowGroup group(Cell(ref));
    const std::uint32_t count = group.count();
    if (count > kMostOfGroup) return true;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!arena_.IsLeaving(group.row(i))) continue;
      const RowRef row = MoveCell(group.row(i), RowView(Cell(group.row(i))).CellBytes());
      if (row == kNoRow) return false;
      group.SetRow(i, row);
    }
    bytes = RowGroup::CellBytes(group.capacity());
  } else {
    bytes = RowView(Cell(ref)).CellBytes();
  }
  if (!arena_.IsLeaving(ref)) return true;
  ref = MoveCell(ref, bytes);
  if (ref == kNoRow) return false;
  place.Set(MakeSlot(SlotHash(place.slot()), ref));
  return true;
}

void Stripe::CompactBuckets() noexcept {
  if (to_compact_ == 0) {
    if (rest_ > 0) {
      --rest_;
      return;
    }
    if (arena_.BeginEvacuation()) to_compact_ = active();
  }
  if (to_compact_ > active()) to_compact_ = active();
  bool good = true;
  for (int i = 0; i < kBucketsPerRemoval && to_compact_ > 0 && good; ++i) {
    --to_compact_;
    VisitBucketAt(to_compact_, [&](SlotPlace place) { return good = CompactSlot(place); });
  }
  if (!good) to_compact_ = 0;  // memory is short: some rows stay where they are
  if (to_compact_ > 0) return;
  arena_.EndEvacuation();
  // One that did not help is not tried again for every row.
  rest_ = arena_.IsSparse() ? keys() / 4 : 0;
}

}  // namespace termstore
