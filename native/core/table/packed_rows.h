// Rows for Table::InsertPacked(), one behind the other as their caller wrote them: each u32 payload bytes,
// u32 key bytes, payload, canonical key (0 bytes: the key is inside the payload).
//
// Read again in every pass: their bytes are next to each other, while an array of RowInput would be five
// times as large as most of them.
#pragma once

#include "core/base/status.h"
#include "core/term/row.h"

namespace termstore {

// A list of rows as both kinds of batches are read: Read() gives the row at a place and steps over it.
class ListedRows {
 public:
  ListedRows(const RowInput* rows, std::uint32_t count) noexcept : rows_(rows), count_(count) {}
  std::uint32_t count() const noexcept { return count_; }
  RowInput Read(std::uint32_t* at) const noexcept { return rows_[(*at)++]; }

 private:
  const RowInput* rows_;
  std::uint32_t count_;
};

class PackedRows {
 public:
  static constexpr std::uint32_t kHeaderBytes = 8;

  // The bytes belong to the caller and need to live only for the call.
  PackedRows(Bytes bytes, std::uint32_t count, std::uint32_t keypos) noexcept
      : bytes_(bytes), count_(count), keypos_(keypos) {}

  // Before anything else: kOk, kDamaged (not `count` whole rows), kPosition (a row ends before its key).
  Status Check() const noexcept {
    // Each row has nine bytes at least, which bounds the count.
    if (count_ > bytes_.size / (kHeaderBytes + 1)) return Status::kDamaged;
    std::size_t at = 0;
    for (std::uint32_t i = 0; i < count_; ++i) {
      if (bytes_.size - at < kHeaderBytes) return Status::kDamaged;
      const std::size_t payload = Load<std::uint32_t>(bytes_.data + at);
      const std::size_t key = Load<std::uint32_t>(bytes_.data + at + 4);
      at += kHeaderBytes;
      if (payload > bytes_.size - at || key > bytes_.size - at - payload) return Status::kDamaged;
      Bytes element;
      const RowShape shape = ParseRow({bytes_.data + at, payload}, keypos_, &element);
      if (shape == RowShape::kShort) return Status::kPosition;
      at += payload;
      if (shape != RowShape::kWhole || (key != 0 && !TermIsWhole({bytes_.data + at, key})))
        return Status::kDamaged;
      at += key;
    }
    return Status::kOk;
  }

  std::uint32_t count() const noexcept { return count_; }
  // REQUIRES: Check() was kOk; `*at` is 0 or what Read() has left there.
  RowInput Read(std::uint32_t* at) const noexcept {
    const std::uint8_t* header = bytes_.data + *at;
    const Bytes payload{header + kHeaderBytes, Load<std::uint32_t>(header)};
    const std::uint32_t key = Load<std::uint32_t>(header + 4);
    *at += kHeaderBytes + static_cast<std::uint32_t>(payload.size) + key;
    return {payload, key == 0 ? RowElement(payload, keypos_) : Bytes{payload.end(), key}, key != 0};
  }

 private:
  const Bytes bytes_;
  const std::uint32_t count_;
  const std::uint32_t keypos_;
};

}  // namespace termstore
