// Changing one row of a hash table.
#include <algorithm>

#include "core/table/hash_table.h"

namespace termstore {

Status HashTable::Replace(Stripe& stripe, SlotPlace place, const RowInput& row) noexcept {
  std::uint8_t* cell = stripe.Cell(SlotRef(place.slot()));
  const RowView present(cell);
  const bool same_size =
      present.payload().size == row.payload.size && !present.has_key() && !row.separate_key;
  if (same_size || Arena::SameCell(present.CellBytes(), row.CellBytes())) {
    WriteRow(cell, row);
    return Status::kOk;
  }
  return Renew(stripe, place, row);
}

RowRef HashTable::NewRow(Stripe& stripe, const RowInput& row) noexcept {
  const RowRef ref = stripe.arena().Allocate(row.CellBytes());
  if (ref != kNoRow) WriteRow(stripe.Cell(ref), row);
  return ref;
}

// Replaces the row of a slot by one in another cell.
Status HashTable::Renew(Stripe& stripe, SlotPlace place, const RowInput& row) noexcept {
  const RowRef old = SlotRef(place.slot());
  const RowRef fresh = NewRow(stripe, row);
  if (fresh == kNoRow) return Status::kNoMemory;
  place.Set(MakeSlot(SlotHash(place.slot()), fresh));
  stripe.arena().Free(old);
  return Status::kOk;
}

// Adds a row whose key is not there.
Status HashTable::Place(Stripe& stripe, const RowInput& row, std::uint32_t hash) noexcept {
  const RowRef ref = NewRow(stripe, row);
  if (ref == kNoRow) return Status::kNoMemory;
  if (stripe.Append(hash, ref)) return Status::kOk;
  stripe.arena().Free(ref);
  return Status::kNoMemory;
}

Status HashTable::Insert(const RowInput& row) noexcept {
  const KeyWriter writer(*this, row.key);
  const SlotPlace place = writer.home().Find(row.key, traits().keypos);
  return place ? Replace(writer.stripe(), place, row) : Place(writer.stripe(), row, writer.home().hash);
}

Status HashTable::InsertNew(const RowInput& row) noexcept {
  const KeyWriter writer(*this, row.key);
  if (writer.home().Find(row.key, traits().keypos)) return Status::kExists;
  return Place(writer.stripe(), row, writer.home().hash);
}

Status HashTable::Delete(Bytes key) noexcept {
  return ChangeKey(key, [&](Stripe& stripe, SlotPlace place) {
    return Erase(stripe, place, [](RowView) { return true; });
  });
}

Status HashTable::DeleteObject(const RowInput& row) noexcept {
  RowMatcher matcher(traits().codec, row.row());
  return ChangeKey(row.key, [&](Stripe& stripe, SlotPlace place) {
    // All memory first: a row that cannot be looked at must not pass for another one.
    bool ready = true;
    stripe.VisitRows(
        place, [&](RowRef ref) { return ready = matcher.Prepare(RowView(stripe.Cell(ref)).payload()); });
    if (!ready) return Status::kNoMemory;
    return Erase(stripe, place, [&](RowView present) { return matcher.Matches(present.payload()); });
  });
}

Status HashTable::Take(Bytes key, Reply& reply) noexcept {
  return ChangeKey(key, [&](Stripe& stripe, SlotPlace place) {
    if (!AppendRow(traits().codec, RowView(stripe.FirstRow(place)).payload(), reply))
      return Status::kNoMemory;
    return Erase(stripe, place, [](RowView) { return true; });
  });
}

Status HashTable::ApplyEdit(Stripe& stripe, SlotPlace place, const RowEdit& edit) noexcept {
  std::uint8_t* cell = stripe.Cell(SlotRef(place.slot()));
  if (!edit.payload()) {
    edit.PatchCell(cell);
    return Status::kOk;
  }
  const RowView old(cell);
  const bool separate_key = old.has_key();
  const RowInput row{edit.payload(), old.CanonicalKey(traits().keypos), separate_key};
  // A key of its own is read from the old cell while the new one is written, so it cannot be the same cell.
  return separate_key ? Renew(stripe, place, row) : Replace(stripe, place, row);
}

Status HashTable::EditFallback(Stripe& stripe, std::uint32_t hash, Editor& editor,
                               const RowInput& fallback) noexcept {
  RowEdit edit;
  if (const Status status = editor.Edit(fallback.payload, edit); status != Status::kOk) return status;
  if (!edit.payload()) {
    // Patches apply to a copy: the fallback's bytes belong to the caller.
    RowEdit::Patch patches[RowEdit::kMaxPatches];
    const std::uint32_t count = edit.patch_count();
    std::copy(edit.patches(), edit.patches() + count, patches);
    std::uint8_t* copy = edit.NewPayload(fallback.payload.size);
    if (copy == nullptr) return Status::kNoMemory;
    std::memcpy(copy, fallback.payload.data, fallback.payload.size);
    for (std::uint32_t i = 0; i < count; ++i) patches[i].CopyTo(copy + patches[i].offset);
  }
  return Place(stripe, {edit.payload(), fallback.key, fallback.separate_key}, hash);
}

Status HashTable::Edit(Bytes key, Editor& editor, const RowInput* fallback) noexcept {
  const KeyWriter writer(*this, key);
  Stripe& stripe = writer.stripe();
  const SlotPlace place = writer.home().Find(key, traits().keypos);
  if (!place && fallback == nullptr) return Status::kNotFound;
  // A row with another key would not be found under its own.
  if (!place && !SameBytes(key, fallback->key)) return Status::kBadArg;
  if (!place) return EditFallback(stripe, writer.home().hash, editor, *fallback);
  RowEdit edit;
  const Status status = editor.Edit(RowView(stripe.Cell(SlotRef(place.slot()))).payload(), edit);
  return status == Status::kOk ? ApplyEdit(stripe, place, edit) : status;
}

}  // namespace termstore
