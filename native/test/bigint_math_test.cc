// Arithmetic on bigints: against 128-bit integers where those suffice, by the laws of arithmetic beyond.
#include "core/term/bigint_math.h"

#include <doctest/doctest.h>

#include <vector>

#include "core/term/reader.h"
#include "test/support/exact_bytes.h"
#include "test/support/seed.h"
#include "test/support/values.h"

namespace termstore::test {
namespace {

__extension__ using Wide = __int128;

Term OfWide(Wide value) {
  const bool negative = value < 0;
  __extension__ using Unsigned = unsigned __int128;
  const Unsigned magnitude =
      negative ? Unsigned{0} - static_cast<Unsigned>(value) : static_cast<Unsigned>(value);
  return EncodeCanonical(BigIntValue(
      negative, {static_cast<std::uint64_t>(magnitude), static_cast<std::uint64_t>(magnitude >> 64)}));
}

Term Apply(BigIntOp op, const Term& a, const Term& b) {
  const ExactBytes left(a);
  const ExactBytes right(b);
  const Number x = ReadNumber(left.view());
  const Number y = ReadNumber(right.view());
  // Exactly the room that is asked for: one byte more and AddressSanitizer speaks.
  const std::size_t room = BigIntRoom(op, x, y);
  REQUIRE(room > 0);
  const std::unique_ptr<std::uint8_t[]> to(new std::uint8_t[room]);
  const std::uint32_t size = ApplyBigInt(op, x, y, to.get());
  const Term result = Copy({to.get(), size});
  REQUIRE(TermIsSound(View(result), false));
  return result;
}

Term Shift(const Term& a, std::int64_t left) {
  const Number x = ReadNumber(View(a));
  const std::size_t room = ShiftedBigIntRoom(x, left, kMaxBigIntBits);
  REQUIRE(room > 0);
  const std::unique_ptr<std::uint8_t[]> to(new std::uint8_t[room]);
  const Term result = Copy({to.get(), ShiftBigInt(x, left, to.get())});
  REQUIRE(TermIsSound(View(result), false));
  return result;
}

Term Random(Rng& rng, std::uint64_t most_words) {
  std::vector<std::uint64_t> words(rng.Below(most_words + 1));
  for (std::uint64_t& word : words) {
    switch (rng.Below(4)) {
      case 0:
        word = 0;
        break;
      case 1:
        word = ~std::uint64_t{0};
        break;
      case 2:
        word = std::uint64_t{1} << rng.Below(64);
        break;
      default:
        word = rng.Next();
    }
  }
  return EncodeCanonical(BigIntValue(rng.OneIn(2), words));
}

bool IsZero(const Term& term) { return term == BigInt(0); }

int Sign(const Term& term) { return CompareTerms(View(term), View(BigInt(0))); }

}  // namespace

TEST_CASE("bigints that fit 128 bits: every operation gives what 128-bit integers give") {
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(20000); round > 0; --round) {
    const auto draw = [&rng]() -> Wide {
      const auto value = static_cast<std::int64_t>(rng.Next() >> rng.Below(64));
      return rng.OneIn(2) ? -static_cast<Wide>(value) : static_cast<Wide>(value);
    };
    const Wide a = draw();
    const Wide b = draw();
    const Term x = OfWide(a);
    const Term y = OfWide(b);
    REQUIRE(Apply(BigIntOp::kAdd, x, y) == OfWide(a + b));
    REQUIRE(Apply(BigIntOp::kSub, x, y) == OfWide(a - b));
    REQUIRE(Apply(BigIntOp::kMul, x, y) == OfWide(a * b));
    REQUIRE(Apply(BigIntOp::kAnd, x, y) == OfWide(a & b));
    REQUIRE(Apply(BigIntOp::kOr, x, y) == OfWide(a | b));
    REQUIRE(Apply(BigIntOp::kXor, x, y) == OfWide(a ^ b));
    const auto count = static_cast<std::int64_t>(rng.Below(62));
    REQUIRE(Shift(x, count) == OfWide(a * (static_cast<Wide>(1) << count)));
    REQUIRE(Shift(x, -count) == OfWide(a >> count));
    if (b == 0) continue;
    REQUIRE(Apply(BigIntOp::kDiv, x, y) == OfWide(a / b));
    REQUIRE(Apply(BigIntOp::kRem, x, y) == OfWide(a % b));
  }
}

TEST_CASE("bigints of any size obey the laws of arithmetic") {
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(5000); round > 0; --round) {
    const Term a = Random(rng, 9);
    const Term b = Random(rng, 5);
    const Term c = Random(rng, 3);
    const Term sum = Apply(BigIntOp::kAdd, a, b);
    REQUIRE(Apply(BigIntOp::kSub, sum, b) == a);
    REQUIRE(Apply(BigIntOp::kMul, sum, c) ==
            Apply(BigIntOp::kAdd, Apply(BigIntOp::kMul, a, c), Apply(BigIntOp::kMul, b, c)));
    const Term both = Apply(BigIntOp::kAnd, a, b);
    const Term differ = Apply(BigIntOp::kXor, a, b);
    REQUIRE(Apply(BigIntOp::kAdd, differ, Shift(both, 1)) == sum);
    REQUIRE(Apply(BigIntOp::kAdd, differ, both) == Apply(BigIntOp::kOr, a, b));
    const auto count = static_cast<std::int64_t>(rng.Below(300));
    const Term power = Shift(BigInt(1), count);
    REQUIRE(Shift(a, count) == Apply(BigIntOp::kMul, a, power));
    const Term lost = Apply(BigIntOp::kSub, a, Apply(BigIntOp::kMul, Shift(a, -count), power));
    REQUIRE(Sign(lost) >= 0);
    REQUIRE(CompareTerms(View(lost), View(power)) < 0);
    if (IsZero(b)) continue;
    const Term quotient = Apply(BigIntOp::kDiv, a, b);
    const Term remainder = Apply(BigIntOp::kRem, a, b);
    REQUIRE(Apply(BigIntOp::kAdd, Apply(BigIntOp::kMul, quotient, b), remainder) == a);
    REQUIRE((IsZero(remainder) || (Sign(remainder) < 0) == (Sign(a) < 0)));
    const Term size = Sign(remainder) < 0 ? Apply(BigIntOp::kSub, BigInt(0), remainder) : remainder;
    const Term divisor = Sign(b) < 0 ? Apply(BigIntOp::kSub, BigInt(0), b) : b;
    REQUIRE(CompareTerms(View(size), View(divisor)) < 0);
    REQUIRE(Apply(BigIntOp::kDiv, Apply(BigIntOp::kMul, a, b), b) == a);
  }
}

TEST_CASE("a quotient digit that was guessed too high is corrected") {
  // 0x80000000'fffffffe'00000000 / 0x80000000'ffffffff: the guess for the last digit is one too high.
  const Term a = EncodeCanonical(BigIntValue(false, {0xfffffffe00000000u, 0x80000000u}));
  const Term b = EncodeCanonical(BigIntValue(false, {0x80000000ffffffffu}));
  CHECK(Apply(BigIntOp::kDiv, a, b) == BigInt(0xffffffff));
  CHECK(Apply(BigIntOp::kRem, a, b) == BigInt(0x7fffffffffffffff));
}

TEST_CASE("multiplying and dividing numbers that would take too long is refused, adding them is not") {
  const auto of_words = [](std::size_t words) {
    return EncodeCanonical(BigIntValue(false, std::vector<std::uint64_t>(words, 3)));
  };
  const Term small = of_words(2048);
  const Term large = of_words(2049);
  for (const BigIntOp op : {BigIntOp::kMul, BigIntOp::kDiv, BigIntOp::kRem}) {
    CHECK(BigIntRoom(op, ReadNumber(View(small)), ReadNumber(View(small))) > 0);
    CHECK(BigIntRoom(op, ReadNumber(View(large)), ReadNumber(View(small))) == 0);
  }
  for (const BigIntOp op : {BigIntOp::kAdd, BigIntOp::kSub, BigIntOp::kXor})
    CHECK(BigIntRoom(op, ReadNumber(View(large)), ReadNumber(View(large))) > 0);
}

TEST_CASE("a shift beyond the bound is refused before memory is asked for") {
  const Term one = BigInt(1);
  CHECK(ShiftedBigIntRoom(ReadNumber(View(one)), 1023, 1024) > 0);
  CHECK(ShiftedBigIntRoom(ReadNumber(View(one)), 1024, 1024) == 0);
  CHECK(ShiftedBigIntRoom(ReadNumber(View(one)), INT64_MAX, kMaxBigIntBits) == 0);
  CHECK(Shift(one, -INT64_MAX) == BigInt(0));
  CHECK(Shift(BigInt(-1), -INT64_MAX) == BigInt(-1));
  CHECK(Shift(BigInt(INT64_MIN), -63) == BigInt(-1));
  CHECK(Shift(BigInt(INT64_MIN), -64) == BigInt(-1));
}

TEST_CASE("a bigint becomes the nearest double, ties to even, and none beyond the largest") {
  const auto nearest = [](const Term& term) {
    double value = 0;
    REQUIRE(NearestDouble(ReadNumber(View(term)), &value));
    return value;
  };
  const Term power = Shift(BigInt(1), 100);
  const Term half = Shift(BigInt(1), 47);  // of the last bit of a double at 2^100
  CHECK(nearest(power) == 0x1p100);
  CHECK(nearest(Apply(BigIntOp::kAdd, power, half)) == 0x1p100);
  CHECK(nearest(Apply(BigIntOp::kAdd, Apply(BigIntOp::kAdd, power, half), BigInt(1))) ==
        0x1.0000000000001p100);
  CHECK(nearest(Apply(BigIntOp::kAdd, power, Apply(BigIntOp::kMul, half, BigInt(3)))) ==
        0x1.0000000000002p100);
  CHECK(nearest(Apply(BigIntOp::kSub, BigInt(0), power)) == -0x1p100);
  const Term limit = Shift(BigInt(1), 1024);
  const Term largest = Apply(BigIntOp::kSub, limit, Shift(BigInt(1), 971));
  CHECK(nearest(largest) == 0x1.fffffffffffffp1023);
  double value = 0;
  CHECK_FALSE(NearestDouble(ReadNumber(View(limit)), &value));
  CHECK_FALSE(NearestDouble(ReadNumber(View(Apply(BigIntOp::kSub, limit, BigInt(1)))), &value));
}

}  // namespace termstore::test
