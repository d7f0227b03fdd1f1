// Numbers that tell readers outside of the core whether what they keep of a table is still true.
//
// One area of 32-bit words for the whole process: JavaScript maps it once in each thread and reads words with
// atomic loads. Tables borrow blocks of words (table/row_versions.h). Neither the area nor a word's count
// ever goes back: a block that passes to another table counts on, so nothing that was kept under its former
// owner looks true again.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/memory/lock.h"

namespace termstore {

class VersionWords {
 public:
  using Word = std::atomic<std::uint32_t>;
  static_assert(sizeof(Word) == 4);

  static constexpr std::uint32_t kWords = std::uint32_t{1} << 20;  // 4 MiB of address space
  static constexpr std::size_t kBytes = std::size_t{kWords} * sizeof(Word);
  // WRAP: a word that has come this far stays: nobody keeps anything under it, and nothing old looks true.
  static constexpr std::uint32_t kSpent = ~std::uint32_t{0};

  // Blocks are powers of two between these: the least is a cache line, so that tables do not share one.
  static constexpr std::uint32_t kLeastBits = 4;
  static constexpr std::uint32_t kMostBits = 10;

  VersionWords() = default;
  ~VersionWords();
  VersionWords(const VersionWords&) = delete;
  VersionWords& operator=(const VersionWords&) = delete;

  // The area, made at first use; null when memory is short.
  Word* Map() noexcept;

  // A block of 2^bits words that nobody else has, to be given back; null when all are taken or memory is
  // short.
  Word* Take(std::uint32_t bits) noexcept;
  void GiveBack(Word* block, std::uint32_t bits) noexcept;

  // REQUIRES: `word` is of a block that was taken.
  std::uint32_t PlaceOf(const Word* word) const noexcept {
    return static_cast<std::uint32_t>(word - area_.load(std::memory_order_relaxed));
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  Word* MapLocked() noexcept;

  Lock lock_;                         // LockLevel::kVersionWords; protects all below but loads of area_
  std::atomic<Word*> area_{nullptr};  // written once
  std::uint32_t next_ = 0;            // words that no block has had yet begin here
  // Free blocks of each size: the first one here, the next ones in next_free_, by place / 2^kLeastBits.
  std::uint32_t free_[kMostBits + 1];
  std::uint32_t* next_free_ = nullptr;
};

}  // namespace termstore
