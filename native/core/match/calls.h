// The functions that guards and bodies call.
#pragma once

#include "core/match/frame.h"
#include "core/match/functions.h"

namespace termstore {

inline constexpr std::uint32_t kMostArguments = 3;  // of functions that are not and, or, andalso, orelse

// None for an exception. REQUIRES: `count` is an arity of `function`, which is none of and, or, andalso,
// orelse; the arguments are values of `frame`.
Bytes CallFunction(MatchFrame& frame, MatchFunction function, const Bytes* arguments,
                   std::uint32_t count) noexcept;

// is…(): tests of a term's type.
bool IsTypeTest(MatchFunction function) noexcept;
// REQUIRES: IsTypeTest(test); a term, not a row.
bool HasType(MatchFunction test, Bytes term) noexcept;

}  // namespace termstore
