// What finds a name or a key in the big containers of a stored term without decoding their entries.
//
// A Dict, Map or Set of kIndexThreshold and more entries has a table here, made when the term is stored: the
// numbers of its entries, grouped by a hash of the name's or key's bytes. Large groups are sorted by the
// bytes, so that no choice of names makes a search longer than a binary one. All of it are u32 words:
//
//   containers | (offset of the container in the payload, first word of its table) ... in ascending order
//   table: mask | starts of the groups 0 .. mask and the end of the last | entry numbers
//
// `mask + 1` is a power of two; starts count entries. A scalar has one encoding only, so equal bytes mean
// equal keys; keys that are containers are in the table, too, but nobody looks for them by their bytes.
#pragma once

#include "core/base/bytes.h"

namespace termstore {

struct KeyIndexSize {
  std::size_t words = 0;  // of all tables and of the list of them; 0 without a big container
  std::uint32_t containers = 0;
};
// What the index of the term `value` takes. Cost: O(bytes) at worst, one step per term.
KeyIndexSize MeasureKeyIndex(Bytes value) noexcept;

// Writes the index of `value`, which lies inside `payload`. REQUIRES: `size` is what was measured and not 0,
// and there is room for it. Cost: O(entries of big containers) expected, O(n log n) when hashes collide.
void WriteKeyIndex(Bytes payload, Bytes value, const KeyIndexSize& size, std::uint32_t* words) noexcept;

// The number of the entry of the container at byte `container` of the payload whose name or key has these
// bytes; kNotIndexed when that container has no table. `content` is a stored term's: payload, index. Cost:
// O(1) expected, O(log n) when hashes collide.
inline constexpr std::int64_t kNoSuchEntry = -1;
inline constexpr std::int64_t kNotIndexed = -2;
std::int64_t FindInKeyIndex(Bytes content, std::size_t payload_bytes, std::uint64_t container,
                            Bytes key) noexcept;

}  // namespace termstore
