// Running programs in tests.
#pragma once

#include <doctest/doctest.h>

#include <vector>

#include "core/match/run.h"
#include "core/memory/reply.h"
#include "test/support/exact_bytes.h"
#include "test/support/programs.h"
#include "test/support/seed.h"

namespace termstore::test {

inline constexpr std::uint32_t kSelf = 7;

inline Term True() { return {kTagTrue}; }
inline Term False() { return {kTagFalse}; }
inline Term SizedTerm(std::uint8_t tag, const Term& body) {
  Term term{tag};
  Append(term, static_cast<std::uint32_t>(body.size()));
  term.insert(term.end(), body.begin(), body.end());
  return term;
}
inline Term Symbol(const std::string& name) { return SizedTerm(kTagSymbol, Term(name.begin(), name.end())); }

// The result of a run that matched.
inline Term ResultOf(const MatchRun& run) {
  std::vector<std::uint8_t> region(16 + 4096 + 8);
  Reply reply(region.data() + 16, 4096);
  REQUIRE(run.AppendResult(reply));
  return Copy({reply.data(), reply.size()});
}

// The program's result for `row`; empty when it does not match. Program and row end where their memory ends.
// With a plan it is the same as without.
inline Term Result(const std::vector<Clause>& clauses, const Term& row) {
  const ExactBytes code(Program(clauses));
  const ExactBytes bytes(row);
  MatchProgram program;
  REQUIRE(MatchProgram::Parse(code.view(), &program) == Status::kOk);
  const auto result = [&](bool planned) {
    MatchRun run(program, kSelf);
    if (planned) run.Plan();
    const MatchOutcome outcome = run.Run(bytes.view());
    REQUIRE(outcome != MatchOutcome::kNoMemory);
    return outcome == MatchOutcome::kMatch ? ResultOf(run) : Term{};
  };
  Term whole = result(false);
  CHECK(result(true) == whole);
  return whole;
}

}  // namespace termstore::test
