// The total order of terms and the equality of keys and rows, on bytes.
#pragma once

#include "core/base/bytes.h"
#include "core/term/format.h"

namespace termstore {

// The order of ordered tables (`==` where it gives 0): 1 and 1n are equal.
// Damaged bytes compare somehow, but without reading outside and consistently.
// Cost: O(bytes that are equal); O(n log n) for containers without an order of their own (objects, Maps,
// Sets).
int CompareTerms(Bytes a, Bytes b) noexcept;

// Structural equality (`=:=`): 1 and 1n differ; property order, -0 and Buffer-or-Uint8Array do not matter.
bool TermsEqual(Bytes a, Bytes b) noexcept;

// Rows element by element by TermsEqual.
bool RowsEqual(Bytes a, Bytes b) noexcept;

// Where `key` lies seen from all terms that start with `prefix` (a string, a binary or an array): <0 before
// them, 0 one of them, >0 after them. Any other `prefix` matches only what is equal to it. With `depth` the
// last element of an array is a prefix as well when it is an array, and so on `depth` levels down: [1, [2]]
// of depth 1 is a prefix of [1, [2, 3]].
int CompareToPrefix(Bytes key, Bytes prefix, std::uint32_t depth = 0) noexcept;

// What the order of atoms, binaries and dates goes by first. REQUIRES: a term of that kind.
Bytes AtomName(Bytes term) noexcept;
Bytes BinaryBody(Bytes term) noexcept;
double DateOf(Bytes term) noexcept;

// OrderHead() of whatever has no short cut there.
std::uint64_t OtherOrderHead(Bytes term) noexcept;

// The first 64 bits of an order-preserving form: CompareTerms(a, b) < 0 implies OrderHead(a) <= OrderHead(b),
// and equal terms have equal heads. Most comparisons end here, without touching the rows.
inline std::uint64_t OrderHead(Bytes term) noexcept {
  if (term.size == 5 && *term.data == kTagInt32) {
    // The order of doubles; an int32 is never NaN or -0.
    const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(Load<std::int32_t>(term.data + 1)));
    const std::uint64_t ordered = (bits >> 63) != 0 ? ~bits : bits | std::uint64_t{1} << 63;
    return std::uint64_t{kRankNumber} << 56 | ordered >> 8;
  }
  if (term.size >= 8 && *term.data == kTagShort + (term.size - 1) && term.size <= 64) {
    return std::uint64_t{kRankString} << 56 | (LoadBigEndian(term.data) & ((std::uint64_t{1} << 56) - 1));
  }
  return OtherOrderHead(term);
}

}  // namespace termstore
