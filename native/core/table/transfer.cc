#include "core/table/transfer.h"

#include <new>

#include "core/term/canonical.h"
#include "core/term/portable.h"

namespace termstore {
namespace {

constexpr std::uint32_t kRegionBytes = 65536;
// What a Reply may overwrite behind its region.
constexpr std::uint32_t kBackBytes = 64;
// A chunk that is too large is tried again with so much less.
constexpr std::size_t kShare = 16;

Status Collect(Table& table, ExportCursor& cursor, std::size_t max_bytes, Reply& rows,
               ChunkResult& result) noexcept {
  RangeRequest request;
  request.max_bytes = max_bytes;
  if (table.traits().type != TableType::kOrderedSet) return table.Scan(cursor.hash, request, rows, result);
  if (cursor.last_key) request.lower = {Bound::Kind::kExclusive, cursor.last_key};
  return table.Range(request, rows, result);
}

bool HasCanonicalBytes(std::uint8_t tag) noexcept {
  return tag != kTagFloat64 && tag != kTagBuffer && (tag < kTagArray || tag > kTagError);
}

// The arity has one form: without zeros in front.
bool ArityIsCanonical(Bytes row, const RowStart& start) noexcept {
  return start.elements - row.data == 1 || start.elements[-1] != 0;
}

// Whether the portable forms of some sized rows fit into a reply of `before` bytes. Asked before the first is
// written: a chunk that is given up leaves no trace in the reply.
Status Measure(Bytes rows, std::size_t before) noexcept {
  std::size_t total = before;
  for (const std::uint8_t* at = rows.begin(); at < rows.end();) {
    const Bytes row{at + 4, Load<std::uint32_t>(at)};
    std::size_t size = 0;
    const Status status = PortableRowSize(row, &size);
    if (status != Status::kOk) return status;
    total += 4 + size;
    if (total > kMaxBytes) return Status::kTooLarge;
    at = row.end();
  }
  return Status::kOk;
}

// As ExportRows(), which tries again with less when the names of objects make a chunk too large.
Status TryExport(Table& table, ExportCursor& cursor, std::size_t max_bytes, Reply& reply,
                 ChunkResult& result) noexcept {
  const std::unique_ptr<std::uint8_t[]> memory(new (std::nothrow) std::uint8_t[kRegionBytes + kBackBytes]);
  if (!memory) return Status::kNoMemory;
  Reply rows(memory.get(), kRegionBytes);
  const Status collected = Collect(table, cursor, max_bytes, rows, result);
  if (collected != Status::kOk) return collected;

  const Status measured = Measure({rows.data(), rows.size()}, reply.size());
  if (measured != Status::kOk) return measured;
  const std::uint8_t* at = rows.data();
  Bytes last;
  for (std::uint32_t i = 0; i < result.rows; ++i) {
    const Bytes row{at + 4, Load<std::uint32_t>(at)};
    std::size_t size = 0;
    const Status status = PortableRowSize(row, &size);
    if (status != Status::kOk) return status;
    std::uint8_t* to = reply.Extend(4 + size);
    if (to == nullptr) return Status::kNoMemory;
    Store(to, static_cast<std::uint32_t>(size));
    WritePortableRow(row, to + 4);
    last = {to + 4, size};
    at += 4 + row.size;
  }
  if (last && table.traits().type == TableType::kOrderedSet) {
    const Bytes key = RowElement(last, table.traits().keypos);
    result.last_key_offset = static_cast<std::size_t>(key.data - reply.data());
    result.last_key_size = static_cast<std::uint32_t>(key.size);
  }
  return Status::kOk;
}

}  // namespace

Status ExportRows(Table& table, ExportCursor& cursor, std::size_t max_bytes, Reply& reply,
                  ChunkResult& result) noexcept {
  for (;;) {
    ExportCursor next = cursor;
    result = {};
    const Status status = TryExport(table, next, max_bytes, reply, result);
    if (status == Status::kOk) cursor = next;
    // A chunk of one byte is one row or one bucket: there is no smaller one.
    if (status != Status::kTooLarge || max_bytes <= 1) return status;
    max_bytes = max_bytes > kShare ? max_bytes / kShare : 1;
  }
}

Status ImportedRows::Read(Bytes bytes, std::uint32_t count, const TableTraits& traits) noexcept {
  bad_row_ = 0;
  // Each row has six bytes at least, which bounds the count by what is there.
  if (count > bytes.size / 6) return Status::kDamaged;
  bytes_ = bytes.size;
  rows_.reset(new (std::nothrow) RowInput[count + std::size_t{1}]);
  if (!rows_) return Status::kNoMemory;
  const std::uint8_t* at = bytes.begin();
  for (; bad_row_ < count; ++bad_row_) {
    const auto room = static_cast<std::size_t>(bytes.end() - at);
    const std::uint32_t size = room >= 4 ? Load<std::uint32_t>(at) : ~0u;
    if (room < 4 || size > room - 4) return Status::kDamaged;
    const Status status = ReadRow({at + 4, size}, traits, &rows_[bad_row_]);
    if (status != Status::kOk) return status;
    at += 4 + std::size_t{size};
  }
  return at == bytes.end() ? Status::kOk : Status::kDamaged;
}

Status ImportedRows::ReadRow(Bytes payload, const TableTraits& traits, RowInput* row) noexcept {
  const RowStart start = ReadRowStart(payload);
  if (start.arity <= traits.keypos || !ArityIsCanonical(payload, start)) return Status::kDamaged;
  const std::uint8_t* at = start.elements;
  for (std::uint32_t i = 0; i < start.arity; ++i) {
    const std::uint8_t* next = Skip(at, payload.end());
    if (next == nullptr) return Status::kDamaged;
    const Bytes element{at, static_cast<std::size_t>(next - at)};
    if (!TermIsSound(element, false)) return Status::kDamaged;
    if (i == traits.keypos) row->key = element;
    at = next;
  }
  // `undefined` marks the end of a traversal and is no key.
  if (at != payload.end() || *row->key.data == kTagUndefined) return Status::kDamaged;
  row->payload = payload;
  return traits.type == TableType::kOrderedSet ? Status::kOk : MakeKey(row);
}

Status ImportedRows::MakeKey(RowInput* row) noexcept {
  if (HasCanonicalBytes(*row->key.data)) return Status::kOk;
  if (!keys_) {
    keys_.reset(new (std::nothrow) std::uint8_t[bytes_]);
    keys_end_ = keys_.get();
    if (!keys_) return Status::kNoMemory;
  }
  std::uint8_t* end = WriteCanonical(row->key, keys_end_);
  if (end == nullptr) return Status::kNoMemory;
  const Bytes canonical{keys_end_, static_cast<std::size_t>(end - keys_end_)};
  // Rows store a canonical key of their own only where theirs is not.
  if (SameBytes(canonical, row->key)) return Status::kOk;
  row->key = canonical;
  row->separate_key = true;
  keys_end_ = end;
  return Status::kOk;
}

}  // namespace termstore
