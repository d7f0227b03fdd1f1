// Expressions of guards and bodies.
#pragma once

#include "core/match/frame.h"

namespace termstore {

// REQUIRES of both: the expression at `*at` or `at` was verified.

// The value, and `*at` behind the expression. None for an exception (`*at` is then anywhere) or, with
// frame.heap.failed(), when memory is short.
Bytes Evaluate(MatchFrame& frame, const std::uint8_t** at) noexcept;

// Behind the expression.
const std::uint8_t* SkipExpression(const std::uint8_t* at) noexcept;

}  // namespace termstore
