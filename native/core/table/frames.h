// Rows between a table and the frames of a file (docs/file-format.md): what a slice of a dump or a load does
// in the thread pool. Their checks, and what a file has before and after its rows, are known to lib/files
// alone.
#pragma once

#include <memory>

#include "core/table/known_rows.h"
#include "core/table/transfer.h"

namespace termstore {

inline constexpr std::uint32_t kFrameOfRows = 2;
inline constexpr std::size_t kFrameHeadBytes = 12;
// What a block should have; a row that is larger has one of its own.
inline constexpr std::size_t kBlockBytes = std::size_t{1} << 18;

// Takes a table apart into frames, some 256 KiB in a slice. One thread at a time.
class TableExport {
 public:
  TableExport() noexcept = default;
  TableExport(const TableExport&) = delete;
  TableExport& operator=(const TableExport&) = delete;

  // Fetches the next rows in place of those before; no more than a block of them, or a row (a hash table: a
  // bucket) that is larger. REQUIRES: inside a Pin. kOk, kNoMemory, kTooLarge, kDamaged.
  Status Fetch(Table& table) noexcept;
  // Makes frames of them. Needs no table. kOk, kNoMemory.
  Status Frame() noexcept;

  std::uint32_t rows() const noexcept { return row_count_; }
  bool done() const noexcept { return done_; }
  // Copies the next bytes of the frames, none beyond the end of one of them; returns how many, 0 after the
  // last frame.
  std::size_t Take(std::uint8_t* to, std::size_t room) noexcept;

 private:
  struct Block {
    Bytes rows;
    std::uint8_t head[kFrameHeadBytes];
  };

  bool Start() noexcept;
  bool KeepKey(const ChunkResult& result) noexcept;
  void AddBlock(Bytes rows, std::uint32_t count) noexcept;

  ExportCursor cursor_;
  std::unique_ptr<std::uint8_t[]> key_;  // behind cursor_.last_key
  std::unique_ptr<std::uint8_t[]> region_;
  std::unique_ptr<Reply> fetched_;
  std::unique_ptr<Block[]> blocks_;
  std::uint32_t row_count_ = 0;
  std::uint32_t block_count_ = 0;
  std::uint32_t taking_ = 0;  // the block that Take() is at
  std::size_t taken_ = 0;     // bytes of its frame
  bool done_ = false;
};

// Puts the rows of frames into a table, a frame at a time. One thread at a time.
class TableImport {
 public:
  TableImport() noexcept = default;
  TableImport(const TableImport&) = delete;
  TableImport& operator=(const TableImport&) = delete;

  // A frame of `bytes` comes, head included. False when there is no memory for it.
  bool Begin(std::size_t bytes) noexcept;
  // The next bytes of it. False when they are more than were announced.
  bool Feed(Bytes bytes) noexcept;
  // Checks every byte of the rows, then inserts them, some at a time. kOk; kDamaged: row bad_row() is none of
  // this table, or is in a bag already, unless `merge`; kNoMemory; kBadArg: the frame is not complete.
  // REQUIRES: inside a Pin.
  Status Insert(Table& table, bool merge = false) noexcept;
  std::uint32_t bad_row() const noexcept { return bad_row_; }

 private:
  Status InsertRows(Table& table, const RowInput* rows, std::uint32_t count, bool merge) noexcept;

  std::unique_ptr<std::uint8_t[]> frame_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;    // bytes of the frame
  std::size_t filled_ = 0;  // of which these are here
  std::uint32_t bad_row_ = 0;
  KnownRows known_;
};

}  // namespace termstore
