// Stepping over terms and rows without decoding them. Every function stays inside [at, end): damaged
// bytes give "none", never a read outside.
#pragma once

#include "core/base/bytes.h"
#include "core/term/format.h"

namespace termstore {

// The first byte after the term at `at`, or null when it does not fit before `end` or has no known tag.
const std::uint8_t* SkipSlow(const std::uint8_t* at, const std::uint8_t* end) noexcept;

inline const std::uint8_t* Skip(const std::uint8_t* at, const std::uint8_t* end) noexcept {
  if (at >= end) return nullptr;
  const std::uint8_t tag = *at;
  const std::size_t room = static_cast<std::size_t>(end - at);
  if (tag >= kTagShort) {
    const std::size_t size = 1u + (tag & 0x3f);
    return tag < kTagShort + 64 && size <= room ? at + size : nullptr;
  }
  if (tag == kTagInt32) return room >= 5 ? at + 5 : nullptr;
  return SkipSlow(at, end);
}

// The arity of a row and where its first element starts; arity 0 when the row is damaged.
struct RowStart {
  std::uint32_t arity = 0;
  const std::uint8_t* elements = nullptr;
};
inline RowStart ReadRowStart(Bytes row) noexcept {
  if (row.size > 0 && *row.data < 0x80) return {*row.data, row.data + 1};
  std::uint32_t arity = 0;
  const std::uint8_t* at = row.begin();
  for (unsigned shift = 0; at < row.end() && shift < 35; shift += 7) {
    const std::uint8_t byte = *at++;
    arity |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return {arity, at};
  }
  return {};
}

// Element `index` of a row: its bytes, or none when the row is shorter or damaged.
// Cost: one step per element before it.
inline Bytes RowElement(Bytes row, std::uint32_t index) noexcept {
  const RowStart start = ReadRowStart(row);
  if (index >= start.arity) return {};
  const std::uint8_t* at = start.elements;
  for (std::uint32_t i = 0; i < index; ++i) {
    at = Skip(at, row.end());
    if (at == nullptr) return {};
  }
  const std::uint8_t* next = Skip(at, row.end());
  if (next == nullptr) return {};
  return {at, static_cast<std::uint32_t>(next - at)};
}

// A container's header. `first` is the first element (after the index); none when damaged.
struct Container {
  std::uint32_t count = 0;  // elements; pairs for Dict and Map; for Object: the shape's number of names
  std::uint32_t shape = 0;  // Object only
  const std::uint8_t* first = nullptr;
  const std::uint8_t* end = nullptr;
  explicit operator bool() const noexcept { return first != nullptr; }
};
// REQUIRES: the tag at term.data is one of Array, Object, Dict, Map, Set.
Container ReadContainer(Bytes term) noexcept;

// The characters of a string or Symbol term; none for other terms or damage.
Bytes StringBody(Bytes term) noexcept;

// Element `keypos` of a row that is well-formed on its outermost level (arity >= 1 and exactly that many
// elements). Returns: kWhole with the element, kShort when the row ends before it, kBroken when the row is
// not well-formed.
enum class RowShape : std::uint8_t { kWhole, kShort, kBroken };
inline RowShape ParseRow(Bytes row, std::uint32_t keypos, Bytes* element) noexcept {
  const RowStart start = ReadRowStart(row);
  if (start.arity == 0) return RowShape::kBroken;
  const std::uint8_t* at = start.elements;
  for (std::uint32_t i = 0; i < start.arity; ++i) {
    const std::uint8_t* next = Skip(at, row.end());
    if (next == nullptr) return RowShape::kBroken;
    if (i == keypos) *element = {at, static_cast<std::size_t>(next - at)};
    at = next;
  }
  if (at != row.end()) return RowShape::kBroken;
  return keypos < start.arity ? RowShape::kWhole : RowShape::kShort;
}

inline bool RowIsWhole(Bytes row) noexcept {
  Bytes first;
  return ParseRow(row, 0, &first) == RowShape::kWhole;
}

// True when the bytes are one term from end to end; what is inside its containers is not looked at.
inline bool TermIsWhole(Bytes term) noexcept {
  return term.size > 0 && Skip(term.begin(), term.end()) == term.end();
}

// True when `term` is exactly one well-formed term, checked at every depth (limits, tags, canonical numbers,
// indexes, shapes of this process when `allow_shapes`).
// Cost: O(bytes); recursion bounded by kMaxDepth.
bool TermIsSound(Bytes term, bool allow_shapes) noexcept;

}  // namespace termstore
