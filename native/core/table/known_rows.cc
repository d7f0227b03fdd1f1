#include "core/table/known_rows.h"

#include <new>

#include "core/term/canonical.h"
#include "core/term/reader.h"

namespace termstore {

void KnownRows::Clear() noexcept {
  stripe_ = nullptr;
  hashes_.reset();
  capacity_ = 0;
  count_ = 0;
}

bool KnownRows::Grow() noexcept {
  const std::size_t capacity = capacity_ == 0 ? kFirstCapacity : 2 * capacity_;
  std::unique_ptr<std::uint64_t[]> fresh(new (std::nothrow) std::uint64_t[capacity]());
  if (!fresh) return false;
  for (std::size_t i = 0; i < capacity_; ++i) {
    if (hashes_[i] == 0) continue;
    std::size_t at = hashes_[i] & (capacity - 1);
    while (fresh[at] != 0) at = (at + 1) & (capacity - 1);
    fresh[at] = hashes_[i];
  }
  hashes_ = std::move(fresh);
  capacity_ = capacity;
  return true;
}

KnownRows::Answer KnownRows::Add(std::uint64_t hash) noexcept {
  if (hash == 0) hash = 1;
  if (2 * (count_ + 1) > capacity_ && !Grow()) return Answer::kUnknown;
  std::size_t at = hash & (capacity_ - 1);
  for (; hashes_[at] != 0; at = (at + 1) & (capacity_ - 1)) {
    if (hashes_[at] == hash) return Answer::kMaybeThere;
  }
  hashes_[at] = hash;
  ++count_;
  return Answer::kNew;
}

bool KnownRows::HashOf(Bytes row, const HashSecret& secret, std::uint64_t* hash) noexcept {
  const RowStart start = ReadRowStart(row);
  if (start.arity == 0) return false;
  const std::unique_ptr<std::uint8_t[]> canonical(new (std::nothrow) std::uint8_t[row.size]);
  if (!canonical) return false;
  std::uint8_t* to = canonical.get();
  const std::uint8_t* at = start.elements;
  for (std::uint32_t i = 0; i < start.arity; ++i) {
    const std::uint8_t* next = Skip(at, row.end());
    if (next == nullptr) return false;
    const Bytes element{at, static_cast<std::size_t>(next - at)};
    // Rows of a table may have come from the program and mention shapes.
    if (!TermIsSound(element, false)) return false;
    to = WriteCanonical(element, to);
    if (to == nullptr) return false;
    at = next;
  }
  *hash = HashBytes({canonical.get(), static_cast<std::size_t>(to - canonical.get())}, secret);
  return true;
}

}  // namespace termstore
