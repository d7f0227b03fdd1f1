// Terms that a program makes, and questions about terms. A value is a view; none stands for an exception.
#pragma once

#include "core/match/heap.h"
#include "core/term/compare.h"
#include "core/term/format.h"

namespace termstore {

Bytes BooleanTerm(bool value) noexcept;
// Symbol.for('EXIT'): what stands in a body for a call that raised an exception.
Bytes ExitTerm() noexcept;
// The number in the one form it has; NaN included. None when memory is short, as with everything below.
Bytes NumberTerm(MatchHeap& heap, double value) noexcept;
Bytes IntegerTerm(MatchHeap& heap, std::int64_t value) noexcept;

// An ARRAY, SET, DICT or MAP of `count` elements or pairs from parts that are whole terms: `count` of them,
// or `2 * count` for pairs. None also when it would be too large or nest too deep.
Bytes BuildContainer(MatchHeap& heap, Tag tag, const Bytes* parts, std::uint32_t count) noexcept;

// The elements of a row as an ARRAY term: its size, 0 when the row is damaged or the term would be too large;
// and the term itself to memory of that size.
std::size_t RowTermBytes(Bytes row) noexcept;
void WriteRowTerm(Bytes row, std::size_t bytes, std::uint8_t* to) noexcept;

// Whether terms that are =:= to one with this tag are the same bytes: not so containers and binaries, and
// numbers only but for the two zeros.
inline bool HasOneForm(std::uint8_t tag) noexcept {
  return tag >= kTagShort || tag <= kTagSymbol || tag == kTagBigInt64 || tag == kTagBigInt ||
         (tag >= kTagAscii && tag <= kTagWtf8);
}

// TermsEqual(), with an answer from the tags and bytes alone for nearly all scalars.
inline bool ExactlyEqual(Bytes a, Bytes b) noexcept {
  if (SameBytes(a, b)) return true;
  // Nothing is equal to no value.
  if (a.data == nullptr || b.data == nullptr) return false;
  const std::uint8_t left = *a.data;
  const std::uint8_t right = *b.data;
  if (left == kTagInt32 && right == kTagInt32) return false;
  if (HasOneForm(left) || HasOneForm(right)) return false;
  return TermsEqual(a, b);
}

}  // namespace termstore
