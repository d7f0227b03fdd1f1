// What only bags, fixed tables and divided ones need of a stripe: groups of rows, ghosts of keys, copies.
#include <new>

#include "core/table/hash_stripe.h"

namespace termstore {

bool Stripe::Regroup(SlotPlace place, std::uint32_t capacity) noexcept {
  const RowRef ref = arena_.Allocate(RowGroup::CellBytes(capacity));
  if (ref == kNoRow) return false;
  RowGroup fresh(Cell(ref));
  fresh.Start(capacity);
  std::uint32_t count = 0;
  VisitRows(place, [&](RowRef row) {
    fresh.SetRow(count++, row);
    return true;
  });
  fresh.SetCount(count);
  const RowRef old = SlotRef(place.slot());
  place.Set(MakeSlot(SlotHash(place.slot()), ref));
  if (RowGroup::Is(Cell(old))) arena_.Free(old);
  return true;
}

bool Stripe::AddRow(SlotPlace place, RowRef ref) noexcept {
  std::uint8_t* cell = Cell(SlotRef(place.slot()));
  std::uint32_t capacity = RowGroup::kFirstCapacity;
  bool full = true;
  if (RowGroup::Is(cell)) {
    const RowGroup group(cell);
    full = group.count() == group.capacity();
    capacity = 2 * group.capacity();
  }
  // Doubling: n rows of a key are copied n times at most, however many there will be.
  if (full && (capacity > RowGroup::kMaxCapacity || !Regroup(place, capacity))) return false;
  RowGroup group(Cell(SlotRef(place.slot())));
  const std::uint32_t count = group.count();
  group.SetRow(count, ref);
  group.SetCount(count + 1);
  SetMoreRows(more_rows_.load(std::memory_order_relaxed) + 1);
  return true;
}

void Stripe::Settle(SlotPlace place, std::uint32_t count, std::uint32_t kept) noexcept {
  const RowRef ref = SlotRef(place.slot());
  RowGroup group(Cell(ref));
  const std::uint32_t still_more = kept == 0 ? 0 : kept - 1;
  SetMoreRows(more_rows_.load(std::memory_order_relaxed) - (count - 1 - still_more));
  if (kept >= 2) {
    group.SetCount(kept);
    // At a quarter, so that a group does not shrink and grow in turn; without memory it stays large.
    if (group.capacity() > RowGroup::kFirstCapacity && kept <= group.capacity() / 4)
      (void)Regroup(place, group.capacity() / 2);
    return;
  }
  if (kept == 1) {
    place.Set(MakeSlot(SlotHash(place.slot()), group.row(0)));
  } else {
    Remove(place);
  }
  arena_.Free(ref);
}

bool Stripe::AddGhost(Bytes key, std::uint32_t hash) noexcept {
  if (!ghosts_) {
    std::unique_ptr<Stripe> fresh(new (std::nothrow) Stripe(epochs_));
    if (!fresh || !fresh->Start(1)) return false;
    ghosts_ = std::move(fresh);
  }
  Stripe& ghosts = *ghosts_;
  const KeyWords words = key.size <= kKeyWordsBytes ? LoadKeyWords(key) : KeyWords{};
  if (ghosts.Find(key, words, hash, 0)) return true;
  const RowRef ref = ghosts.arena_.Allocate(kRowHeaderBytes + 1 + key.size);
  if (ref == kNoRow) return false;
  // No reader without the lock comes here, so plain writes will do.
  std::uint8_t* cell = ghosts.Cell(ref);
  Store(cell, 1 + key.size);
  cell[kRowHeaderBytes] = 1;
  std::memcpy(cell + kRowHeaderBytes + 1, key.data, key.size);
  if (!ghosts.Append(hash, ref)) {
    ghosts.arena_.Free(ref);
    return false;
  }
  ghost_bytes_.store(ghosts.Memory(), std::memory_order_relaxed);
  return true;
}

bool Stripe::CopySlot(const Stripe& from, SlotPlace place, std::uint32_t hash) noexcept {
  SlotPlace copy;
  bool good = true;
  from.VisitRows(place, [&](RowRef row) {
    const std::uint8_t* cell = from.Cell(row);
    const std::uint32_t bytes = RowView(cell).CellBytes();
    const RowRef ref = arena_.Allocate(bytes);
    if (ref == kNoRow) return good = false;
    // Nobody else knows this stripe yet, so plain writes will do.
    std::memcpy(Cell(ref), cell, bytes + (std::size_t{0} - bytes) % 8);  // whole words, as they were written
    if (copy) return good = AddRow(copy, ref);
    good = Append(hash, ref);
    if (good) copy = FindRef(hash, ref);
    return good;
  });
  return good;
}

std::unique_ptr<Stripe> Stripe::TakeGhosts() noexcept {
  ghost_bytes_.store(0, std::memory_order_relaxed);
  return std::move(ghosts_);
}

}  // namespace termstore
