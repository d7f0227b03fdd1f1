// Tables with the option `compressed`: a table of packed rows (row_codec.h) that looks like one of the rows
// themselves.
//
// Rows are packed before the lock is taken and, where one answer is all there is to do, expanded after it was
// released. What must see the row itself under the lock asks the codec there: TableTraits::codec.
#pragma once

#include <memory>

#include "core/table/table.h"

namespace termstore {

class CompressedTable final : public Table {
 public:
  // Null when memory is short. `make(traits)` makes the table of packed rows, or null; `compressor` must
  // outlive the table.
  template <typename Make>
  static std::unique_ptr<Table> Of(const TableTraits& traits, Epochs& epochs, Compressor& compressor,
                                   Make make) noexcept {
    std::unique_ptr<CompressedTable> table(new (std::nothrow) CompressedTable(traits, epochs, compressor));
    if (table) table->packed_ = make(table->PackedTraits());
    return table && table->packed_ ? std::move(table) : nullptr;
  }

  Status Lookup(Bytes key, Reply& reply) noexcept override;
  Status Member(Bytes key) noexcept override { return packed_->Member(key); }
  Status LookupElement(Bytes key, std::uint32_t position, Reply& reply) noexcept override;
  Status Insert(const RowInput& row) noexcept override;
  Status InsertNew(const RowInput& row) noexcept override;
  Status InsertMany(const RowInput* rows, std::uint32_t count, bool only_new) noexcept override;
  Status InsertKnowing(const RowInput& row, KnownRows& known) noexcept override;
  Status Delete(Bytes key) noexcept override { return packed_->Delete(key); }
  Status DeleteObject(const RowInput& row) noexcept override;
  Status Take(Bytes key, Reply& reply) noexcept override { return packed_->Take(key, reply); }
  Status DeleteAll(std::uint64_t* rows) noexcept override { return packed_->DeleteAll(rows); }
  Status Edit(Bytes key, Editor& editor, const RowInput* fallback) noexcept override;
  Status Step(Direction direction, Bytes key, StepPart part, Reply& reply) noexcept override;
  Status StepRun(Direction direction, Bytes key, const RangeRequest& limits, Reply& reply,
                 ChunkResult& result) noexcept override {
    return packed_->StepRun(direction, key, limits, reply, result);
  }
  Status Range(const RangeRequest& request, Reply& reply, ChunkResult& result) noexcept override {
    return packed_->Range(request, reply, result);
  }
  Status Scan(HashCursor& cursor, const RangeRequest& limits, Reply& reply,
              ChunkResult& result) noexcept override {
    return packed_->Scan(cursor, limits, reply, result);
  }
  Status Slot(std::uint64_t index, Reply& reply) noexcept override;
  Status Select(SelectRequest& request, Reply& reply, SelectResult& result) noexcept override {
    return packed_->Select(request, reply, result);
  }
  Status Describe(Reply& reply) noexcept override { return packed_->Describe(reply); }
  RowStamp Stamp(Bytes key) noexcept override { return packed_->Stamp(key); }
  RowVersions& versions() noexcept override { return packed_->versions(); }
  void Fix() noexcept override { packed_->Fix(); }
  void Unfix() noexcept override { packed_->Unfix(); }
  std::uint64_t Size() const noexcept override { return packed_->Size(); }
  std::size_t Memory() const noexcept override { return sizeof(CompressedTable) + packed_->Memory(); }
  std::uint64_t Waits() const noexcept override { return packed_->Waits(); }

 private:
  CompressedTable(const TableTraits& traits, Epochs& epochs, Compressor& compressor) noexcept
      : Table(traits, epochs), codec_(compressor, traits.keypos) {}

  TableTraits PackedTraits() const noexcept {
    TableTraits packed = traits();
    packed.keypos = 0;
    packed.codec = &codec_;
    return packed;
  }
  // `row` packed into `buffer`. kOk with `packed`, kNoMemory, kTooLarge, kBadArg (no key element).
  Status Pack(const RowInput& row, RowBuffer& buffer, RowInput* packed) const noexcept;
  // Appends the expansions of packed sized rows as sized rows. kOk, kNoMemory.
  Status ExpandAll(const Reply& packed, Reply& reply) const noexcept;
  // Runs find(copy) for an answer of packed sized rows and expands it.
  template <typename Find>
  Status Expanded(Find find, Reply& reply) noexcept;

  const RowCodec codec_;
  std::unique_ptr<Table> packed_;
};

}  // namespace termstore
