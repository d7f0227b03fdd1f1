// Drawing values.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "test/support/values.h"

namespace termstore::test {
namespace {

using Kind = Value::Kind;

// Where representations meet: int32, 2^53, int64, doubles at their ends.
constexpr double kNumbers[] = {0.0,
                               -0.0,
                               1,
                               -1,
                               2,
                               0.5,
                               -0.5,
                               1.5,
                               2147483647,
                               2147483648,
                               -2147483648.0,
                               -2147483649.0,
                               9007199254740991,
                               9007199254740992,
                               9007199254740994,
                               9223372036854774784.0,
                               9223372036854775808.0,
                               9223372036854777856.0,
                               -9223372036854775808.0,
                               -9223372036854777856.0,
                               18446744073709551616.0,
                               5e-324,
                               -5e-324,
                               1e308,
                               1.7976931348623157e308,
                               -1.7976931348623157e308,
                               std::numeric_limits<double>::infinity(),
                               -std::numeric_limits<double>::infinity(),
                               std::numeric_limits<double>::quiet_NaN()};

constexpr std::uint64_t kWords[] = {0,
                                    1,
                                    2,
                                    2147483648u,
                                    9007199254740991u,
                                    9007199254740992u,
                                    9007199254740993u,
                                    9223372036854774784u,
                                    9223372036854775807u,
                                    9223372036854775808u,
                                    9223372036854775809u,
                                    9223372036854777856u,
                                    18446744073709551615u};

// Symbols, names and strings share these: atoms' names, prefixes of each other, every length class, WTF-8.
const char* const kTexts[] = {"",
                              "a",
                              "ab",
                              "b",
                              "abcdefg",
                              "abcdefgh",
                              "abcdefgi",
                              "true",
                              "undefined",
                              "null",
                              "nul",
                              "\xc3\xa9",
                              "\xe2\x82\xac",
                              "\xf0\x9f\x98\x80",
                              "\xf4\x8f\xbf\xbf",
                              "\xed\xa0\x80",
                              "\xed\xb0\x80",
                              "x\xed\xb0\x80\xed\xa0\x80",
                              "\x01"};

template <typename T, std::size_t n>
T Pick(const T (&from)[n], Rng& rng) {
  return from[rng.Below(n)];
}

std::string RandomText(Rng& rng) {
  if (rng.OneIn(12)) return std::string(62 + rng.Below(4), 'q');
  if (rng.OneIn(12)) return std::string(7, 'z') + Pick(kTexts, rng);
  return Pick(kTexts, rng);
}

double RandomNumber(Rng& rng) {
  if (rng.OneIn(4)) return Pick(kNumbers, rng);
  if (rng.OneIn(3)) return static_cast<double>(static_cast<std::int32_t>(rng.Next()));
  if (rng.OneIn(3))
    return std::ldexp(static_cast<double>(rng.Next() >> 11), static_cast<int>(rng.Below(80)) - 40);
  return static_cast<double>(rng.Below(4));
}

Value RandomBigInt(Rng& rng) {
  std::vector<std::uint64_t> words;
  const std::uint64_t count = rng.OneIn(10) ? rng.Below(20) : rng.Below(3);
  for (std::uint64_t i = 0; i < count; ++i)
    words.push_back(rng.OneIn(2) ? Pick(kWords, rng) : rng.Next() >> rng.Below(64));
  return BigIntValue(rng.OneIn(2), std::move(words));
}

Value RandomBinary(Rng& rng) {
  static const std::uint32_t element_bytes[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 1};
  Value value;
  value.kind = Kind::kBinary;
  value.binary =
      static_cast<std::uint8_t>(rng.OneIn(2) ? rng.Below(2) : Value::kTyped + rng.Below(kMaxTypedKind + 1));
  const std::uint32_t unit = value.binary < Value::kTyped ? 1 : element_bytes[value.binary - Value::kTyped];
  const std::size_t count = rng.Below(unit == 1 ? 10 : 3);
  for (std::size_t i = 0; i < count * unit; ++i)
    value.text.push_back(static_cast<char>(rng.OneIn(2) ? 0 : rng.Below(256)));
  return value;
}

Value RandomLeaf(Rng& rng) {
  Value value;
  switch (rng.Below(8)) {
    case 0:
      value.kind = static_cast<Kind>(rng.Below(4));
      return value;
    case 1:
      value.kind = Kind::kSymbol;
      value.text = RandomText(rng);
      return value;
    case 2:
      value.kind = Kind::kDate;
      value.number =
          rng.OneIn(5) ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(rng.Below(5)) * 1e12;
      return value;
    case 3:
      return RandomBigInt(rng);
    case 4:
      return RandomBinary(rng);
    case 5:
      return StringValue(RandomText(rng));
    default:
      return NumberValue(RandomNumber(rng));
  }
}

void AddNames(Value& value, std::size_t count, Rng& rng) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = count > 10 ? "n" + std::to_string(i) : RandomText(rng);
    if (std::find(value.names.begin(), value.names.end(), name) == value.names.end())
      value.names.push_back(name);
  }
}

}  // namespace

Value RandomValue(Rng& rng, int depth) {
  if (depth == 0 || rng.OneIn(3)) return RandomLeaf(rng);
  Value value;
  value.kind = static_cast<Kind>(static_cast<int>(Kind::kArray) + static_cast<int>(rng.Below(5)));
  // Containers from 32 elements on carry an index; those hold leaves, or a tree would explode.
  const bool large = rng.OneIn(30);
  const std::size_t count = large ? 30 + rng.Below(40) : rng.Below(4);
  const int below = large ? 0 : depth - 1;
  std::size_t items = count;
  if (value.kind == Kind::kObject) {
    AddNames(value, count, rng);
    items = value.names.size();
  } else if (value.kind == Kind::kMap) {
    items = 2 * count;
  } else if (value.kind == Kind::kError) {
    for (std::uint64_t i = 2 + rng.Below(2); i > 0; --i) value.names.push_back(RandomText(rng));
    items = rng.Below(2);
  }
  for (std::size_t i = 0; i < items; ++i) value.items.push_back(RandomValue(rng, below));
  return value;
}

Value Mutated(const Value& value, Rng& rng) {
  Value copy = value;
  if (!copy.items.empty() && !rng.OneIn(4)) {
    Value& item = copy.items[rng.Below(copy.items.size())];
    item = Mutated(item, rng);
    return copy;
  }
  switch (copy.kind) {
    case Kind::kArray:
    case Kind::kSet:
      if (copy.items.empty() || rng.OneIn(3)) {
        copy.items.push_back(RandomLeaf(rng));
      } else if (rng.OneIn(2)) {
        copy.items.pop_back();
      } else {
        std::reverse(copy.items.begin(), copy.items.end());
      }
      return copy;
    case Kind::kObject:
      // The same properties in another order: the same value.
      std::reverse(copy.items.begin(), copy.items.end());
      std::reverse(copy.names.begin(), copy.names.end());
      return copy;
    case Kind::kError:
      if (rng.OneIn(2)) {
        copy.names.resize(copy.names.size() == 2 ? 3 : 2);
      } else {
        copy.names[rng.Below(copy.names.size())] = RandomText(rng);
      }
      return copy;
    case Kind::kNumber:
      // The bigint of the same value, where there is one: equal in the order, another key.
      if (std::trunc(copy.number) == copy.number && std::fabs(copy.number) < 18446744073709551616.0 &&
          rng.OneIn(2)) {
        return BigIntValue(copy.number < 0, {static_cast<std::uint64_t>(std::fabs(copy.number))});
      }
      return NumberValue(std::nextafter(copy.number, rng.OneIn(2) ? HUGE_VAL : -HUGE_VAL));
    case Kind::kBigInt:
      if (copy.words.empty()) return NumberValue(-0.0);
      copy.words[rng.Below(copy.words.size())] += rng.OneIn(2) ? 1 : ~std::uint64_t{0};
      return BigIntValue(copy.negative, std::move(copy.words));
    case Kind::kBinary:
      copy.binary = copy.binary == Value::kBuffer ? Value::kPlainBytes : Value::kBuffer;
      return copy;
    case Kind::kString:
      return StringValue(copy.text + "a");
    default:
      return RandomLeaf(rng);
  }
}

}  // namespace termstore::test
