#include "core/match/run.h"

#include <cstdlib>

#include "core/match/evaluate.h"
#include "core/match/format.h"
#include "core/match/pattern.h"
#include "core/term/reader.h"

namespace termstore {
namespace {

constexpr std::uint32_t kMaxVarintBytes = 5;

std::uint8_t* WriteVarint(std::uint8_t* to, std::uint32_t value) noexcept {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<std::uint8_t>(value | 0x80);
  *to++ = static_cast<std::uint8_t>(value);
  return to;
}

}  // namespace

MatchRun::MatchRun(const MatchProgram& program, std::uint32_t self) noexcept
    : program_(program), accepts_all_(program.AcceptsAll()) {
  frame_.self = self;
  frame_.variables = program.variables() <= kFewVariables
                         ? few_
                         : static_cast<Bytes*>(std::malloc(sizeof(Bytes) * program.variables()));
}

MatchRun::~MatchRun() {
  if (frame_.variables != few_) std::free(frame_.variables);
}

Bytes MatchRun::ConstantOf(const MatchPlan::Clause& clause) noexcept {
  if (clause.result == nullptr || *clause.result != kExpressionConst) return {};
  return {clause.result + 5, Load<std::uint32_t>(clause.result + 1)};
}

bool MatchRun::RunClause(const std::uint8_t* at) noexcept {
  frame_.bound = Load<std::uint16_t>(at);
  at = MatchHead(frame_, at + 2);
  if (at == nullptr) return false;
  frame_.exit_on_failure = false;
  auto guards = Load<std::uint16_t>(at);
  for (at += 2; guards > 0; --guards) {
    const Bytes value = Evaluate(frame_, &at);
    if (!value || !frame_.IsTrue(value)) return false;
  }
  // Expressions have no effects: only the last one's value is of use.
  auto expressions = Load<std::uint16_t>(at);
  for (at += 2; expressions > 1; --expressions) at = SkipExpression(at);
  EvaluateResult(at);
  return true;
}

void MatchRun::EvaluateResult(const std::uint8_t* at) noexcept {
  frame_.exit_on_failure = true;
  result_ = Evaluate(frame_, &at);
}

bool MatchRun::RunPlanned(const MatchPlan::Clause& planned, const std::uint8_t* at) noexcept {
  if (planned.result == nullptr) return RunClause(at);
  // The row and constants need no variables.
  if (*planned.result != kExpressionRow && *planned.result != kExpressionConst) {
    frame_.bound = Load<std::uint16_t>(at);
    if (MatchHead(frame_, at + 2) == nullptr) return false;
  }
  EvaluateResult(planned.result);
  return true;
}

MatchOutcome MatchRun::RunClauses(Bytes row) noexcept {
  if (frame_.variables == nullptr) return MatchOutcome::kNoMemory;
  if (row.size == 0) return MatchOutcome::kNoMatch;
  frame_.heap.Reset();
  frame_.row = row;
  frame_.row_term = {};
  const std::uint8_t* at = program_.code().begin();
  for (std::uint32_t i = 0; i < program_.clauses(); ++i) {
    bool matches = false;
    if (plan_ && i < plan_->clauses() && plan_->clause(i).arity > 0) {
      const MatchPlan::Clause& planned = plan_->clause(i);
      matches = (single_ || plan_->Admits(planned, row)) && RunPlanned(planned, at + 4);
    } else {
      matches = RunClause(at + 4);
    }
    if (frame_.heap.failed()) return MatchOutcome::kNoMemory;
    if (matches) return MatchOutcome::kMatch;
    at += 4 + std::size_t{Load<std::uint32_t>(at)};
  }
  return MatchOutcome::kNoMatch;
}

bool MatchRun::AppendResult(Reply& reply) const noexcept {
  if (!result_is_row()) return reply.Append(result_);
  const std::size_t bytes = RowTermBytes(result_);
  std::uint8_t* to = bytes == 0 ? nullptr : reply.Extend(bytes);
  if (to == nullptr) return false;
  WriteRowTerm(result_, bytes, to);
  return true;
}

Bytes MatchRun::ResultAsRow() noexcept {
  if (result_is_row()) return result_;
  if (*result_.data != kTagArray) return {};
  const Container array = ReadContainer(result_);
  if (!array || array.count == 0) return {};
  const auto size = static_cast<std::size_t>(array.end - array.first);
  if (size > kMaxBytes - kMaxVarintBytes) return {};
  std::uint8_t* row = frame_.heap.Take(kMaxVarintBytes + size);
  if (row == nullptr) return {};
  std::uint8_t* elements = WriteVarint(row, array.count);
  std::memcpy(elements, array.first, size);
  return {row, static_cast<std::size_t>(elements - row) + size};
}

}  // namespace termstore
