// A row in memory: one cell of an arena.
//
//   u32 header | payload (arity, elements) | [u32 size, canonical key]
//
// The canonical key follows only where the key element's own bytes are not canonical (docs/term-format.md);
// ordered tables never store it, because they compare instead of hashing.
#pragma once

#include "core/base/atomic_word.h"
#include "core/term/hash.h"
#include "core/term/reader.h"

namespace termstore {

inline constexpr std::uint32_t kRowSizeMask = (1u << 30) - 1;
inline constexpr std::uint32_t kRowHasKey = 1u << 30;
inline constexpr std::uint32_t kRowIsGroup = 1u << 31;  // no row but a list of rows: table/row_group.h
inline constexpr std::uint32_t kRowHeaderBytes = 4;

// A row on its way into a table. The bytes belong to the caller and need to live only for the call.
struct RowInput {
  Bytes payload;
  Bytes key;                  // canonical (hash tables) or as stored in the payload (ordered tables)
  bool separate_key = false;  // `key` is not inside `payload` and must be stored behind it
  // Where `payload` is a packed row (table/row_codec.h): the row itself; else none.
  Bytes original{};

  Bytes row() const noexcept { return original ? original : payload; }

  std::uint32_t CellBytes() const noexcept {
    return kRowHeaderBytes + payload.size + (separate_key ? 4 + key.size : 0);
  }
};

// A row in a cell, for the holder of the stripe's lock.
class RowView {
 public:
  explicit RowView(const std::uint8_t* cell) noexcept : cell_(cell), header_(Load<std::uint32_t>(cell)) {}

  Bytes payload() const noexcept { return {cell_ + kRowHeaderBytes, header_ & kRowSizeMask}; }
  bool has_key() const noexcept { return (header_ & kRowHasKey) != 0; }

  std::uint32_t CellBytes() const noexcept {
    const std::uint32_t bytes = kRowHeaderBytes + (header_ & kRowSizeMask);
    return has_key() ? bytes + 4 + Load<std::uint32_t>(cell_ + bytes) : bytes;
  }

  // The key element as stored; none when the row is damaged.
  Bytes KeyElement(std::uint32_t keypos) const noexcept { return RowElement(payload(), keypos); }

  // What hashes and compares in a hash table.
  Bytes CanonicalKey(std::uint32_t keypos) const noexcept {
    if (!has_key()) return KeyElement(keypos);
    const std::uint8_t* at = cell_ + kRowHeaderBytes + (header_ & kRowSizeMask);
    return {at + 4, Load<std::uint32_t>(at)};
  }

 private:
  const std::uint8_t* cell_;
  std::uint32_t header_;
};

void WriteLargeRow(std::uint8_t* cell, const RowInput& row) noexcept;

// Writes `row` into `cell`, which has room for row.CellBytes() rounded up to 8. Word by word, because
// readers without the lock may look at the cell (base/atomic_word.h).
inline void WriteRow(std::uint8_t* cell, const RowInput& row) noexcept {
  if (row.separate_key || row.payload.size > kKeyWordsBytes) return WriteLargeRow(cell, row);
  // Small rows are most rows: put together in registers, because a buffer that is written in pieces and read
  // back in whole words stalls the processor.
  const KeyWords words = LoadKeyWords(row.payload);
  auto* to = reinterpret_cast<std::uint64_t*>(cell);
  StoreWord(to, row.payload.size | words.low << 32);
  StoreWord(to + 1, words.low >> 32 | words.high << 32);
  if (row.payload.size > 12) StoreWord(to + 2, words.high >> 32);
}

}  // namespace termstore
