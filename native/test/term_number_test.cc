// Numbers and bigints by value, and their sums, against arithmetic written another way.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/term/bigint.h"
#include "core/term/number.h"
#include "core/term/reader.h"
#include "test/support/exact_bytes.h"
#include "test/support/seed.h"
#include "test/support/values.h"

namespace termstore::test {
namespace {

__extension__ using Wide = __int128;

Value FromWide(Wide wide) {
  const bool negative = wide < 0;
  __extension__ using Unsigned = unsigned __int128;
  const Unsigned magnitude =
      negative ? Unsigned{0} - static_cast<Unsigned>(wide) : static_cast<Unsigned>(wide);
  return BigIntValue(negative,
                     {static_cast<std::uint64_t>(magnitude), static_cast<std::uint64_t>(magnitude >> 64)});
}

Term TermOf(const Value& value) {
  Rng unused(0);
  return Encode(value, Objects::kDicts, unused);
}

Term Sum(const Term& a, const Term& b) {
  const ExactBytes left(a);
  const ExactBytes right(b);
  std::uint8_t* term = nullptr;
  std::uint32_t size = 0;
  REQUIRE(AddBigInts(ReadNumber(left.view()), ReadNumber(right.view()), &term, &size) == Status::kOk);
  Term sum(term, term + size);
  std::free(term);
  return sum;
}

// Signed decimal digits, added as at school: shares nothing with the words of the core.
struct Decimal {
  bool negative = false;
  std::vector<int> digits;  // lowest first
};

Decimal ToDecimal(const Value& value) {
  Decimal decimal;
  decimal.negative = value.negative;
  std::vector<std::uint64_t> words = value.words;
  for (bool zero = false; !zero;) {
    zero = true;
    __extension__ using Unsigned = unsigned __int128;
    Unsigned rest = 0;
    for (std::size_t i = words.size(); i-- > 0;) {
      const Unsigned part = (rest << 64) | words[i];
      words[i] = static_cast<std::uint64_t>(part / 10);
      rest = part % 10;
      zero = zero && words[i] == 0;
    }
    decimal.digits.push_back(static_cast<int>(rest));
  }
  while (!decimal.digits.empty() && decimal.digits.back() == 0) decimal.digits.pop_back();
  return decimal;
}

Decimal AddDecimals(const Decimal& a, const Decimal& b) {
  Decimal sum;
  const std::size_t size = std::max(a.digits.size(), b.digits.size()) + 1;
  for (std::size_t i = 0; i < size; ++i) {
    const int left = i < a.digits.size() ? a.digits[i] : 0;
    const int right = i < b.digits.size() ? b.digits[i] : 0;
    sum.digits.push_back((a.negative ? -left : left) + (b.negative ? -right : right));
  }
  // The sign is that of the highest digit that is not zero; then every digit is carried into 0..9.
  const auto highest =
      std::find_if(sum.digits.rbegin(), sum.digits.rend(), [](int digit) { return digit != 0; });
  sum.negative = highest != sum.digits.rend() && *highest < 0;
  int carry = 0;
  for (int& digit : sum.digits) {
    digit = (sum.negative ? -digit : digit) + carry;
    carry = digit < 0 ? -1 : (digit > 9 ? 1 : 0);
    digit -= carry * 10;
  }
  while (!sum.digits.empty() && sum.digits.back() == 0) sum.digits.pop_back();
  return sum;
}

Value RandomBig(Rng& rng, std::uint64_t max_words) {
  std::vector<std::uint64_t> words;
  for (std::uint64_t n = rng.Below(max_words + 1); n > 0; --n) {
    const std::uint64_t kind = rng.Below(4);
    words.push_back(kind == 0 ? ~std::uint64_t{0} : (kind == 1 ? 0 : rng.Next()));
  }
  return BigIntValue(rng.OneIn(2), std::move(words));
}

Value FromTerm(const Term& term) {
  const Number number = ReadNumber(View(term));
  if (number.kind == Number::Kind::kInt) return FromWide(number.integer);
  std::vector<std::uint64_t> words;
  for (std::uint32_t i = 0; i < number.magnitude.size; i += 8)
    words.push_back(Load<std::uint64_t>(number.magnitude.data + i));
  return BigIntValue(number.negative, words);
}

}  // namespace

TEST_CASE("sums of bigints up to 127 bits are those of the compiler") {
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(100000); round > 0; --round) {
    const auto draw = [&] {
      const Wide wide =
          (static_cast<Wide>(static_cast<std::int64_t>(rng.Next())) << 63) ^ static_cast<Wide>(rng.Next());
      return (wide >> 2) >> rng.Below(126);
    };
    const Wide a = draw();
    const Wide b = rng.OneIn(8) ? -a : draw();
    if (Sum(TermOf(FromWide(a)), TermOf(FromWide(b))) != TermOf(FromWide(a + b))) FAIL("round " << round);
  }
}

TEST_CASE("sums of bigints of any size are those of decimal addition") {
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(1500); round > 0; --round) {
    const Value a = RandomBig(rng, 12);
    const Value b = rng.OneIn(6) ? BigIntValue(!a.negative, a.words) : RandomBig(rng, 12);
    const Term sum = Sum(TermOf(a), TermOf(b));
    REQUIRE(TermIsSound(View(sum), false));
    const Decimal got = ToDecimal(FromTerm(sum));
    const Decimal wanted = AddDecimals(ToDecimal(a), ToDecimal(b));
    REQUIRE((got.digits == wanted.digits));
    if (!wanted.digits.empty()) REQUIRE(got.negative == wanted.negative);
    REQUIRE((Sum(TermOf(b), TermOf(a)) == sum));
  }
}

TEST_CASE("a sum takes the shortest form, also where it crosses 64 bits") {
  const std::int64_t max = std::numeric_limits<std::int64_t>::max();
  const std::int64_t min = std::numeric_limits<std::int64_t>::min();
  CHECK(Sum(BigInt(max), BigInt(1))[0] == kTagBigInt);
  CHECK((Sum(Sum(BigInt(max), BigInt(1)), BigInt(-1)) == BigInt(max)));
  CHECK((Sum(Sum(BigInt(min), BigInt(-1)), BigInt(1)) == BigInt(min)));
  CHECK((Sum(BigInt(min), BigInt(max)) == BigInt(-1)));
  CHECK((Sum(BigInt(5), BigInt(-5)) == BigInt(0)));
  CHECK((Sum(BigInt(-5), BigInt(5)) == BigInt(0)));
  CHECK((Sum(Sum(BigInt(min), BigInt(min)), Sum(BigInt(max), BigInt(max))) == BigInt(-2)));
}

TEST_CASE("integers and doubles compare exactly where doubles have gaps") {
  const auto compare = [](const Term& a, const Term& b) { return CompareTerms(View(a), View(b)); };
  CHECK(compare(BigInt(9007199254740993), Float(9007199254740992.0)) > 0);
  CHECK(compare(BigInt(9007199254740992), Float(9007199254740992.0)) == 0);
  CHECK(compare(BigInt(9223372036854775807), Float(9223372036854775808.0)) < 0);
  CHECK(compare(BigInt(std::numeric_limits<std::int64_t>::min()), Float(-9223372036854775808.0)) == 0);
  CHECK(compare(TermOf(BigIntValue(false, {0, 1})), Float(18446744073709551616.0)) == 0);
  CHECK(compare(TermOf(BigIntValue(false, {1, 1})), Float(18446744073709551616.0)) > 0);
  CHECK(compare(TermOf(BigIntValue(true, {1, 1})), Float(-18446744073709551616.0)) < 0);
  CHECK(compare(Int(1), Float(1.5)) < 0);
  CHECK(compare(Int(-1), Float(-1.5)) > 0);
  CHECK(compare(Int(0), Float(-0.0)) == 0);
  CHECK(compare(Int(0), Float(5e-324)) < 0);
  // 2^1024 is beyond every finite double and below Infinity; NaN is last.
  std::vector<std::uint64_t> words(17, 0);
  words[16] = 1;
  const Term huge = TermOf(BigIntValue(false, words));
  CHECK(compare(huge, Float(std::numeric_limits<double>::max())) > 0);
  CHECK(compare(huge, Float(HUGE_VAL)) < 0);
  CHECK(compare(TermOf(BigIntValue(true, words)), Float(-HUGE_VAL)) > 0);
  CHECK(compare(Float(HUGE_VAL), Float(NAN)) < 0);
  CHECK(compare(huge, Float(NAN)) < 0);
  CHECK(compare(Float(NAN), Float(NAN)) == 0);
}

TEST_CASE("near every power of two the neighbours of a bigint and a double are told apart") {
  for (int bits = 1; bits < 1100; ++bits) {
    std::vector<std::uint64_t> words(static_cast<std::size_t>(bits / 64 + 1), 0);
    words[static_cast<std::size_t>(bits / 64)] = std::uint64_t{1} << (bits % 64);
    const Value power = BigIntValue(false, words);
    for (const std::int64_t step : {-1, 0, 1}) {
      const Value big = FromTerm(Sum(TermOf(power), BigInt(step)));
      const double exact = bits < 1024 ? std::ldexp(1.0, bits) : HUGE_VAL;
      for (const double real :
           {exact, std::nextafter(exact, 0), std::nextafter(exact, HUGE_VAL), exact - 0.5, exact + 0.5}) {
        for (const bool negative : {false, true}) {
          Value left = big;
          left.negative = negative && !left.words.empty();
          const Value right = NumberValue(negative ? -real : real);
          const int order = CompareTerms(View(TermOf(left)), View(TermOf(right)));
          REQUIRE((order > 0) - (order < 0) == ReferenceCompare(left, right, false));
        }
      }
    }
  }
}

TEST_CASE("the double of a number is monotone and exact where an equal double exists") {
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(20000); round > 0; --round) {
    const Term a = TermOf(rng.OneIn(2) ? RandomBig(rng, 18)
                                       : NumberValue(std::ldexp(static_cast<double>(rng.Next() >> 11),
                                                                static_cast<int>(rng.Below(1000)))));
    const Term b = TermOf(RandomBig(rng, 18));
    const Number left = ReadNumber(View(a));
    const Number right = ReadNumber(View(b));
    const int order = CompareNumbers(left, right);
    if (order <= 0) REQUIRE(AsDouble(left) <= AsDouble(right));
    if (order >= 0) REQUIRE(AsDouble(left) >= AsDouble(right));
    REQUIRE(CompareNumbers(right, left) == -order);
  }
  CHECK(OrderedDouble(-0.0) == OrderedDouble(0.0));
  CHECK(OrderedDouble(-HUGE_VAL) < OrderedDouble(-1));
  CHECK(OrderedDouble(-1) < OrderedDouble(-5e-324));
  CHECK(OrderedDouble(-5e-324) < OrderedDouble(0));
  CHECK(OrderedDouble(0) < OrderedDouble(5e-324));
  CHECK(OrderedDouble(HUGE_VAL) < OrderedDouble(NAN));
}

TEST_CASE("what is no number, or a number in a second form, is read as none") {
  for (const Term& term : {Term{}, Term{kTagInt32, 1, 2}, Term{kTagFloat64, 0}, Term{kTagBigInt64},
                           Term{kTagBigInt, 8, 0, 0, 0, 0}, Term{kTagBigInt, 0, 0, 0, 0, 0}, Term{kTagTrue},
                           Term{kTagBigInt, 8, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0}}) {
    CHECK(ReadNumber(ExactBytes(term).view()).kind == Number::Kind::kNone);
  }
}

}  // namespace termstore::test
