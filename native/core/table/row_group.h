// The rows of one key of a bag, when there are several: a cell that lists them in the order of insertion.
//
//   u32 header (kRowIsGroup), u32 count | u32 capacity, u32 0 | RowRef rows[capacity]
//
// A slot refers to a row or to a group of at least two. Readers without the lock look at no more than the
// header, but the cell may be one that they knew as a row: every word is written as an atomic one.
#pragma once

#include "core/base/atomic_word.h"
#include "core/memory/arena.h"
#include "core/term/row.h"

namespace termstore {

class RowGroup {
 public:
  static constexpr std::uint32_t kFirstCapacity = 4;
  static constexpr std::uint32_t kMaxCapacity = 1u << 28;

  static bool Is(const std::uint8_t* cell) noexcept { return (Load<std::uint32_t>(cell) & kRowIsGroup) != 0; }
  static std::uint32_t CellBytes(std::uint32_t capacity) noexcept { return kHead + 4 * capacity; }

  // REQUIRES: the stripe's lock.
  explicit RowGroup(std::uint8_t* cell) noexcept : cell_(cell) {}

  void Start(std::uint32_t capacity) noexcept {
    StoreWord(Word(0), std::uint64_t{kRowIsGroup});
    StoreWord(Word(1), std::uint64_t{capacity});
  }
  std::uint32_t count() const noexcept { return Load<std::uint32_t>(cell_ + 4); }
  std::uint32_t capacity() const noexcept { return Load<std::uint32_t>(cell_ + 8); }
  RowRef row(std::uint32_t i) const noexcept { return Load<RowRef>(cell_ + kHead + 4 * std::size_t{i}); }

  void SetCount(std::uint32_t count) noexcept {
    StoreWord(Word(0), kRowIsGroup | static_cast<std::uint64_t>(count) << 32);
  }
  void SetRow(std::uint32_t i, RowRef ref) noexcept {
    StoreWord(reinterpret_cast<RowRef*>(cell_ + kHead) + i, ref);
  }

 private:
  static constexpr std::uint32_t kHead = 16;

  std::uint64_t* Word(std::size_t i) noexcept { return reinterpret_cast<std::uint64_t*>(cell_) + i; }

  std::uint8_t* cell_;
};

}  // namespace termstore
