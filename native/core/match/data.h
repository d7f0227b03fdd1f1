// What guards and bodies ask of arrays, objects, strings and binaries. None for an exception.
#pragma once

#include "core/base/bytes.h"
#include "core/match/heap.h"
#include "core/term/format.h"

namespace termstore {

// REQUIRES: terms, not rows. `index`, `key`, `start` and the like may be any term.
Bytes TailOf(MatchHeap& heap, Bytes array) noexcept;
Bytes SizeOf(MatchHeap& heap, Bytes term) noexcept;
Bytes ByteSizeOf(MatchHeap& heap, Bytes term) noexcept;
Bytes MapSizeOf(MatchHeap& heap, Bytes map) noexcept;
// The value; none also when there is no such key.
Bytes MapValue(Bytes map, Bytes key) noexcept;
// start and length, or with no `length` an array of the two in `start`.
Bytes BinaryPart(MatchHeap& heap, Bytes whole, Bytes start, Bytes length) noexcept;

inline bool IsMapLike(Bytes term) noexcept {
  return *term.data == kTagObject || *term.data == kTagDict || *term.data == kTagMap;
}

}  // namespace termstore
