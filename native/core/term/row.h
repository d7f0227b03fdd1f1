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
// Larger rows are read under the lock: copying more than this without it risks doing it again.
inline constexpr std::uint32_t kMostOptimisticBytes = 4096;

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

// Whether the row in `cell`, whose first word is `first`, has a key of `size` <= 16 bytes in front. Compares
// in registers: reading back from a copy what was just stored in other pieces would stall. A row without a
// separate key only. Reads atomic words.
inline bool FirstElementIs(const std::uint8_t* cell, std::uint64_t first, KeyWords words,
                           std::size_t size) noexcept {
  constexpr std::uint32_t kBefore =
      8 * (kRowHeaderBytes + 1);  // bits of the header and of an arity below 128
  const std::uint64_t bytes = first & kRowSizeMask;
  if (size >= bytes || ((first >> 32) & 0x80) != 0) return false;
  const auto* at = reinterpret_cast<const std::uint64_t*>(cell);
  const std::uint64_t second = LoadWord(at + 1);
  std::uint64_t difference = ((first >> kBefore) | (second << (64 - kBefore))) ^ words.low;
  if (size < 8) return difference << (64 - 8 * size) == 0;
  if (size == 8 || difference != 0) return difference == 0;
  const std::uint64_t third = kRowHeaderBytes + bytes > 16 ? LoadWord(at + 2) : 0;
  difference = ((second >> kBefore) | (third << (64 - kBefore))) ^ words.high;
  return difference << (64 - 8 * (size - 8)) == 0;
}

// Copies the payload, `size` bytes, of the row in `cell`, whose first word is `first`, out of shared memory.
// REQUIRES: `to` has room for 8 more bytes.
// Who reads the copy at once gets its bytes from the processor's store buffer, and that only where one store
// has written all that one load asks for, and has not crossed a cache line: so short rows are written in two
// pieces, of which the second one holds the last element if that is an int32.
inline void CopyPayload(std::uint8_t* to, const std::uint64_t* cell, std::uint64_t first,
                        std::uint32_t size) noexcept {
  const std::uint64_t second = LoadWord(cell + 1);
  if (size <= 16) {
    Store(to, first >> 32 | second << 32);
    if (size <= 8) return;
    // Behind the key of [int32, int32] at the earliest.
    const std::uint32_t rest = size <= 14 ? 6 : size - 8;
    const std::uint64_t third = size <= 12 ? 0 : LoadWord(cell + 2);
    const std::uint32_t shift = 8 * (rest - 4);
    return Store(to + rest, second >> shift | third << (64 - shift));
  }
  const std::uint32_t last = (kRowHeaderBytes - 1 + size) / 8;
  std::uint64_t low = first;
  for (std::uint32_t i = 1; i <= last; ++i) {
    const std::uint64_t high = LoadWord(cell + i);
    Store(to + std::size_t{8} * (i - 1), low >> 32 | high << 32);
    low = high;
  }
  if (8 * last < size) Store(to + std::size_t{8} * last, static_cast<std::uint32_t>(low >> 32));
}

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
