// The canonical form of keys (docs/term-format.md), made from bytes instead of values: for rows that come
// from outside. lib/term/canonical.ts is its counterpart for values.
#pragma once

#include "core/base/bytes.h"

namespace termstore {

// Writes the canonical form of `term` to `to`, which has term.size bytes: the form is never longer. Returns
// the first byte after it, or null when memory is short.
// REQUIRES: TermIsSound(term, false).
// Cost: O(n log n) in the entries of objects, Maps and Sets; recursion bounded by kMaxDepth.
std::uint8_t* WriteCanonical(Bytes term, std::uint8_t* to) noexcept;

}  // namespace termstore
