// Expressions: what each function gives, and what becomes of exceptions.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "test/support/faults.h"
#include "test/support/matching.h"
#include "test/support/shapes_scope.h"
#include "test/support/values.h"

namespace termstore::test {
namespace {

using F = MatchFunction;

// The row that expressions see: $1 … $4 are its elements.
const Term kRow = Row({Int(5), String("hello"), Array({Int(1), Int(2), Int(3)}), True()});

Term Body(const Code& expression) {
  return Result({{4, RowOf({Bind(0), Bind(1), Bind(2), Bind(3)}), {}, {expression}}}, kRow);
}
bool Guard(const Code& expression) {
  return !Result({{4, RowOf({Bind(0), Bind(1), Bind(2), Bind(3)}), {expression}, {Const(True())}}}, kRow)
              .empty();
}
Term Exit() { return Symbol("EXIT"); }

// The function on constants.
Term On(F function, const std::vector<Term>& arguments) {
  Codes codes;
  for (const Term& argument : arguments) codes.push_back(Const(argument));
  const Term result = Body(Call(function, codes));
  // A guard fails on an exception, and on everything but true.
  CHECK(Guard(Call(function, codes)) == (result == True()));
  return result;
}
bool Fails(F function, const std::vector<Term>& arguments) { return On(function, arguments) == Exit(); }

Term Utf8(const std::string& text) { return SizedTerm(kTagUtf8, Term(text.begin(), text.end())); }
Term BytesTerm(const Term& bytes) { return SizedTerm(kTagBytes, bytes); }
Term Big(bool negative, const std::vector<std::uint64_t>& words) {
  return EncodeCanonical(BigIntValue(negative, words));
}
Term Number(double value) { return EncodeCanonical(NumberValue(value)); }
Term DictTerm(const Term& name, const Term& value) {
  Term body{1, 0, 0, 0};
  body.insert(body.end(), name.begin(), name.end());
  body.insert(body.end(), value.begin(), value.end());
  return SizedTerm(kTagDict, body);
}
Term PairMap(const Term& key, const Term& value) {
  Term map = DictTerm(key, value);
  map[0] = kTagMap;
  return map;
}
const Term kUndefined{kTagUndefined};
const double kNan = std::nan("");
const double kInfinity = std::numeric_limits<double>::infinity();
const Term kHuge = Big(false, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});  // 2^1024

}  // namespace

TEST_CASE("comparisons follow the total order; exactEq tells 1 from 1n") {
  CHECK(On(F::kLt, {Int(1), Int(2)}) == True());
  CHECK(On(F::kLt, {Int(2), Int(1)}) == False());
  CHECK(On(F::kLt, {Int(1), BigInt(2)}) == True());
  CHECK(On(F::kLe, {Int(1), BigInt(1)}) == True());
  CHECK(On(F::kGt, {String("a"), Int(9)}) == True());
  CHECK(On(F::kGe, {Int(9), kUndefined}) == False());
  CHECK(On(F::kEq, {Int(1), BigInt(1)}) == True());
  CHECK(On(F::kNe, {Int(1), BigInt(1)}) == False());
  CHECK(On(F::kExactEq, {Int(1), BigInt(1)}) == False());
  CHECK(On(F::kExactNe, {Int(1), BigInt(1)}) == True());
  CHECK(On(F::kExactEq, {Int(0), Float(-0.0)}) == True());
  CHECK(On(F::kExactEq, {Number(kNan), Number(kNan)}) == True());
  CHECK(On(F::kGt, {Number(kNan), Number(kInfinity)}) == True());
  CHECK(On(F::kMin, {Int(1), BigInt(1)}) == Int(1));
  CHECK(On(F::kMin, {BigInt(1), Int(1)}) == BigInt(1));
  CHECK(On(F::kMax, {Int(1), BigInt(1)}) == Int(1));
  CHECK(On(F::kMax, {Int(1), String("a")}) == String("a"));
  CHECK(On(F::kMin, {Int(2), Int(1)}) == Int(1));
}

TEST_CASE("the row is an array wherever it stands") {
  const Term array = Array({Int(5), String("hello"), Array({Int(1), Int(2), Int(3)}), True()});
  CHECK(Body(WholeRow()) == array);
  CHECK(Body(Call(F::kExactEq, {WholeRow(), Const(array)})) == True());
  CHECK(Body(Call(F::kIsArray, {WholeRow()})) == True());
  CHECK(Body(Call(F::kLength, {WholeRow()})) == Int(4));
  CHECK(Body(Call(F::kSize, {WholeRow()})) == Int(4));
  CHECK(Body(Call(F::kHd, {WholeRow()})) == Int(5));
  CHECK(Body(Call(F::kHd, {Call(F::kTl, {WholeRow()})})) == String("hello"));
  CHECK(Body(Call(F::kElement, {Const(Int(3)), WholeRow()})) == True());
  CHECK(Body(Call(F::kElement, {WholeRow(), WholeRow()})) == Exit());
  CHECK(Body(Call(F::kMax, {WholeRow(), Const(Int(1))})) == array);
  // A row of three or four elements starts with the byte that is the tag of false or true.
  CHECK_FALSE(Guard(WholeRow()));
  CHECK(Body(Call(F::kNot, {WholeRow()})) == Exit());
  CHECK(Body(Call(F::kAnd, {WholeRow(), Const(True())})) == Exit());
  CHECK(Body(Call(F::kAndalso, {WholeRow(), Const(True())})) == Exit());
}

TEST_CASE("not, and, or, xor take booleans only and evaluate all arguments") {
  CHECK(On(F::kNot, {True()}) == False());
  CHECK(On(F::kNot, {False()}) == True());
  CHECK(Fails(F::kNot, {Int(1)}));
  CHECK(On(F::kAnd, {True()}) == True());
  CHECK(On(F::kAnd, {True(), False(), True()}) == False());
  CHECK(On(F::kAnd, {True(), True(), True()}) == True());
  CHECK(Fails(F::kAnd, {False(), Int(1)}));
  CHECK(Fails(F::kAnd, {Int(1), False()}));
  CHECK(On(F::kOr, {False()}) == False());
  CHECK(On(F::kOr, {False(), True()}) == True());
  CHECK(On(F::kOr, {False(), False()}) == False());
  CHECK(Fails(F::kOr, {True(), kUndefined}));
  CHECK(On(F::kXor, {True(), False()}) == True());
  CHECK(On(F::kXor, {True(), True()}) == False());
  CHECK(Fails(F::kXor, {True(), Int(0)}));
  CHECK(Fails(F::kXor, {Int(0), True()}));
  CHECK_FALSE(Guard(Call(F::kOr, {Const(True()), Call(F::kHd, {Var(0)})})));
}

TEST_CASE("andalso and orelse stop at the argument that decides and pass the last one through") {
  const Code bad = Call(F::kHd, {Var(0)});
  CHECK(On(F::kAndalso, {Int(7)}) == Int(7));
  CHECK(On(F::kAndalso, {True(), Int(7)}) == Int(7));
  CHECK(On(F::kAndalso, {False(), Int(7)}) == False());
  CHECK(Fails(F::kAndalso, {Int(7), True()}));
  CHECK(On(F::kOrelse, {False(), Int(7)}) == Int(7));
  CHECK(On(F::kOrelse, {True(), Int(7)}) == True());
  CHECK(Fails(F::kOrelse, {Int(7), True()}));
  CHECK(Guard(Call(F::kOrelse, {Const(True()), bad})));
  CHECK_FALSE(Guard(Call(F::kOrelse, {bad, Const(True())})));
  CHECK(Body(Call(F::kAndalso, {Const(False()), bad})) == False());
  CHECK(Body(MakeArray({Call(F::kAndalso, {Const(False()), MakeMap({bad, Vars()}), bad}),
                        Call(F::kOrelse, {Const(True()), MakeObject({{String("a"), bad}}), MakeSet({bad})}),
                        Call(F::kAndalso, {Const(Int(1)), WholeRow(), MakeArray({Const(Int(1))})}),
                        Var(0)})) == Array({False(), True(), Exit(), Int(5)}));
}

TEST_CASE("an exception in a body leaves EXIT in the place of the call, and the rest goes on") {
  const Code bad = Call(F::kHd, {Var(0)});
  CHECK(Body(bad) == Exit());
  CHECK(Body(MakeArray({Var(0), bad})) == Array({Int(5), Exit()}));
  CHECK(Body(Call(F::kIsAtom, {bad})) == True());
  CHECK(Body(Call(F::kAdd, {bad, Var(0)})) == Exit());
  CHECK(Body(MakeObject({{String("x"), bad}})) == DictTerm(String("x"), Exit()));
  CHECK_FALSE(Guard(Call(F::kIsAtom, {bad})));
  CHECK_FALSE(Guard(Call(F::kIsArray, {MakeArray({bad})})));
}

TEST_CASE("add, sub and mul: bigints exactly, numbers as JavaScript, mixed as numbers") {
  CHECK(On(F::kAdd, {Int(2), Int(3)}) == Int(5));
  CHECK(On(F::kAdd, {Int(INT32_MAX), Int(1)}) == Float(2147483648.0));
  CHECK(On(F::kSub, {Float(2147483648.0), Int(1)}) == Int(INT32_MAX));
  CHECK(On(F::kMul, {Int(INT32_MIN), Int(INT32_MIN)}) == Float(0x1p62));
  CHECK(On(F::kMul, {Int(0), Int(-3)}) == Float(-0.0));
  CHECK(On(F::kAdd, {Float(0.1), Float(0.2)}) == Float(0.1 + 0.2));
  CHECK(On(F::kAdd, {BigInt(INT64_MAX), BigInt(1)}) == Big(false, {std::uint64_t{1} << 63}));
  CHECK(On(F::kSub, {BigInt(INT64_MIN), BigInt(1)}) == Big(true, {(std::uint64_t{1} << 63) + 1}));
  CHECK(On(F::kSub, {Big(false, {0, 1}), Big(false, {1, 1})}) == BigInt(-1));
  CHECK(On(F::kMul, {BigInt(INT64_MIN), BigInt(-2)}) == Big(false, {0, 1}));
  CHECK(On(F::kAdd, {BigInt(1), Float(0.5)}) == Float(1.5));
  CHECK(On(F::kAdd, {Int(1), BigInt(2)}) == Int(3));
  CHECK(On(F::kAdd, {Number(kInfinity), Int(1)}) == Number(kInfinity));
  CHECK(On(F::kSub, {Number(kInfinity), Number(kInfinity)}) == Number(kNan));
  CHECK(Fails(F::kMul, {Float(1e300), Float(1e300)}));
  CHECK(Fails(F::kAdd, {kHuge, Int(1)}));
  CHECK(Fails(F::kAdd, {Int(1), String("1")}));
  CHECK(Fails(F::kAdd, {True(), Int(1)}));
  CHECK(On(F::kAdd, {Int(3)}) == Int(3));
  CHECK(On(F::kAdd, {BigInt(3)}) == BigInt(3));
  CHECK(Fails(F::kAdd, {String("3")}));
  CHECK(On(F::kSub, {Int(3)}) == Int(-3));
  CHECK(On(F::kSub, {Int(0)}) == Float(-0.0));
  CHECK(On(F::kSub, {Int(INT32_MIN)}) == Float(2147483648.0));
  CHECK(On(F::kSub, {BigInt(INT64_MIN)}) == Big(false, {std::uint64_t{1} << 63}));
  CHECK(On(F::kSub, {Big(false, {std::uint64_t{1} << 63})}) == BigInt(INT64_MIN));
}

TEST_CASE("div always gives a number; idiv and rem truncate integers of one kind") {
  CHECK(On(F::kDiv, {Int(1), Int(2)}) == Float(0.5));
  CHECK(On(F::kDiv, {BigInt(2), BigInt(4)}) == Float(0.5));
  CHECK(On(F::kDiv, {BigInt(4), BigInt(2)}) == Int(2));
  CHECK(Fails(F::kDiv, {Int(1), Int(0)}));
  CHECK(Fails(F::kDiv, {Int(1), Float(-0.0)}));
  CHECK(Fails(F::kDiv, {BigInt(1), BigInt(0)}));
  CHECK(Fails(F::kDiv, {Number(kNan), Int(0)}));
  CHECK(Fails(F::kDiv, {kHuge, BigInt(1)}));
  CHECK(On(F::kIdiv, {Int(-7), Int(2)}) == Int(-3));
  CHECK(On(F::kRem, {Int(-7), Int(2)}) == Int(-1));
  CHECK(On(F::kRem, {Int(7), Int(-2)}) == Int(1));
  CHECK(On(F::kIdiv, {BigInt(-7), BigInt(2)}) == BigInt(-3));
  CHECK(On(F::kRem, {BigInt(-7), BigInt(2)}) == BigInt(-1));
  CHECK(On(F::kIdiv, {BigInt(INT64_MIN), BigInt(-1)}) == Big(false, {std::uint64_t{1} << 63}));
  CHECK(On(F::kRem, {Big(true, {5, 1}), Big(false, {0, 1})}) == BigInt(-5));
  CHECK(On(F::kIdiv, {Float(0x1p52), Int(3)}) == Float(1501199875790165.0));
  CHECK(Fails(F::kIdiv, {Int(1), Int(0)}));
  CHECK(Fails(F::kRem, {Int(1), Int(0)}));
  CHECK(Fails(F::kIdiv, {BigInt(1), BigInt(0)}));
  CHECK(Fails(F::kIdiv, {Float(1.5), Int(1)}));
  CHECK(Fails(F::kIdiv, {Int(1), BigInt(1)}));
  CHECK(Fails(F::kRem, {Float(0x1p53), Int(2)}));
}

TEST_CASE("abs, round, trunc, floor, ceil and float") {
  CHECK(On(F::kAbs, {Int(INT32_MIN)}) == Float(2147483648.0));
  CHECK(On(F::kAbs, {BigInt(INT64_MIN)}) == Big(false, {std::uint64_t{1} << 63}));
  CHECK(On(F::kAbs, {BigInt(4)}) == BigInt(4));
  CHECK(On(F::kRound, {Float(2.5)}) == Int(3));
  CHECK(On(F::kRound, {Float(-2.5)}) == Int(-3));
  CHECK(On(F::kRound, {Float(0.49999999999999994)}) == Int(0));
  CHECK(On(F::kTrunc, {Float(-2.7)}) == Int(-2));
  CHECK(On(F::kFloor, {Float(-2.1)}) == Int(-3));
  CHECK(On(F::kCeil, {Float(2.1)}) == Int(3));
  CHECK(On(F::kCeil, {Number(-kInfinity)}) == Number(-kInfinity));
  CHECK(On(F::kRound, {Number(kNan)}) == Number(kNan));
  for (const F function : {F::kRound, F::kTrunc, F::kFloor, F::kCeil}) {
    CHECK(On(function, {BigInt(9)}) == BigInt(9));
    CHECK(On(function, {kHuge}) == kHuge);
    CHECK(Fails(function, {String("9")}));
  }
  CHECK(On(F::kFloat, {BigInt(9)}) == Int(9));
  CHECK(On(F::kFloat, {Float(0.5)}) == Float(0.5));
  CHECK(Fails(F::kFloat, {kHuge}));
  CHECK(Fails(F::kAbs, {True()}));
}

TEST_CASE("bit operations: two bigints, or two safe integers") {
  CHECK(On(F::kBand, {Int(12), Int(10)}) == Int(8));
  CHECK(On(F::kBor, {Int(12), Int(10)}) == Int(14));
  CHECK(On(F::kBxor, {Int(12), Int(-1)}) == Int(-13));
  CHECK(On(F::kBnot, {Int(0)}) == Int(-1));
  CHECK(On(F::kBand, {Float(0x1p40), Int(-1)}) == Float(0x1p40));
  CHECK(Fails(F::kBxor, {Float(0x1p53 - 1), Int(-1)}));  // -2^53
  CHECK(Fails(F::kBnot, {Float(0x1p53 - 1)}));
  CHECK(Fails(F::kBnot, {Float(0.5)}));
  CHECK(Fails(F::kBand, {Int(1), BigInt(1)}));
  CHECK(On(F::kBand, {BigInt(-1), Big(false, {7, 7})}) == Big(false, {7, 7}));
  CHECK(On(F::kBor, {Big(true, {0, 1}), BigInt(1)}) == Big(true, {~std::uint64_t{0}}));
  CHECK(On(F::kBxor, {BigInt(5), BigInt(-1)}) == BigInt(-6));
  CHECK(On(F::kBnot, {BigInt(INT64_MAX)}) == BigInt(INT64_MIN));
  CHECK(On(F::kBsl, {Int(1), Int(52)}) == Float(0x1p52));
  CHECK(Fails(F::kBsl, {Int(1), Int(53)}));
  CHECK(On(F::kBsl, {Int(0), Int(1000)}) == Int(0));
  CHECK(On(F::kBsl, {Int(8), Int(-2)}) == Int(2));
  CHECK(On(F::kBsr, {Int(-5), Int(1)}) == Int(-3));
  CHECK(On(F::kBsr, {Int(-5), Int(100)}) == Int(-1));
  CHECK(On(F::kBsr, {Int(3), Int(-2)}) == Int(12));
  CHECK(On(F::kBsl, {BigInt(1), BigInt(64)}) == Big(false, {0, 1}));
  CHECK(On(F::kBsr, {Big(true, {1, 1}), BigInt(1)}) == Big(true, {(std::uint64_t{1} << 63) + 1}));
  CHECK(On(F::kBsr, {BigInt(-1), kHuge}) == BigInt(-1));
  CHECK(On(F::kBsl, {BigInt(0), kHuge}) == BigInt(0));
  CHECK(Fails(F::kBsl, {BigInt(1), BigInt(1 << 20)}));
  CHECK(On(F::kBsl, {BigInt(1), BigInt((1 << 20) - 1)}).size() == 6 + (1u << 17));
  CHECK(Fails(F::kBsl, {BigInt(1), kHuge}));
  CHECK(Fails(F::kBsl, {BigInt(1), Int(1)}));
}

TEST_CASE("every type test knows its types and no others") {
  Term date = Float(1);
  date[0] = kTagDate;
  const struct {
    Term term;
    std::vector<F> tests;
  } cases[] = {
      {Int(1), {F::kIsNumber, F::kIsInteger, F::kIsFloat}},
      {Float(0.5), {F::kIsNumber, F::kIsFloat}},
      {Float(0x1p60), {F::kIsNumber, F::kIsInteger, F::kIsFloat}},
      {Number(kInfinity), {F::kIsNumber, F::kIsFloat}},
      {Number(kNan), {F::kIsNumber, F::kIsFloat}},
      {BigInt(1), {F::kIsNumber, F::kIsBigint, F::kIsInteger}},
      {kHuge, {F::kIsNumber, F::kIsBigint, F::kIsInteger}},
      {String("a"), {F::kIsString}},
      {Utf8("\xc3\xa9"), {F::kIsString}},
      {True(), {F::kIsAtom, F::kIsBoolean}},
      {False(), {F::kIsAtom, F::kIsBoolean}},
      {{kTagNull}, {F::kIsAtom}},
      {kUndefined, {F::kIsAtom}},
      {Symbol("s"), {F::kIsAtom}},
      {Array({}), {F::kIsArray}},
      {DictTerm(String("a"), Int(1)), {F::kIsObject}},
      {PairMap(Int(1), Int(2)), {F::kIsMap}},
      {SizedTerm(kTagSet, {0, 0, 0, 0}), {F::kIsSet}},
      {BytesTerm({1}), {F::kIsBinary}},
      {SizedTerm(kTagBuffer, {}), {F::kIsBinary}},
      {{kTagTyped, 0, 0, 0, 0, 11}, {F::kIsBinary}},
      {date, {F::kIsDate}},
      {SizedTerm(kTagError, {0, 0x80, 0x80}), {}},
  };
  for (const auto& each : cases) {
    for (const F test :
         {F::kIsNumber, F::kIsBigint, F::kIsInteger, F::kIsFloat, F::kIsString, F::kIsAtom, F::kIsBoolean,
          F::kIsArray, F::kIsObject, F::kIsMap, F::kIsSet, F::kIsBinary, F::kIsDate}) {
      CAPTURE(Hex(View(each.term)));
      CAPTURE(static_cast<int>(test));
      const bool expected = std::find(each.tests.begin(), each.tests.end(), test) != each.tests.end();
      CHECK(On(test, {each.term}) == (expected ? True() : False()));
    }
  }
}

TEST_CASE("element, hd, tl and length on arrays, short and indexed") {
  const Term array = Array({Int(7), Int(8)});
  CHECK(On(F::kElement, {Int(0), array}) == Int(7));
  CHECK(On(F::kElement, {BigInt(1), array}) == Int(8));
  CHECK(On(F::kElement, {Float(-0.0), array}) == Int(7));
  CHECK(Fails(F::kElement, {Int(2), array}));
  CHECK(Fails(F::kElement, {Int(-1), array}));
  CHECK(Fails(F::kElement, {Float(0.5), array}));
  CHECK(Fails(F::kElement, {kHuge, array}));
  CHECK(Fails(F::kElement, {Int(0), String("abc")}));
  CHECK(Fails(F::kElement, {String("0"), array}));
  CHECK(On(F::kHd, {array}) == Int(7));
  CHECK(Fails(F::kHd, {Array({})}));
  CHECK(Fails(F::kHd, {String("a")}));
  CHECK(On(F::kTl, {array}) == Array({Int(8)}));
  CHECK(On(F::kTl, {Array({Int(1)})}) == Array({}));
  CHECK(Fails(F::kTl, {Array({})}));
  CHECK(Fails(F::kTl, {Int(1)}));
  CHECK(On(F::kLength, {Array({})}) == Int(0));
  CHECK(Fails(F::kLength, {String("abc")}));
  Value many;
  many.kind = Value::Kind::kArray;
  for (int i = 0; i < 40; ++i) many.items.push_back(NumberValue(i));
  const Term whole = EncodeCanonical(many);
  CHECK(On(F::kElement, {Int(39), whole}) == Int(39));
  CHECK(On(F::kLength, {whole}) == Int(40));
  Term tail = whole;
  for (int i = 0; i < 40; ++i) {
    many.items.erase(many.items.begin());
    tail = On(F::kTl, {tail});
    REQUIRE(tail == EncodeCanonical(many));
  }
}

TEST_CASE("size, byteSize, mapSize, mapGet and isMapKey, objects in both encodings") {
  ShapesScope scope;
  Rng rng(1);
  Value object;
  object.kind = Value::Kind::kObject;
  object.names = {"a", "b"};
  object.items = {NumberValue(1), NumberValue(2)};
  const Term shaped = Encode(object, Objects::kShapes, rng);
  const Term dict = Encode(object, Objects::kDicts, rng);
  for (const Term& each : {shaped, dict}) {
    const Term row = Row({each});
    const auto on = [&row](F function, const Codes& arguments) {
      return Result({{1, RowOf({Bind(0)}), {}, {Call(function, arguments)}}}, row);
    };
    CHECK(on(F::kSize, {Var(0)}) == Int(2));
    CHECK(on(F::kMapSize, {Var(0)}) == Int(2));
    CHECK(on(F::kMapGet, {Const(String("b")), Var(0)}) == Int(2));
    CHECK(on(F::kMapGet, {Const(String("c")), Var(0)}) == Exit());
    CHECK(on(F::kMapGet, {Const(Int(1)), Var(0)}) == Exit());
    CHECK(on(F::kIsMapKey, {Const(String("a")), Var(0)}) == True());
    CHECK(on(F::kIsMapKey, {Const(Symbol("a")), Var(0)}) == False());
    CHECK(on(F::kIsObject, {Var(0)}) == True());
  }
  const Term map = PairMap(BigInt(1), String("x"));
  CHECK(On(F::kMapGet, {BigInt(1), map}) == String("x"));
  CHECK(Fails(F::kMapGet, {Int(1), map}));
  CHECK(On(F::kIsMapKey, {Int(1), map}) == False());
  CHECK(On(F::kMapSize, {map}) == Int(1));
  CHECK(Fails(F::kIsMapKey, {Int(1), Array({Int(1)})}));
  CHECK(Fails(F::kMapSize, {Array({})}));
  CHECK(Fails(F::kMapGet, {Int(0), Array({Int(1)})}));
  CHECK(On(F::kSize, {Utf8("a\xc3\xa9")}) == Int(3));
  CHECK(On(F::kSize, {BytesTerm({1, 2})}) == Int(2));
  CHECK(On(F::kSize, {SizedTerm(kTagSet, {2, 0, 0, 0, kTagTrue, kTagNull})}) == Int(2));
  CHECK(On(F::kSize, {Array({Int(1)})}) == Int(1));
  CHECK(Fails(F::kSize, {Int(1)}));
  CHECK(Fails(F::kSize, {Symbol("abc")}));
  CHECK(On(F::kByteSize, {String("abc")}) == Int(3));
  CHECK(On(F::kByteSize, {{kTagTyped, 2, 0, 0, 0, 3, 1, 1}}) == Int(2));
  CHECK(Fails(F::kByteSize, {Array({})}));
}

TEST_CASE("binaryPart cuts bytes anywhere and strings between characters") {
  const Term bytes = BytesTerm({1, 2, 3, 4});
  CHECK(On(F::kBinaryPart, {bytes, Int(1), Int(2)}) == BytesTerm({2, 3}));
  CHECK(On(F::kBinaryPart, {bytes, Array({Int(4), Int(-3)})}) == BytesTerm({2, 3, 4}));
  CHECK(On(F::kBinaryPart, {SizedTerm(kTagBuffer, {1, 2}), BigInt(0), Int(1)}) == SizedTerm(kTagBuffer, {1}));
  CHECK(On(F::kBinaryPart, {bytes, Int(4), Int(0)}) == BytesTerm({}));
  CHECK(Fails(F::kBinaryPart, {bytes, Int(3), Int(2)}));
  CHECK(Fails(F::kBinaryPart, {bytes, Int(1), Int(-2)}));
  CHECK(Fails(F::kBinaryPart, {bytes, Int(5), Int(0)}));
  CHECK(Fails(F::kBinaryPart, {bytes, Int(-1), Int(1)}));
  CHECK(Fails(F::kBinaryPart, {bytes, Float(0.5), Int(1)}));
  CHECK(Fails(F::kBinaryPart, {bytes, BigInt(1), BigInt(INT64_MIN)}));
  CHECK(Fails(F::kBinaryPart, {bytes, Array({Int(1)})}));
  CHECK(Fails(F::kBinaryPart, {bytes, Int(1)}));
  CHECK(Fails(F::kBinaryPart, {{kTagTyped, 1, 0, 0, 0, 1, 9}, Int(0), Int(1)}));
  const Term text = Utf8("a\xc3\xa9\xe2\x82\xac z");
  CHECK(On(F::kBinaryPart, {text, Int(0), Int(1)}) == String("a"));
  CHECK(On(F::kBinaryPart, {text, Int(1), Int(2)}) == Utf8("\xc3\xa9"));
  CHECK(Fails(F::kBinaryPart, {text, Int(1), Int(1)}));
  CHECK(Fails(F::kBinaryPart, {text, Int(2), Int(1)}));
  CHECK(On(F::kBinaryPart, {text, Int(6), Int(2)}) == String(" z"));
  CHECK(On(F::kBinaryPart, {String(std::string(100, 'x')), Int(10), Int(70)}) ==
        String(std::string(70, 'x')));
  const std::string lone = "\xed\xa0\x80";
  const Term wtf = SizedTerm(kTagWtf8, [&] {
    const std::string all = "a" + lone + "b";
    return Term(all.begin(), all.end());
  }());
  CHECK(On(F::kBinaryPart, {wtf, Int(1), Int(3)}) == SizedTerm(kTagWtf8, Term(lone.begin(), lone.end())));
  CHECK(On(F::kBinaryPart, {wtf, Int(4), Int(1)}) == String("b"));
  CHECK(Fails(F::kBinaryPart, {wtf, Int(2), Int(2)}));
  CHECK(Fails(F::kBinaryPart, {Int(1), Int(0), Int(0)}));
}

TEST_CASE("self gives the number of the thread") { CHECK(On(F::kSelf, {}) == Int(kSelf)); }

TEST_CASE("made containers: equal keys once, the last value; equal elements once; an index from 32 on") {
  CHECK(Body(MakeMap(
            {Const(Int(1)), Const(Int(2)), Const(BigInt(1)), Const(Int(3)), Const(Int(1)), Var(0)})) == [] {
    Term map{2, 0, 0, 0};
    for (const Term& part : {Int(1), Int(5), BigInt(1), Int(3)})
      map.insert(map.end(), part.begin(), part.end());
    return SizedTerm(kTagMap, map);
  }());
  CHECK(Body(MakeSet({Var(0), Const(Int(5)), Const(BigInt(5)), Const(Array({})), Const(Array({}))})) == [] {
    Term set{3, 0, 0, 0};
    for (const Term& part : {Int(5), BigInt(5), Array({})}) set.insert(set.end(), part.begin(), part.end());
    return SizedTerm(kTagSet, set);
  }());
  CHECK(Body(MakeArray({})) == Array({}));
  CHECK(TermIsSound(View(Body(MakeArray(Codes(32, WholeRow())))), false));
  CHECK(TermIsSound(View(Body(MakeArray(Codes(200, Var(1))))), false));
  Entries entries;
  for (int i = 0; i < 50; ++i) entries.emplace_back(String("n" + std::to_string(i)), Var(0));
  CHECK(TermIsSound(View(Body(MakeObject(entries))), false));
}

TEST_CASE("a made value nests at most 1024 deep: one more is an exception") {
  Term deep = Array({});
  for (std::uint32_t i = 2; i < kMaxDepth; ++i) deep = Array({deep});
  CHECK(Body(MakeArray({Const(deep)})).size() > 9000);
  CHECK(Body(MakeArray({MakeArray({Const(deep)})})) == Exit());
  CHECK(Body(MakeArray({MakeArray({MakeArray({Const(deep)})})})) == Array({Exit()}));
  CHECK(Body(MakeSet({MakeMap({Const(Int(1)), Const(deep)})})) == Exit());
}

TEST_CASE("the result as a row: arrays of one element and more") {
  const Code made = Program({{1, RowOf({Bind(0)}), {}, {MakeArray({Const(String("k")), Var(0)})}}});
  const Term row = Row({Int(9)});
  MatchProgram program;
  REQUIRE(MatchProgram::Parse(View(made), &program) == Status::kOk);
  MatchRun run(program, kSelf);
  REQUIRE(run.Run(View(row)) == MatchOutcome::kMatch);
  CHECK(Copy(run.ResultAsRow()) == Row({String("k"), Int(9)}));
  const auto as_row = [&row](const Code& body) {
    const Code code = Program({{1, RowOf({Bind(0)}), {}, {body}}});
    MatchProgram parsed;
    REQUIRE(MatchProgram::Parse(View(code), &parsed) == Status::kOk);
    MatchRun each(parsed, kSelf);
    REQUIRE(each.Run(View(row)) == MatchOutcome::kMatch);
    return Copy(each.ResultAsRow());
  };
  CHECK(as_row(WholeRow()) == row);
  CHECK(as_row(MakeArray({})).empty());
  CHECK(as_row(Var(0)).empty());
  const Term large = as_row(MakeArray(Codes(300, Var(0))));
  CHECK(RowIsWhole(View(large)));
  CHECK(ReadRowStart(View(large)).arity == 300);
  CHECK(large.size() == 2 + 300 * 5);
}

TEST_CASE("the scratch is reused: rows of any size, one after the other") {
  const Code code = Program({{2, RowOf({Bind(0), Bind(1)}), {}, {MakeArray({Vars(), WholeRow(), Var(1)})}}});
  MatchProgram program;
  REQUIRE(MatchProgram::Parse(View(code), &program) == Status::kOk);
  MatchRun run(program, kSelf);
  for (const std::uint32_t size : {1u, 100u, 5000u, 3u, 2000000u, 50u, 100000u, 2u}) {
    const Term text = String(std::string(size, 'x'));
    const Term row = Row({Int(1), text});
    REQUIRE(run.Run(View(row)) == MatchOutcome::kMatch);
    REQUIRE(ResultOf(run) == Array({Array({Int(1), text}), Array({Int(1), text}), text}));
  }
}

#ifdef TERMSTORE_TEST_FAULTS
TEST_CASE("a run without memory says so, and works again when there is some") {
  const Code code = Program(
      {{1, RowOf({Bind(0)}), {Call(F::kIsArray, {Vars()})}, {Vars()}}, {0, Any(), {}, {Const(True())}}});
  MatchProgram program;
  REQUIRE(MatchProgram::Parse(View(code), &program) == Status::kOk);
  const Term row = Row({Int(1)});
  MatchRun run(program, kSelf);
  {
    Shortage shortage(0);
    CHECK(run.Run(View(row)) == MatchOutcome::kNoMemory);
    CHECK(shortage.failures() > 0);
  }
  REQUIRE(run.Run(View(row)) == MatchOutcome::kMatch);
  CHECK(ResultOf(run) == Array({Int(1)}));
}

TEST_CASE("a scan that makes nothing allocates nothing") {
  const Code code =
      Program({{2, RowOf({Bind(0), Bind(1)}), {Call(F::kGt, {Var(1), Const(Int(10))})}, {WholeRow()}}});
  MatchProgram program;
  REQUIRE(MatchProgram::Parse(View(code), &program) == Status::kOk);
  MatchRun run(program, kSelf);
  const Term row = Row({Int(1), Int(11)});
  const Term other = Row({Int(1), Int(10)});
  Shortage shortage(0);
  const bool matched = run.Run(View(row)) == MatchOutcome::kMatch && run.result_is_row();
  const bool refused = run.Run(View(other)) == MatchOutcome::kNoMatch;
  const std::uint32_t failures = shortage.failures();
  CHECK(matched);
  CHECK(refused);
  CHECK(failures == 0);
}
#endif

}  // namespace termstore::test
