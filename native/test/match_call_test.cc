// Expressions: comparisons, logic, arithmetic, and what becomes of exceptions.
#include "test/support/expressions.h"

namespace termstore::test {

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

TEST_CASE("a row of many elements is the array of its elements, with an index from 32 on") {
  for (const std::uint16_t arity : {31, 32, 100}) {
    std::vector<Term> elements;
    Codes bound, made;
    for (std::uint16_t i = 0; i < arity; ++i) {
      elements.push_back(i % 3 == 0 ? String("s") : Int(i));
      bound.push_back(Bind(i));
      made.push_back(Var(i));
    }
    const auto on_row = [&](const Code& body) {
      return Result({{arity, RowOf(bound), {}, {body}}}, Row(elements));
    };
    const Term array = on_row(WholeRow());
    CHECK(TermIsSound(View(array), false));
    CHECK(array == on_row(MakeArray(made)));
    CHECK(on_row(Call(F::kElement, {Const(Int(arity - 1)), Const(array)})) == elements.back());
  }
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

}  // namespace termstore::test
