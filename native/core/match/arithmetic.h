// Arithmetic of guards and bodies on number terms. None for an exception: another kind of argument, a result
// that no number holds.
#pragma once

#include "core/match/functions.h"
#include "core/match/heap.h"

namespace termstore {

// add sub mul div idiv rem band bor bxor bsl bsr.
Bytes Calculate(MatchHeap& heap, MatchFunction function, Bytes a, Bytes b) noexcept;

// add sub (the signs) abs round trunc floor ceil bnot float.
Bytes Calculate(MatchHeap& heap, MatchFunction function, Bytes a) noexcept;

// The value of an index, a position or a length: an integral number or bigint that fits 64 bits.
bool ReadIndex(Bytes term, std::int64_t* value) noexcept;

}  // namespace termstore
