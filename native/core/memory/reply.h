// Where found rows go: a fixed region that the caller lends, or, when they do not fit, one growing block.
//
// An operation is never repeated to fetch its answer (a repeated take() would lose the row), so a reply
// always has room: the region first, then memory of its own, which Release() hands to the caller.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "core/base/bytes.h"

namespace termstore {

class Reply {
 public:
  // Whoever is told a reply's size gets it as an int32.
  static constexpr std::size_t kMostBytes = 0x7fffffff;

  // REQUIRES: 8 bytes behind `region` may be overwritten (a row is copied in whole words).
  Reply(std::uint8_t* region, std::uint32_t capacity) noexcept
      : data_(region), capacity_(capacity), region_(region), region_capacity_(capacity) {}
  ~Reply() {
    if (spilled()) std::free(data_);
  }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  // Room for `bytes` more bytes, counted as written; null when memory is short.
  std::uint8_t* Extend(std::size_t bytes) noexcept {
    if (bytes > capacity_ - size_ && !Grow(bytes)) return nullptr;
    std::uint8_t* at = data_ + size_;
    size_ += bytes;
    return at;
  }
  bool Append(Bytes bytes) noexcept {
    std::uint8_t* at = Extend(bytes.size);
    if (at == nullptr) return false;
    if (bytes.size > 0) std::memcpy(at, bytes.data, bytes.size);
    return true;
  }
  // One row of a chunk: u32 size, bytes.
  bool AppendSized(Bytes bytes) noexcept {
    std::uint8_t* at = Extend(std::size_t{4} + bytes.size);
    if (at == nullptr) return false;
    Store(at, static_cast<std::uint32_t>(bytes.size));
    if (bytes.size > 0) std::memcpy(at + 4, bytes.data, bytes.size);
    return true;
  }
  // Append() for bytes that may be read in whole words: a cell of an arena. Saves the call of memcpy().
  bool AppendCell(Bytes bytes) noexcept {
    if (room() < bytes.size + 8) return Append(bytes);
    std::uint8_t* at = data_ + size_;
    size_ += bytes.size;
    for (std::size_t i = 0; i < bytes.size; i += 8) Store(at + i, Load<std::uint64_t>(bytes.data + i));
    return true;
  }
  // Answers with a part of what was copied to the region, which may lie anywhere in it. REQUIRES: the reply
  // is empty.
  bool AnswerPart(Bytes part) noexcept {
    std::memmove(region_, part.data, part.size);
    return Extend(part.size) != nullptr;
  }
  void Truncate(std::size_t size) noexcept { size_ = size; }

  std::uint8_t* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::uint8_t* region() const noexcept { return region_; }
  std::uint32_t region_capacity() const noexcept { return region_capacity_; }
  bool spilled() const noexcept { return data_ != region_; }
  // Room left before the reply needs memory of its own.
  std::size_t room() const noexcept { return capacity_ - size_; }

  // The caller owns the block (std::free) from here on. REQUIRES: spilled().
  std::uint8_t* Release() noexcept {
    std::uint8_t* block = data_;
    data_ = region_;
    capacity_ = region_capacity_;
    size_ = 0;
    return block;
  }

 private:
  bool Grow(std::size_t bytes) noexcept {
    std::size_t wanted = capacity_ * 2;
    while (wanted - size_ < bytes) wanted *= 2;
    auto* block = static_cast<std::uint8_t*>(spilled() ? std::realloc(data_, wanted) : std::malloc(wanted));
    if (block == nullptr) return false;
    if (!spilled() && size_ > 0) std::memcpy(block, region_, size_);
    data_ = block;
    capacity_ = wanted;
    return true;
  }

  std::uint8_t* data_;
  std::size_t size_ = 0;
  std::size_t capacity_;
  std::uint8_t* const region_;
  const std::uint32_t region_capacity_;
};

}  // namespace termstore
