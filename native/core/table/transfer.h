// Rows on their way out of the process and back in: what files hold.
#pragma once

#include <memory>

#include "core/table/table.h"

namespace termstore {

// Where an export of a table stands, whatever its type. A row that stays in the table is delivered exactly
// once.
struct ExportCursor {
  HashCursor hash;
  Bytes last_key;  // ordered tables: of the last row delivered, as its row holds it; none at the start
};

// The next rows in portable form, as sized rows; advances cursor.hash. At most `max_bytes` of table memory,
// or one row (a hash table: one bucket) that is larger. kOk, kNoMemory, kTooLarge, kDamaged.
Status ExportRows(Table& table, ExportCursor& cursor, std::size_t max_bytes, Reply& reply,
                  ChunkResult& result) noexcept;

// Rows that nobody vouches for, made ready for Table::InsertMany: every byte is checked, and keys are made
// canonical here instead of being believed.
class ImportedRows {
 public:
  // `bytes` are exactly `count` sized rows; they must outlive this object. kOk; kDamaged: row number
  // bad_row() is none, refers to a shape or has no key; kNoMemory.
  Status Read(Bytes bytes, std::uint32_t count, const TableTraits& traits) noexcept;

  const RowInput* rows() const noexcept { return rows_.get(); }
  std::uint32_t bad_row() const noexcept { return bad_row_; }

 private:
  Status ReadRow(Bytes payload, const TableTraits& traits, RowInput* row) noexcept;
  Status MakeKey(RowInput* row) noexcept;

  std::unique_ptr<RowInput[]> rows_;
  // Canonical keys that are not inside their rows. Never longer than these, so it has room for all.
  std::unique_ptr<std::uint8_t[]> keys_;
  std::uint8_t* keys_end_ = nullptr;
  std::size_t bytes_ = 0;
  std::uint32_t bad_row_ = 0;
};

}  // namespace termstore
