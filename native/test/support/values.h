// Values as a tree, apart from their bytes: what tests generate, encode in every allowed way, and compare by
// an order of their own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "test/support/rng.h"
#include "test/support/terms.h"

namespace termstore::test {

struct Value {
  enum class Kind : std::uint8_t {
    kUndefined,
    kNull,
    kFalse,
    kTrue,
    kSymbol,
    kNumber,
    kBigInt,
    kDate,
    kString,
    kBinary,
    kArray,
    kObject,
    kMap,
    kSet,
    kError,
  };
  static constexpr std::uint8_t kPlainBytes = 0;
  static constexpr std::uint8_t kBuffer = 1;
  static constexpr std::uint8_t kTyped = 2;  // + kind of TYPED

  Kind kind = Kind::kUndefined;
  double number = 0;                 // kNumber, kDate
  bool negative = false;             // kBigInt
  std::vector<std::uint64_t> words;  // kBigInt: magnitude, lowest first, no leading zeros
  std::string text;                  // kSymbol, kString (WTF-8), kBinary
  std::uint8_t binary = kPlainBytes;
  std::vector<std::string> names;  // kObject: one per item; kError: name, message, [stack]
  std::vector<Value> items;        // elements; kMap: key, value, key, value; kError: [cause]
};

Value NumberValue(double number);
Value StringValue(std::string text);
Value BigIntValue(bool negative, std::vector<std::uint64_t> words);

// How a value with several encodings is written.
enum class Objects : std::uint8_t {
  kDicts,   // names inline
  kShapes,  // interned in CurrentShapes() where a bound allows it
  kEither,  // drawn from `rng`
};
Term Encode(const Value& value, Objects objects, Rng& rng);
// Canonical bytes, as docs/term-format.md defines them; written for clarity, not for speed.
Term EncodeCanonical(const Value& value);
// Any row; fewer than 128 elements.
Term EncodeRow(const std::vector<Value>& elements, Objects objects, Rng& rng);

// A value at most `depth` containers deep. Small sets of leaves, so that equal values are frequent.
Value RandomValue(Rng& rng, int depth);
// The value with one part of it drawn anew: a close neighbour in the order.
Value Mutated(const Value& value, Rng& rng);

// The order of docs/term-format.md on trees, with exact arithmetic and no shortcuts. `exact`: as keys of
// Maps.
int ReferenceCompare(const Value& a, const Value& b, bool exact);

}  // namespace termstore::test
