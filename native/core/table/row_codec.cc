#include "core/table/row_codec.h"

#include "core/term/compare.h"

namespace termstore {
namespace {

constexpr std::uint8_t kPlain = 0;
constexpr std::uint8_t kCompressed = 1;
constexpr std::size_t kSizeBytes = 4;

// The parts of a packed row; no key when it is damaged.
struct PackedRow {
  Bytes key;
  Bytes data;            // the rest, as `compressed` says
  std::size_t rest = 0;  // bytes of the rest
  bool compressed = false;
};

PackedRow ReadPacked(Bytes packed) noexcept {
  if (packed.size < 2 || packed.data[0] != 2) return {};
  const std::uint8_t* const blob = Skip(packed.data + 1, packed.end());
  if (blob == nullptr || packed.end() - blob < 6 || *blob != kTagBytes) return {};
  PackedRow parts;
  const auto bytes = static_cast<std::size_t>(packed.end() - blob) - 5;
  if (Load<std::uint32_t>(blob + 1) != bytes || blob[5] > kCompressed) return {};
  parts.compressed = blob[5] == kCompressed;
  parts.data = {blob + 6, bytes - 1};
  parts.rest = parts.data.size;
  if (parts.compressed) {
    if (parts.data.size < kSizeBytes) return {};
    parts.rest = Load<std::uint32_t>(parts.data.data);
    parts.data = {parts.data.data + kSizeBytes, parts.data.size - kSizeBytes};
    // Nobody is made to allocate what these bytes cannot expand to.
    if (parts.rest > parts.data.size * Compressor::kMostExpansion) return {};
  }
  const Bytes key{packed.data + 1, static_cast<std::size_t>(blob - packed.data) - 1};
  if (parts.rest == 0 || parts.rest + key.size > kMaxBytes) return {};
  parts.key = key;
  return parts;
}

// Copies; where it ends.
std::uint8_t* Put(std::uint8_t* to, Bytes bytes) noexcept {
  if (bytes.data != nullptr) std::memcpy(to, bytes.data, bytes.size);
  return to + bytes.size;
}

}  // namespace

std::uint8_t* RowBuffer::Reserve(std::size_t bytes) noexcept {
  if (bytes <= capacity_ && data_ != nullptr) return data_;
  auto* grown = static_cast<std::uint8_t*>(std::realloc(data_, bytes == 0 ? 1 : bytes));
  if (grown == nullptr) return nullptr;
  data_ = grown;
  capacity_ = bytes;
  return data_;
}

Status RowCodec::Pack(Bytes row, std::uint8_t* to, std::size_t* size) const noexcept {
  const Bytes key = RowElement(row, keypos_);
  if (!key) return Status::kDamaged;
  if (row.size > kRowSizeMask - kPlainExtra) return Status::kTooLarge;
  const Bytes head{row.data, static_cast<std::size_t>(key.data - row.data)};
  const Bytes tail{key.end(), static_cast<std::size_t>(row.end() - key.end())};
  const std::size_t rest = head.size + tail.size;
  *to = 2;
  std::uint8_t* const blob = Put(to + 1, key);
  std::uint8_t* const data = blob + 6;
  std::size_t bytes = 0;
  if (rest >= kLeastBytes) bytes = compressor_.Compress(head, tail, data + kSizeBytes, rest - kSizeBytes - 1);
  blob[0] = kTagBytes;
  blob[5] = bytes > 0 ? kCompressed : kPlain;
  if (bytes > 0) {
    Store(data, static_cast<std::uint32_t>(rest));
    bytes += kSizeBytes;
  } else {
    bytes = rest;
    Put(Put(data, head), tail);
  }
  Store(blob + 1, static_cast<std::uint32_t>(bytes + 1));
  *size = static_cast<std::size_t>(data + bytes - to);
  return Status::kOk;
}

std::size_t RowCodec::ExpandedSize(Bytes packed) noexcept {
  const PackedRow parts = ReadPacked(packed);
  return parts.key ? parts.rest + parts.key.size : 0;
}

Status RowCodec::Expand(Bytes packed, std::uint8_t* to) const noexcept {
  const PackedRow parts = ReadPacked(packed);
  if (!parts.key) return Status::kDamaged;
  // First behind the room for the key, then what belongs in front of the key moves there.
  std::uint8_t* const rest = to + parts.key.size;
  if (parts.compressed) {
    const Status status = compressor_.Expand(parts.data, rest, parts.rest);
    if (status != Status::kOk) return status;
  } else {
    Put(rest, parts.data);
  }
  const std::uint8_t* const end = rest + parts.rest;
  const RowStart start = ReadRowStart({rest, parts.rest});
  const std::uint8_t* at = start.elements;
  for (std::uint32_t i = 0; at != nullptr && i < keypos_; ++i) at = Skip(at, end);
  if (at == nullptr || start.arity <= keypos_) return Status::kDamaged;
  const auto front = static_cast<std::size_t>(at - rest);
  std::memmove(to, rest, front);
  Put(to + front, parts.key);
  return Status::kOk;
}

Bytes RowCodec::Expand(Bytes packed, RowBuffer& buffer) const noexcept {
  const std::size_t size = ExpandedSize(packed);
  std::uint8_t* to = size == 0 ? nullptr : buffer.Reserve(size);
  if (to == nullptr || Expand(packed, to) != Status::kOk) return {};
  return {to, size};
}

bool AppendRow(const RowCodec* codec, Bytes stored, Reply& reply) noexcept {
  if (codec == nullptr) return reply.Append(stored);
  const std::size_t before = reply.size();
  const std::size_t size = RowCodec::ExpandedSize(stored);
  std::uint8_t* to = size == 0 ? nullptr : reply.Extend(size);
  if (to != nullptr && codec->Expand(stored, to) == Status::kOk) return true;
  reply.Truncate(before);
  return false;
}

bool AppendSizedRow(const RowCodec* codec, Bytes stored, Reply& reply) noexcept {
  if (codec == nullptr) return reply.AppendSized(stored);
  const std::size_t before = reply.size();
  std::uint8_t* head = reply.Extend(4);
  if (head == nullptr) return false;
  Store(head, static_cast<std::uint32_t>(RowCodec::ExpandedSize(stored)));
  if (AppendRow(codec, stored, reply)) return true;
  reply.Truncate(before);
  return false;
}

bool RowMatcher::PreparePacked(Bytes stored) noexcept {
  const bool first = buffer_.data() == nullptr;
  if (buffer_.Reserve(RowCodec::ExpandedSize(stored)) == nullptr) return false;
  if (!first) return true;
  // The first expansion of a thread takes memory for the compressor, too.
  expanded_ = stored.data;
  return static_cast<bool>(codec_->Expand(stored, buffer_));
}

bool RowMatcher::Matches(Bytes stored) noexcept {
  if (codec_ == nullptr) return RowsEqual(stored, row_);
  const std::size_t size = RowCodec::ExpandedSize(stored);
  if (expanded_ != stored.data) {
    expanded_ = stored.data;
    if (!codec_->Expand(stored, buffer_)) return false;
  }
  return RowsEqual({buffer_.data(), size}, row_);
}

}  // namespace termstore
