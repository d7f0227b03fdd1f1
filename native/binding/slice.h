// One slice of a selection, described by control words: for a call at once (table_select.cc) and for one in
// the thread pool (async_slices.cc).
#pragma once

#include "binding/env_state.h"

namespace termstore::binding {

// The request of a slice; none when the words do not fit it.
Bytes SliceRequest(const EnvState& state) noexcept;

// in: kTable, kA bytes of the match program (0: every row), kB and kC bytes of the lower and the upper bound,
// kD their kinds (lower | upper << 8), kE mode and flags, kF0, kF1 and kF3 most results, bytes and
// rows, kF2 position. With kSliceKeys the canonical keys `u32 size, key` take the place of the lower bound,
// and kD is their number. out: kR0 results, kR1 done, kR3 and kR4 offset and size of the last
// key, kResult0 position, kResult1 rows affected. The caller sets kStatus: bytes, or what is returned.
// Attaches nothing and needs no JavaScript: any thread may call it with a slot of its own.
Status RunSlice(Process& process, EpochSlot& slot, OwnerId owner, std::uint8_t* words, Bytes request,
                Reply& reply) noexcept;

}  // namespace termstore::binding
