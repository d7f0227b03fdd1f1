// Expressions of match programs and what they give: functions on constants, and bodies over one row.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "test/support/matching.h"
#include "test/support/values.h"

namespace termstore::test {

using F = MatchFunction;

// The row that expressions see: $1 … $4 are its elements.
inline const Term kRow = Row({Int(5), String("hello"), Array({Int(1), Int(2), Int(3)}), True()});

inline Term Body(const Code& expression) {
  return Result({{4, RowOf({Bind(0), Bind(1), Bind(2), Bind(3)}), {}, {expression}}}, kRow);
}
inline bool Guard(const Code& expression) {
  return !Result({{4, RowOf({Bind(0), Bind(1), Bind(2), Bind(3)}), {expression}, {Const(True())}}}, kRow)
              .empty();
}
inline Term Exit() { return Symbol("EXIT"); }

// The function on constants.
inline Term On(F function, const std::vector<Term>& arguments) {
  Codes codes;
  for (const Term& argument : arguments) codes.push_back(Const(argument));
  const Term result = Body(Call(function, codes));
  // A guard fails on an exception, and on everything but true.
  CHECK(Guard(Call(function, codes)) == (result == True()));
  return result;
}
inline bool Fails(F function, const std::vector<Term>& arguments) {
  return On(function, arguments) == Exit();
}

inline Term Utf8(const std::string& text) { return SizedTerm(kTagUtf8, Term(text.begin(), text.end())); }
inline Term BytesTerm(const Term& bytes) { return SizedTerm(kTagBytes, bytes); }
inline Term Big(bool negative, const std::vector<std::uint64_t>& words) {
  return EncodeCanonical(BigIntValue(negative, words));
}
inline Term Number(double value) { return EncodeCanonical(NumberValue(value)); }
inline Term DictTerm(const Term& name, const Term& value) {
  Term body{1, 0, 0, 0};
  body.insert(body.end(), name.begin(), name.end());
  body.insert(body.end(), value.begin(), value.end());
  return SizedTerm(kTagDict, body);
}
inline Term PairMap(const Term& key, const Term& value) {
  Term map = DictTerm(key, value);
  map[0] = kTagMap;
  return map;
}
inline const Term kUndefined{kTagUndefined};
inline const double kNan = std::nan("");
inline const double kInfinity = std::numeric_limits<double>::infinity();
inline const Term kHuge = Big(false, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});  // 2^1024

}  // namespace termstore::test
