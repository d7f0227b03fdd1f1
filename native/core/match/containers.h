// Finding parts of arrays, objects and Maps, whatever their encoding.
#pragma once

#include "core/base/bytes.h"

namespace termstore {

// The value of a property; none when `object` (an OBJECT or DICT) has none of this name, a string term.
// Cost: O(properties).
Bytes FindProperty(Bytes object, Bytes name) noexcept;

// The value of the first key that equals `key` (=:=) in a MAP, or none. Cost: O(entries).
Bytes FindMapValue(Bytes map, Bytes key) noexcept;

// Element `index` of an ARRAY; none beyond its end. Cost: O(1) for 32 elements and more, otherwise O(index).
Bytes ArrayElement(Bytes array, std::uint64_t index) noexcept;

// Elements of an ARRAY or SET, pairs of an OBJECT, DICT or MAP.
std::uint32_t CountOf(Bytes container) noexcept;

}  // namespace termstore
