#include "core/memory/version_words.h"

#include <algorithm>
#include <new>

#include "core/memory/pages.h"

namespace termstore {
namespace {

constexpr std::size_t kLinks = VersionWords::kWords >> VersionWords::kLeastBits;

}  // namespace

VersionWords::~VersionWords() {
  FreePages(area_.load(std::memory_order_relaxed), kBytes);
  FreePages(next_free_, kLinks * sizeof(*next_free_));
}

VersionWords::Word* VersionWords::MapLocked() noexcept {
  Word* area = area_.load(std::memory_order_relaxed);
  if (area != nullptr) return area;
  void* words = AllocatePages(kBytes);
  void* links = AllocatePages(kLinks * sizeof(*next_free_));
  if (words == nullptr || links == nullptr) {
    FreePages(words, kBytes);
    FreePages(links, kLinks * sizeof(*next_free_));
    return nullptr;
  }
  std::fill(std::begin(free_), std::end(free_), kNone);
  next_free_ = static_cast<std::uint32_t*>(links);
  // The pages are zero, and so is a word that was made of nothing else.
  area = static_cast<Word*>(words);
  area_.store(area, std::memory_order_release);  // pairs with the acquire in Map()
  return area;
}

VersionWords::Word* VersionWords::Map() noexcept {
  Word* area = area_.load(std::memory_order_acquire);
  if (area != nullptr) return area;
  const LockGuard guard(lock_, LockLevel::kVersionWords);
  return MapLocked();
}

VersionWords::Word* VersionWords::Take(std::uint32_t bits) noexcept {
  const LockGuard guard(lock_, LockLevel::kVersionWords);
  Word* area = MapLocked();
  if (area == nullptr) return nullptr;
  std::uint32_t place = free_[bits];
  if (place != kNone) {
    free_[bits] = next_free_[place >> kLeastBits];
  } else {
    if (kWords - next_ < (std::uint32_t{1} << bits)) return nullptr;
    place = next_;
    next_ += std::uint32_t{1} << bits;
  }
  return area + place;
}

void VersionWords::GiveBack(Word* block, std::uint32_t bits) noexcept {
  if (block == nullptr) return;
  const LockGuard guard(lock_, LockLevel::kVersionWords);
  const std::uint32_t place = PlaceOf(block);
  next_free_[place >> kLeastBits] = free_[bits];
  free_[bits] = place;
}

}  // namespace termstore
