// The order of values, the slow way: no bytes, no shortcuts, exact arithmetic with 32-bit digits.
#include <algorithm>
#include <cmath>
#include <utility>

#include "test/support/values.h"

namespace termstore::test {
namespace {

using Kind = Value::Kind;
using Digits = std::vector<std::uint32_t>;  // lowest first, no leading zeros

// Every double is a whole number of 2^-1074: on that scale all numbers are whole.
constexpr int kScale = 1074;

int Sign(bool less, bool greater) { return less ? -1 : (greater ? 1 : 0); }
template <typename T>
int Order(const T& a, const T& b) {
  return Sign(a < b, b < a);
}

Digits ShiftLeft(const Digits& digits, int bits) {
  Digits shifted(static_cast<std::size_t>(bits / 32), 0);
  std::uint64_t carry = 0;
  for (const std::uint32_t digit : digits) {
    const std::uint64_t wide = (static_cast<std::uint64_t>(digit) << (bits % 32)) | carry;
    shifted.push_back(static_cast<std::uint32_t>(wide));
    carry = wide >> 32;
  }
  shifted.push_back(static_cast<std::uint32_t>(carry));
  while (!shifted.empty() && shifted.back() == 0) shifted.pop_back();
  return shifted;
}

Digits DigitsOf(const std::vector<std::uint64_t>& words) {
  Digits digits;
  for (const std::uint64_t word : words) {
    digits.push_back(static_cast<std::uint32_t>(word));
    digits.push_back(static_cast<std::uint32_t>(word >> 32));
  }
  return digits;
}

struct Exact {
  int place = 0;  // -1: -Infinity, 0: finite, 1: Infinity, 2: NaN
  bool negative = false;
  Digits digits;
};

Exact ExactOf(const Value& value) {
  Exact exact;
  if (value.kind == Kind::kBigInt) {
    exact.negative = value.negative;
    exact.digits = ShiftLeft(DigitsOf(value.words), kScale);
    return exact;
  }
  if (std::isnan(value.number)) {
    exact.place = 2;
  } else if (std::isinf(value.number)) {
    exact.place = value.number < 0 ? -1 : 1;
  } else if (value.number != 0) {
    int exponent = 0;
    const double fraction = std::frexp(std::fabs(value.number), &exponent);
    auto mantissa = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
    int shift = exponent - 53 + kScale;
    // A subnormal has fewer bits than 53: the missing ones are zeros below the scale.
    for (; shift < 0; ++shift) mantissa >>= 1;
    exact.negative = value.number < 0;
    exact.digits = ShiftLeft(DigitsOf({mantissa}), shift);
  }
  return exact;
}

int CompareDigits(const Digits& a, const Digits& b) {
  if (a.size() != b.size()) return Order(a.size(), b.size());
  return Sign(std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend()),
              std::lexicographical_compare(b.rbegin(), b.rend(), a.rbegin(), a.rend()));
}

int CompareExact(const Exact& a, const Exact& b) {
  if (a.place != b.place) return Order(a.place, b.place);
  if (a.place != 0) return 0;
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  const int order = CompareDigits(a.digits, b.digits);
  return a.negative ? -order : order;
}

int RankOfKind(Kind kind) {
  switch (kind) {
    case Kind::kNumber:
    case Kind::kBigInt:
      return 0;
    case Kind::kDate:
      return 2;
    case Kind::kObject:
    case Kind::kMap:
      return 3;
    case Kind::kError:
      return 4;
    case Kind::kSet:
      return 5;
    case Kind::kArray:
      return 6;
    case Kind::kString:
      return 7;
    case Kind::kBinary:
      return 8;
    default:
      return 1;  // atoms
  }
}

int CompareText(const std::string& a, const std::string& b) {
  const auto less = [](char x, char y) {
    return static_cast<unsigned char>(x) < static_cast<unsigned char>(y);
  };
  return Sign(std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), less),
              std::lexicographical_compare(b.begin(), b.end(), a.begin(), a.end(), less));
}

std::string AtomName(const Value& value) {
  switch (value.kind) {
    case Kind::kUndefined:
      return "undefined";
    case Kind::kNull:
      return "null";
    case Kind::kFalse:
      return "false";
    case Kind::kTrue:
      return "true";
    default:
      return value.text;
  }
}

using Pair = std::pair<Value, Value>;

std::vector<Pair> SortedPairs(const Value& value, bool exact) {
  std::vector<Pair> pairs;
  if (value.kind == Kind::kObject) {
    for (std::size_t i = 0; i < value.items.size(); ++i)
      pairs.emplace_back(StringValue(value.names[i]), value.items[i]);
  } else {
    for (std::size_t i = 0; i < value.items.size(); i += 2)
      pairs.emplace_back(value.items[i], value.items[i + 1]);
  }
  const auto before = [exact](const Pair& a, const Pair& b) {
    const int order = ReferenceCompare(a.first, b.first, true);
    return (order != 0 ? order : ReferenceCompare(a.second, b.second, exact)) < 0;
  };
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (std::size_t j = i + 1; j < pairs.size(); ++j) {
      if (before(pairs[j], pairs[i])) std::swap(pairs[i], pairs[j]);
    }
  }
  return pairs;
}

int CompareMaps(const Value& a, const Value& b, bool exact) {
  const std::vector<Pair> left = SortedPairs(a, exact);
  const std::vector<Pair> right = SortedPairs(b, exact);
  if (left.size() != right.size()) return Order(left.size(), right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (const int order = ReferenceCompare(left[i].first, right[i].first, true); order != 0) return order;
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (const int order = ReferenceCompare(left[i].second, right[i].second, exact); order != 0) return order;
  }
  return Order(a.kind == Kind::kMap, b.kind == Kind::kMap);
}

int CompareLists(const std::vector<Value>& a, const std::vector<Value>& b, bool exact) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (const int order = ReferenceCompare(a[i], b[i], exact); order != 0) return order;
  }
  return Order(a.size(), b.size());
}

int CompareSets(const Value& a, const Value& b) {
  if (a.items.size() != b.items.size()) return Order(a.items.size(), b.items.size());
  const auto before = [](const Value& x, const Value& y) { return ReferenceCompare(x, y, true) < 0; };
  std::vector<Value> left = a.items;
  std::vector<Value> right = b.items;
  std::stable_sort(left.begin(), left.end(), before);
  std::stable_sort(right.begin(), right.end(), before);
  return CompareLists(left, right, true);
}

int CompareErrors(const Value& a, const Value& b, bool exact) {
  for (std::size_t i = 0; i < 2; ++i) {
    if (const int order = CompareText(a.names[i], b.names[i]); order != 0) return order;
  }
  if (a.names.size() != b.names.size()) return Order(a.names.size(), b.names.size());
  if (a.names.size() > 2) {
    if (const int order = CompareText(a.names[2], b.names[2]); order != 0) return order;
  }
  return CompareLists(a.items, b.items, exact);
}

int BinaryKind(const Value& value) { return value.binary < Value::kTyped ? 0 : value.binary; }

}  // namespace

int ReferenceCompare(const Value& a, const Value& b, bool exact) {
  const int rank = RankOfKind(a.kind);
  if (rank != RankOfKind(b.kind)) return Order(rank, RankOfKind(b.kind));
  switch (a.kind) {
    case Kind::kNumber:
    case Kind::kBigInt:
      if (exact && a.kind != b.kind) return a.kind == Kind::kBigInt ? -1 : 1;
      return CompareExact(ExactOf(a), ExactOf(b));
    case Kind::kDate:
      return CompareExact(ExactOf(a), ExactOf(b));
    case Kind::kObject:
    case Kind::kMap:
      return CompareMaps(a, b, exact);
    case Kind::kError:
      return CompareErrors(a, b, exact);
    case Kind::kSet:
      return CompareSets(a, b);
    case Kind::kArray:
      return CompareLists(a.items, b.items, exact);
    case Kind::kString:
      return CompareText(a.text, b.text);
    case Kind::kBinary: {
      const int order = CompareText(a.text, b.text);
      return order != 0 ? order : Order(BinaryKind(a), BinaryKind(b));
    }
    default: {
      const int order = CompareText(AtomName(a), AtomName(b));
      return order != 0 ? order : Order(a.kind == Kind::kSymbol, b.kind == Kind::kSymbol);
    }
  }
}

}  // namespace termstore::test
