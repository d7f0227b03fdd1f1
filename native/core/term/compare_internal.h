// What the comparisons of compare.cc and compare_unordered.cc share.
#pragma once

#include "core/base/bytes.h"
#include "core/term/reader.h"

namespace termstore {

// In exact mode a bigint never equals a number; `kKeys` also sorts every bigint before every number, as
// Erlang orders the keys of maps.
enum class CompareMode : std::uint8_t { kOrder, kKeys };

// Compares two terms at a depth of nesting. The order of compare.h; no memory is needed but for containers
// whose elements have no order of their own.
int CompareAt(Bytes a, Bytes b, CompareMode mode, std::uint32_t depth) noexcept;

// Compares two objects or Maps, or two Sets.
int CompareUnordered(Bytes a, Bytes b, CompareMode mode, std::uint32_t depth) noexcept;

// Number of entries of an object, Map or Set; 0 when it is damaged.
std::uint32_t EntryCount(Bytes term) noexcept;

template <typename T>
int Order(T a, T b) noexcept {
  return a < b ? -1 : (a > b ? 1 : 0);
}

// The term at `*at`, which moves behind it; empty, and `*at` as it was, at the end and where there is no
// whole one.
inline Bytes TakeTerm(const std::uint8_t** at, const std::uint8_t* end) noexcept {
  const std::uint8_t* start = *at;
  const std::uint8_t* next = Skip(start, end);
  if (next == nullptr) return {};
  *at = next;
  return {start, static_cast<std::uint32_t>(next - start)};
}

}  // namespace termstore
