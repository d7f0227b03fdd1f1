// Running a match program over rows.
#pragma once

#include <optional>

#include "core/match/frame.h"
#include "core/match/plan.h"
#include "core/match/program.h"
#include "core/memory/reply.h"

namespace termstore {

enum class MatchOutcome : std::uint8_t { kNoMatch, kMatch, kNoMemory };

// The scratch of one thread for one program, reused from row to row.
class MatchRun {
 public:
  // `program`'s bytes outlive the run. `self` is what self() gives: the number of the calling thread.
  MatchRun(const MatchProgram& program, std::uint32_t self) noexcept;
  ~MatchRun();
  MatchRun(const MatchRun&) = delete;
  MatchRun& operator=(const MatchRun&) = delete;

  // Before a scan: finds out what most rows can be refused by. Without it each row runs through the program.
  // Cost: O(program), once.
  void Plan() noexcept {
    if (plan_) return;
    plan_.emplace().Make(program_);
    single_ = program_.clauses() == 1 && plan_->clause(0).arity > 0;
    if (single_) constant_ = ConstantOf(plan_->clause(0));
  }

  // `row`: a payload (arity, elements). It may lie in a table whose lock is held: no lock is taken and nobody
  // called back.
  // Cost: O(program and what it reads of the row); no allocation unless the program makes values.
  MatchOutcome Run(Bytes row) noexcept {
    // Where nearly every row of a scan ends.
    if (single_ && row.size > 0) {
      if (!plan_->Admits(plan_->clause(0), row)) return MatchOutcome::kNoMatch;
      if (constant_) {
        frame_.heap.Reset();
        result_ = constant_;
        return MatchOutcome::kMatch;
      }
    }
    return RunClauses(row);
  }

  // Every row matches, and the result is `true`: to count rows none has to be looked at.
  bool accepts_all() const noexcept { return accepts_all_; }

  // After kMatch, until the next Run() and as long as `row` stays as it is:

  // Exactly `true`.
  bool result_is_true() const noexcept { return frame_.IsTrue(result_); }
  // The result is the row itself, not yet written as a term.
  bool result_is_row() const noexcept { return frame_.IsRow(result_); }
  // Appends the result as one term. False: memory is short, nothing was appended.
  bool AppendResult(Reply& reply) const noexcept;
  // The result as a row's payload. None when it is no array with at least one element, or memory is short.
  Bytes ResultAsRow() noexcept;
  // Why there was none.
  bool short_of_memory() const noexcept { return frame_.heap.failed(); }

 private:
  static constexpr std::uint32_t kFewVariables = 8;

  // The result of a clause that is nothing but its tests, where it is the same for every row; or none.
  static Bytes ConstantOf(const MatchPlan::Clause& clause) noexcept;
  // Run(), but for what a plan of a single clause has refused.
  MatchOutcome RunClauses(Bytes row) noexcept;
  // True when the clause matches; `result_` is then its value.
  bool RunClause(const std::uint8_t* at) noexcept;
  // The value of the last expression of a clause that matches.
  void EvaluateResult(const std::uint8_t* at) noexcept;
  // As RunClause(), for a row that the plan has admitted.
  bool RunPlanned(const MatchPlan::Clause& planned, const std::uint8_t* at) noexcept;

  const MatchProgram program_;
  std::optional<MatchPlan> plan_;
  bool single_ = false;  // there is one clause, and a plan for it
  Bytes constant_;       // then: see ConstantOf()
  const bool accepts_all_;
  MatchFrame frame_;
  Bytes result_;
  Bytes few_[kFewVariables];
};

}  // namespace termstore
