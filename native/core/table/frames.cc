#include "core/table/frames.h"

#include <algorithm>
#include <new>

namespace termstore {
namespace {

// Rows are fetched in chunks of this many bytes, so that no lock is held for longer than they take.
constexpr std::size_t kChunkBytes = std::size_t{1} << 16;
// What a Reply may overwrite behind its region.
constexpr std::size_t kBackBytes = 64;
constexpr std::uint32_t kRegionBytes = kBlockBytes + 2 * kChunkBytes;
// A larger frame is one row; its memory is not kept for the frames after it.
constexpr std::size_t kMostKept = std::size_t{1} << 21;
// Rows that are inserted in one step: locks are held for some hundred microseconds.
constexpr std::uint32_t kBatchRows = 256;

std::unique_ptr<std::uint8_t[]> Memory(std::size_t bytes) noexcept {
  return std::unique_ptr<std::uint8_t[]>(new (std::nothrow) std::uint8_t[bytes + 1]);
}

}  // namespace

bool TableExport::Start() noexcept {
  region_ = Memory(kRegionBytes + kBackBytes);
  if (region_) fetched_.reset(new (std::nothrow) Reply(region_.get(), kRegionBytes));
  return fetched_ != nullptr;
}

bool TableExport::KeepKey(const ChunkResult& result) noexcept {
  const std::size_t size = result.last_key_size;
  if (size == 0) return true;
  key_ = Memory(size);
  if (!key_) return false;
  const std::uint8_t* key = fetched_->data() + result.last_key_offset;
  std::copy(key, key + size, key_.get());
  cursor_.last_key = {key_.get(), size};
  return true;
}

Status TableExport::Fetch(Table& table) noexcept {
  row_count_ = 0;
  block_count_ = 0;
  if (!fetched_ && !Start()) return Status::kNoMemory;
  if (fetched_->spilled()) std::free(fetched_->Release());
  fetched_->Truncate(0);
  while (!done_ && fetched_->size() < kBlockBytes) {
    ChunkResult result;
    const Status status = ExportRows(table, cursor_, kChunkBytes, *fetched_, result);
    if (status != Status::kOk) return status;
    if (!KeepKey(result)) return Status::kNoMemory;
    row_count_ += result.rows;
    done_ = result.done;
  }
  return Status::kOk;
}

void TableExport::AddBlock(Bytes rows, std::uint32_t count) noexcept {
  Block& block = blocks_[block_count_++];
  block.rows = rows;
  Store(block.head, kFrameOfRows);
  Store(block.head + 4, static_cast<std::uint32_t>(rows.size));
  Store(block.head + 8, count);
}

Status TableExport::Frame() noexcept {
  taking_ = 0;
  taken_ = 0;
  if (row_count_ == 0) return Status::kOk;
  // Any two blocks that follow each other have more than kBlockBytes together.
  blocks_.reset(new (std::nothrow) Block[2 * (fetched_->size() / kBlockBytes) + 2]);
  if (!blocks_) return Status::kNoMemory;
  const std::uint8_t* start = fetched_->data();
  const std::uint8_t* at = start;
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < row_count_; ++i) {
    const std::uint8_t* next = at + 4 + Load<std::uint32_t>(at);
    if (count > 0 && next - start > static_cast<std::ptrdiff_t>(kBlockBytes)) {
      AddBlock({start, static_cast<std::size_t>(at - start)}, count);
      start = at;
      count = 0;
    }
    at = next;
    ++count;
  }
  AddBlock({start, static_cast<std::size_t>(at - start)}, count);
  return Status::kOk;
}

std::size_t TableExport::Take(std::uint8_t* to, std::size_t room) noexcept {
  if (taking_ >= block_count_) return 0;
  const Block& block = blocks_[taking_];
  std::size_t skipped = taken_;
  std::size_t done = 0;
  for (const Bytes part : {Bytes{block.head, kFrameHeadBytes}, block.rows}) {
    const std::size_t from = std::min(skipped, part.size);
    const std::size_t size = std::min(part.size - from, room - done);
    std::copy(part.data + from, part.data + from + size, to + done);
    skipped -= from;
    done += size;
  }
  taken_ += done;
  if (taken_ == kFrameHeadBytes + block.rows.size) {
    ++taking_;
    taken_ = 0;
  }
  return done;
}

bool TableImport::Begin(std::size_t bytes) noexcept {
  if (bytes > capacity_ || capacity_ > kMostKept) {
    frame_.reset();
    frame_ = Memory(bytes);
    capacity_ = frame_ ? bytes : 0;
  }
  size_ = frame_ ? bytes : 0;
  filled_ = 0;
  return frame_ != nullptr;
}

bool TableImport::Feed(Bytes bytes) noexcept {
  if (bytes.size > size_ - filled_) return false;
  std::copy(bytes.begin(), bytes.end(), frame_.get() + filled_);
  filled_ += bytes.size;
  return true;
}

Status TableImport::Insert(Table& table, bool merge) noexcept {
  if (filled_ != size_ || size_ < kFrameHeadBytes) return Status::kBadArg;
  const Bytes content{frame_.get() + kFrameHeadBytes, size_ - kFrameHeadBytes};
  const auto count = Load<std::uint32_t>(frame_.get() + 8);
  ImportedRows rows;
  const Status status = rows.Read(content, count, table.traits());
  bad_row_ = rows.bad_row();
  return status == Status::kOk ? InsertRows(table, rows.rows(), count, merge) : status;
}

Status TableImport::InsertRows(Table& table, const RowInput* rows, std::uint32_t count, bool merge) noexcept {
  const bool bag = table.traits().type == TableType::kBag;
  for (std::uint32_t at = 0; at < count;) {
    const std::uint32_t batch = bag ? 1 : std::min(kBatchRows, count - at);
    const Status status =
        bag ? table.InsertKnowing(rows[at], known_) : table.InsertMany(rows + at, batch, false);
    bad_row_ = at;
    const bool is_there = status == Status::kExists && merge;
    // The file of a bag has no row twice.
    if (status != Status::kOk && !is_there) return status == Status::kExists ? Status::kDamaged : status;
    at += batch;
  }
  return Status::kOk;
}

}  // namespace termstore
