// How compressed tables store rows: as rows of two elements, the key and everything else.
//
//   packed row = 2, key element, BYTES (u8 form, rest)
//
// The rest is the row without its key element: arity and the other elements. Form kPlain has it as it is,
// form kCompressed has its u32 size and its compressed bytes. So a packed row is a row: arenas, slots and
// leaves hold it like any other, with the key at position 0.
#pragma once

#include <cstdlib>

#include "core/memory/compressor.h"
#include "core/memory/reply.h"
#include "core/term/row.h"

namespace termstore {

// Memory for one row at a time, used again for the next one.
class RowBuffer {
 public:
  RowBuffer() = default;
  ~RowBuffer() { std::free(data_); }
  RowBuffer(const RowBuffer&) = delete;
  RowBuffer& operator=(const RowBuffer&) = delete;

  // Room for `bytes` bytes; what was there stays. Null when memory is short.
  std::uint8_t* Reserve(std::size_t bytes) noexcept;
  std::uint8_t* data() const noexcept { return data_; }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t capacity_ = 0;
};

class RowCodec {
 public:
  // Rows with less than this beside the key stay as they are: the compressed form has a header of its own.
  static constexpr std::size_t kLeastBytes = 64;
  // What the form kPlain adds to a row.
  static constexpr std::size_t kPlainExtra = 7;

  // `compressor` must outlive the codec. `keypos` is the key's position in the rows that are packed.
  RowCodec(Compressor& compressor, std::uint32_t keypos) noexcept
      : compressor_(compressor), keypos_(keypos) {}

  std::uint32_t keypos() const noexcept { return keypos_; }

  // Packs `row` into `to`, which has room for row.size + kPlainExtra bytes. kOk with `size`; kDamaged: the
  // row has no key element; kTooLarge.
  Status Pack(Bytes row, std::uint8_t* to, std::size_t* size) const noexcept;

  // The bytes that `packed` expands to; 0 when it is damaged. Cost: one step, nothing is expanded.
  static std::size_t ExpandedSize(Bytes packed) noexcept;
  // Expands into `to`, which has room for ExpandedSize(packed) bytes. kOk, kNoMemory, kDamaged.
  Status Expand(Bytes packed, std::uint8_t* to) const noexcept;
  // The same into `buffer`. None when memory is short, or `packed` is damaged.
  Bytes Expand(Bytes packed, RowBuffer& buffer) const noexcept;

 private:
  Compressor& compressor_;
  const std::uint32_t keypos_;
};

// What follows takes rows as a table stores them: packed by `codec`, or with no codec as they came.

// The bytes of the row itself.
inline std::size_t RowSize(const RowCodec* codec, Bytes stored) noexcept {
  return codec == nullptr ? stored.size : RowCodec::ExpandedSize(stored);
}
// Appends the row itself to a reply, alone or as a sized row. False when memory is short.
bool AppendRow(const RowCodec* codec, Bytes stored, Reply& reply) noexcept;
bool AppendSizedRow(const RowCodec* codec, Bytes stored, Reply& reply) noexcept;

// Compares one row with rows that are stored (RowsEqual).
class RowMatcher {
 public:
  RowMatcher(const RowCodec* codec, Bytes row) noexcept : codec_(codec), row_(row) {}

  // Takes the memory that Matches(stored) needs. False when it is short.
  bool Prepare(Bytes stored) noexcept { return codec_ == nullptr || PreparePacked(stored); }
  // REQUIRES: Prepare(stored) has succeeded.
  bool Matches(Bytes stored) noexcept;

 private:
  bool PreparePacked(Bytes stored) noexcept;

  const RowCodec* codec_;
  const Bytes row_;
  RowBuffer buffer_;
  const std::uint8_t* expanded_ = nullptr;  // the stored row that buffer_ holds the expansion of
};

}  // namespace termstore
