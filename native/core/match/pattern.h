// Heads of clauses.
#pragma once

#include "core/match/frame.h"

namespace termstore {

// REQUIRES: the head at `at` was verified; frame.variables has room for the clause's variables.
// Returns: where the guards start, with the variables set; null when frame.row does not match.
const std::uint8_t* MatchHead(MatchFrame& frame, const std::uint8_t* at) noexcept;

// Behind the pattern at `at`, which was verified.
const std::uint8_t* SkipPattern(const std::uint8_t* at) noexcept;

}  // namespace termstore
