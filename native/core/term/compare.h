// The total order of terms and the equality of keys and rows, on bytes.
#pragma once

#include "core/base/bytes.h"

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
// them, 0 one of them, >0 after them. Any other `prefix` matches only what is equal to it.
int CompareToPrefix(Bytes key, Bytes prefix) noexcept;

// The first 64 bits of an order-preserving form: CompareTerms(a, b) < 0 implies OrderHead(a) <= OrderHead(b),
// and equal terms have equal heads. Most comparisons end here, without touching the rows.
std::uint64_t OrderHead(Bytes term) noexcept;

}  // namespace termstore
