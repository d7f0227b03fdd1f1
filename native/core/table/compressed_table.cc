#include "core/table/compressed_table.h"

#include <new>

namespace termstore {
namespace {

// A reply for packed rows, before they are expanded into the caller's.
class PackedReply {
 public:
  PackedReply() noexcept : reply_(memory_, kRegion) {}
  Reply& reply() noexcept { return reply_; }
  Bytes bytes() const noexcept { return {reply_.data(), reply_.size()}; }

 private:
  static constexpr std::uint32_t kRegion = 4096;

  alignas(8) std::uint8_t memory_[kRegion + 64];
  Reply reply_;
};

Status StatusOf(bool fits) noexcept { return fits ? Status::kOk : Status::kNoMemory; }

// Shows the row itself to an editor, and packs what becomes of it.
class PackedEditor final : public Editor {
 public:
  PackedEditor(const RowCodec& codec, Editor& editor) noexcept : codec_(codec), editor_(editor) {}

  Status Edit(Bytes packed, RowEdit& edit) noexcept override {
    const Bytes row = codec_.Expand(packed, buffer_);
    if (!row) return Status::kNoMemory;
    RowEdit change;
    const Status status = editor_.Edit(row, change);
    if (status != Status::kOk) return status;
    if (change.payload()) return PackInto(change.payload(), edit);
    if (change.patch_count() == 0) return Status::kOk;
    for (std::uint32_t i = 0; i < change.patch_count(); ++i) {
      const RowEdit::Patch& patch = change.patches()[i];
      patch.CopyTo(buffer_.data() + patch.offset);
    }
    return PackInto(row, edit);
  }

 private:
  Status PackInto(Bytes row, RowEdit& edit) const noexcept {
    std::uint8_t* to = edit.NewPayload(static_cast<std::uint32_t>(row.size + RowCodec::kPlainExtra));
    if (to == nullptr) return Status::kNoMemory;
    std::size_t size = 0;
    const Status status = codec_.Pack(row, to, &size);
    if (status == Status::kOk) edit.TruncatePayload(size);
    return status;
  }

  const RowCodec& codec_;
  Editor& editor_;
  RowBuffer buffer_;
};

// Calls visit(row) for each of some sized rows, until it returns false.
template <typename Visit>
bool VisitSized(Bytes rows, Visit visit) noexcept {
  for (const std::uint8_t* at = rows.begin(); at < rows.end();) {
    const Bytes row{at + 4, Load<std::uint32_t>(at)};
    if (!visit(row)) return false;
    at = row.end();
  }
  return true;
}

}  // namespace

Status CompressedTable::Pack(const RowInput& row, RowBuffer& buffer, RowInput* packed) const noexcept {
  std::uint8_t* to = buffer.Reserve(row.payload.size + RowCodec::kPlainExtra);
  if (to == nullptr) return Status::kNoMemory;
  std::size_t size = 0;
  const Status status = codec_.Pack(row.payload, to, &size);
  if (status != Status::kOk) return status == Status::kDamaged ? Status::kBadArg : status;
  *packed = row;
  packed->payload = {to, size};
  packed->original = row.payload;
  // A key inside the row is inside the packed row as well, and the caller's bytes are as good as those.
  return Status::kOk;
}

Status CompressedTable::ExpandAll(const Reply& packed, Reply& reply) const noexcept {
  return StatusOf(VisitSized({packed.data(), packed.size()},
                             [&](Bytes row) { return AppendSizedRow(&codec_, row, reply); }));
}

template <typename Find>
Status CompressedTable::Expanded(Find find, Reply& reply) noexcept {
  PackedReply packed;
  const Status status = find(packed.reply());
  return status == Status::kOk ? ExpandAll(packed.reply(), reply) : status;
}

Status CompressedTable::Lookup(Bytes key, Reply& reply) noexcept {
  PackedReply packed;
  const Status status = packed_->Lookup(key, packed.reply());
  if (status != Status::kOk) return status;
  return traits().IsBag() ? ExpandAll(packed.reply(), reply)
                          : StatusOf(AppendRow(&codec_, packed.bytes(), reply));
}

Status CompressedTable::LookupElement(Bytes key, std::uint32_t position, Reply& reply) noexcept {
  PackedReply packed;
  Status status = packed_->Lookup(key, packed.reply());
  if (status != Status::kOk) return status;
  RowBuffer buffer;
  const auto append = [&](Bytes stored) {
    const Bytes row = codec_.Expand(stored, buffer);
    const Bytes element = row ? RowElement(row, position) : Bytes{};
    status = !row ? Status::kNoMemory : !element ? Status::kPosition : StatusOf(reply.Append(element));
    return status == Status::kOk;
  };
  if (!traits().IsBag()) {
    (void)append(packed.bytes());
  } else {
    (void)VisitSized(packed.bytes(), append);
  }
  return status;
}

Status CompressedTable::Insert(const RowInput& row) noexcept {
  RowBuffer buffer;
  RowInput packed;
  const Status status = Pack(row, buffer, &packed);
  return status == Status::kOk ? packed_->Insert(packed) : status;
}

Status CompressedTable::InsertKnowing(const RowInput& row, KnownRows& known) noexcept {
  RowBuffer buffer;
  RowInput packed;
  const Status status = Pack(row, buffer, &packed);
  return status == Status::kOk ? packed_->InsertKnowing(packed, known) : status;
}

Status CompressedTable::InsertNew(const RowInput& row) noexcept {
  RowBuffer buffer;
  RowInput packed;
  const Status status = Pack(row, buffer, &packed);
  return status == Status::kOk ? packed_->InsertNew(packed) : status;
}

Status CompressedTable::InsertMany(const RowInput* rows, std::uint32_t count, bool only_new) noexcept {
  if (count == 0) return Status::kOk;
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < count; ++i) bytes += rows[i].payload.size + RowCodec::kPlainExtra;
  RowBuffer buffer;
  std::uint8_t* to = buffer.Reserve(bytes);
  const std::unique_ptr<RowInput[]> packed(new (std::nothrow) RowInput[count]);
  if (to == nullptr || !packed) return Status::kNoMemory;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::size_t size = 0;
    const Status status = codec_.Pack(rows[i].payload, to, &size);
    if (status != Status::kOk) return status == Status::kDamaged ? Status::kBadArg : status;
    packed[i] = rows[i];
    packed[i].payload = {to, size};
    packed[i].original = rows[i].payload;
    to += size;
  }
  return packed_->InsertMany(packed.get(), count, only_new);
}

Status CompressedTable::DeleteObject(const RowInput& row) noexcept {
  const Bytes key = RowElement(row.payload, traits().keypos);
  RowBuffer buffer;
  if (key.data == nullptr) return Status::kNotFound;
  std::uint8_t* to = buffer.Reserve(1 + key.size);
  if (to == nullptr) return Status::kNoMemory;
  // Only for the key at its place: the row itself is what stored rows are compared with.
  *to = 1;
  std::memcpy(to + 1, key.data, key.size);
  RowInput wanted = row;
  wanted.payload = {to, 1 + key.size};
  wanted.original = row.payload;
  return packed_->DeleteObject(wanted);
}

Status CompressedTable::Edit(Bytes key, Editor& editor, const RowInput* fallback) noexcept {
  PackedEditor packed_editor(codec_, editor);
  if (fallback == nullptr) return packed_->Edit(key, packed_editor, nullptr);
  RowBuffer buffer;
  RowInput packed;
  const Status status = Pack(*fallback, buffer, &packed);
  return status == Status::kOk ? packed_->Edit(key, packed_editor, &packed) : status;
}

Status CompressedTable::Step(Direction direction, Bytes key, StepPart part, Reply& reply) noexcept {
  if (part == StepPart::kKey) return packed_->Step(direction, key, part, reply);
  return Expanded([&](Reply& packed) { return packed_->Step(direction, key, part, packed); }, reply);
}

Status CompressedTable::Slot(std::uint64_t index, Reply& reply) noexcept {
  return Expanded([&](Reply& packed) { return packed_->Slot(index, packed); }, reply);
}

}  // namespace termstore
