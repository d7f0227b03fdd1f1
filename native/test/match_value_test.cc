// Expressions: type tests, containers, binaries, and what a run makes of its results.
#include "test/support/expressions.h"
#include "test/support/faults.h"
#include "test/support/shapes_scope.h"

namespace termstore::test {

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
