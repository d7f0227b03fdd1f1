// What one clause sees: the row, the variables its head has bound, and memory for what it makes.
#pragma once

#include "core/match/heap.h"
#include "core/match/values.h"

namespace termstore {

// A value that is the row itself is a view of the row's payload: no term begins where a row begins, so the
// address alone says which of the two it is.
struct MatchFrame {
  MatchHeap heap;
  Bytes row;
  Bytes row_term;                // the row as an ARRAY term, once somebody asked for it
  Bytes* variables = nullptr;    // by slot
  std::uint32_t bound = 0;       // variables of the clause
  std::uint32_t self = 0;        // what self() gives
  bool exit_on_failure = false;  // in a body: a call that fails gives Symbol.for('EXIT')

  bool IsRow(Bytes value) const noexcept { return value.data == row.data; }

  bool IsTrue(Bytes value) const noexcept { return *value.data == kTagTrue && !IsRow(value); }
  bool IsFalse(Bytes value) const noexcept { return *value.data == kTagFalse && !IsRow(value); }

  // A view of a term: the value itself, or the row as an ARRAY term. None when that would be too large or
  // memory is short.
  Bytes TermOf(Bytes value) noexcept {
    if (!IsRow(value)) return value;
    if (!row_term) row_term = MakeRowTerm();
    return row_term;
  }

  Bytes MakeRowTerm() noexcept {
    const std::size_t bytes = RowTermBytes(row);
    std::uint8_t* to = bytes == 0 ? nullptr : heap.Take(bytes);
    if (to == nullptr) return {};
    WriteRowTerm(row, bytes, to);
    return {to, bytes};
  }

  Bytes Failure() const noexcept { return exit_on_failure ? ExitTerm() : Bytes{}; }
};

}  // namespace termstore
