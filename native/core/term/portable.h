// The form of terms and rows that means the same in every process: no object refers to a shape of this one.
// Everything that leaves the process is written like this.
#pragma once

#include "core/base/bytes.h"
#include "core/base/status.h"

namespace termstore {

// How many bytes WritePortableRow() writes. kDamaged when `row` is not well-formed or refers to a shape that
// does not exist; kTooLarge when the names, written out, make the row larger than a row may be.
// Cost: O(bytes); recursion bounded by kMaxDepth.
Status PortableRowSize(Bytes row, std::size_t* size) noexcept;

// Writes `row` with the names of every object inline, at any depth. Returns the first byte after it.
// REQUIRES: PortableRowSize() said kOk, and `to` has that many bytes.
std::uint8_t* WritePortableRow(Bytes row, std::uint8_t* to) noexcept;

}  // namespace termstore
