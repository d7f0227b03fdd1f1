// Adding bigints of any size.
#pragma once

#include "core/base/status.h"
#include "core/term/number.h"

namespace termstore {

// The canonical term of a + b in a std::malloc block. kOk, kNoMemory, kTooLarge. REQUIRES: both are bigints.
Status AddBigInts(const Number& a, const Number& b, std::uint8_t** term, std::uint32_t* size) noexcept;

}  // namespace termstore
