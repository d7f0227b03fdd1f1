#include "core/table/element.h"

#include "core/term/reader.h"

namespace termstore {
namespace {

const ElementChange* LastChange(const ElementChange* changes, std::uint32_t count,
                                std::uint32_t position) noexcept {
  for (std::uint32_t i = count; i-- > 0;) {
    if (changes[i].position == position) return &changes[i];
  }
  return nullptr;
}

// True when patches suffice; false leaves patches in `edit` that NewPayload() discards.
bool TryPatches(Bytes payload, const ElementChange* changes, std::uint32_t count, RowEdit& edit) noexcept {
  for (std::uint32_t i = 0; i < count; ++i) {
    const Bytes element = RowElement(payload, changes[i].position);
    if (element.size != changes[i].term.size) return false;
    if (!edit.AddPatch(static_cast<std::uint32_t>(element.data - payload.data), changes[i].term))
      return false;
  }
  return true;
}

}  // namespace

Status ReplaceElements(Bytes payload, const ElementChange* changes, std::uint32_t count,
                       RowEdit& edit) noexcept {
  const RowStart start = ReadRowStart(payload);
  if (start.arity == 0) return Status::kDamaged;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (changes[i].position >= start.arity) return Status::kPosition;
  }
  if (TryPatches(payload, changes, count, edit)) return Status::kOk;

  // Twice over the row: first the size, then the bytes.
  std::uint64_t size = static_cast<std::uint64_t>(start.elements - payload.data);
  std::uint8_t* to = nullptr;
  for (int pass = 0; pass < 2; ++pass) {
    const std::uint8_t* at = start.elements;
    for (std::uint32_t i = 0; i < start.arity; ++i) {
      const std::uint8_t* next = Skip(at, payload.end());
      if (next == nullptr) return Status::kDamaged;
      const ElementChange* change = LastChange(changes, count, i);
      const Bytes element =
          change != nullptr ? change->term : Bytes{at, static_cast<std::uint32_t>(next - at)};
      if (pass == 0) {
        size += element.size;
      } else {
        std::memcpy(to, element.data, element.size);
        to += element.size;
      }
      at = next;
    }
    if (pass == 1) break;
    if (size > kMaxBytes) return Status::kTooLarge;
    to = edit.NewPayload(static_cast<std::uint32_t>(size));
    if (to == nullptr) return Status::kNoMemory;
    const std::size_t head = static_cast<std::size_t>(start.elements - payload.data);
    std::memcpy(to, payload.data, head);
    to += head;
  }
  return Status::kOk;
}

Status ElementEditor::Edit(Bytes payload, RowEdit& edit) noexcept {
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (changes_[i].position == keypos_) return Status::kKeypos;
  }
  return ReplaceElements(payload, changes_, count_, edit);
}

}  // namespace termstore
