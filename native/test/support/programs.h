// Match programs as tests write them.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "core/match/format.h"
#include "core/match/functions.h"
#include "test/support/terms.h"

namespace termstore::test {

using Code = std::vector<std::uint8_t>;
using Codes = std::vector<Code>;

namespace code_internal {

inline void Add(Code& to, const Code& from) { to.insert(to.end(), from.begin(), from.end()); }
inline Code Sized(std::uint8_t kind, const Term& term) {
  Code code{kind};
  Append(code, static_cast<std::uint32_t>(term.size()));
  Add(code, term);
  return code;
}
inline Code Slot(std::uint8_t kind, std::uint16_t slot) {
  Code code{kind};
  Append(code, slot);
  return code;
}
inline Code Counted(std::uint8_t kind, std::size_t count, const Codes& parts) {
  Code code{kind};
  Append(code, static_cast<std::uint32_t>(count));
  for (const Code& part : parts) Add(code, part);
  return code;
}
inline Code Keyed(std::uint8_t kind, const std::vector<std::pair<Term, Code>>& entries) {
  Code code{kind};
  Append(code, static_cast<std::uint32_t>(entries.size()));
  for (const auto& [key, part] : entries) {
    Append(code, static_cast<std::uint32_t>(key.size()));
    Add(code, key);
    Add(code, part);
  }
  return code;
}

}  // namespace code_internal

using Entries = std::vector<std::pair<Term, Code>>;

// Patterns.
inline Code Any() { return {kPatternAny}; }
inline Code Never() { return {kPatternNever}; }
inline Code Bind(std::uint16_t slot) { return code_internal::Slot(kPatternBind, slot); }
inline Code Same(std::uint16_t slot) { return code_internal::Slot(kPatternSame, slot); }
inline Code Is(const Term& term) { return code_internal::Sized(kPatternConst, term); }
inline Code RowOf(const Codes& parts) { return code_internal::Counted(kPatternRow, parts.size(), parts); }
inline Code ArrayOf(const Codes& parts) { return code_internal::Counted(kPatternArray, parts.size(), parts); }
inline Code ObjectWith(const Entries& entries) { return code_internal::Keyed(kPatternObject, entries); }
inline Code MapWith(const Entries& entries) { return code_internal::Keyed(kPatternMap, entries); }

// Expressions.
inline Code Const(const Term& term) { return code_internal::Sized(kExpressionConst, term); }
inline Code Var(std::uint16_t slot) { return code_internal::Slot(kExpressionVar, slot); }
inline Code WholeRow() { return {kExpressionRow}; }
inline Code Vars() { return {kExpressionVars}; }
inline Code MakeArray(const Codes& parts) {
  return code_internal::Counted(kExpressionArray, parts.size(), parts);
}
inline Code MakeSet(const Codes& parts) {
  return code_internal::Counted(kExpressionSet, parts.size(), parts);
}
// key, value, key, value …
inline Code MakeMap(const Codes& parts) {
  return code_internal::Counted(kExpressionMap, parts.size() / 2, parts);
}
inline Code MakeObject(const Entries& entries) { return code_internal::Keyed(kExpressionObject, entries); }
inline Code Call(MatchFunction function, const Codes& arguments) {
  Code code{kExpressionCall, static_cast<std::uint8_t>(function),
            static_cast<std::uint8_t>(arguments.size())};
  for (const Code& argument : arguments) code_internal::Add(code, argument);
  return code;
}

struct Clause {
  std::uint16_t variables;
  Code head;
  Codes guards;
  Codes body;
};

inline Code Program(const std::vector<Clause>& clauses) {
  Code program{kMatchVersion, 0};
  Append(program, static_cast<std::uint16_t>(clauses.size()));
  for (const Clause& clause : clauses) {
    Code code;
    Append(code, clause.variables);
    code_internal::Add(code, clause.head);
    for (const Codes* part : {&clause.guards, &clause.body}) {
      Append(code, static_cast<std::uint16_t>(part->size()));
      for (const Code& expression : *part) code_internal::Add(code, expression);
    }
    Append(program, static_cast<std::uint32_t>(code.size()));
    code_internal::Add(program, code);
  }
  return program;
}

}  // namespace termstore::test
