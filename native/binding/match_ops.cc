// Match programs outside of tables: checking them, running them over rows of the request; comparing terms.
#include "binding/call.h"
#include "core/match/run.h"
#include "core/term/compare.h"

namespace termstore::binding {
namespace {

// A program of kA bytes at the start of the request.
bool ReadProgram(EnvState& state, MatchProgram* program) noexcept {
  const Bytes bytes = state.Request(0, state.word(kA));
  const Status status = bytes ? MatchProgram::Parse(bytes, program) : Status::kDamaged;
  if (status != Status::kOk) state.Finish(status);
  return status == Status::kOk;
}

// Appends the number of a row as a term.
bool AppendNumber(std::int32_t number, Reply& reply) noexcept {
  std::uint8_t* to = reply.Extend(5);
  if (to == nullptr) return false;
  *to = kTagInt32;
  Store(to + 1, number);
  return true;
}

// The rows of the request from `offset` on: u32 size, payload each.
Status RunOverRows(EnvState& state, const MatchProgram& program, Reply& reply,
                   std::int32_t* results) noexcept {
  MatchRun run(program, static_cast<std::uint32_t>(state.owner()));
  const bool numbers = state.word(kC) != 0;
  auto offset = static_cast<std::uint32_t>(state.word(kA));
  for (std::int32_t i = 0; i < state.word(kB); ++i) {
    const Bytes header = state.Request(offset, 4);
    if (header.data == nullptr) return Status::kDamaged;
    const auto size = Load<std::uint32_t>(header.data);
    const Bytes row = size > kMaxBytes ? Bytes{} : state.Request(offset + 4, static_cast<std::int32_t>(size));
    if (!row || !RowIsWhole(row)) return Status::kDamaged;
    offset += 4 + size;
    const MatchOutcome outcome = run.Run(row);
    if (outcome == MatchOutcome::kNoMemory) return Status::kNoMemory;
    if (outcome == MatchOutcome::kNoMatch || (numbers && !run.result_is_true())) continue;
    const std::size_t start = reply.size();
    if (reply.Extend(4) == nullptr) return Status::kNoMemory;
    if (numbers ? !AppendNumber(i, reply) : !run.AppendResult(reply)) return Status::kNoMemory;
    if (reply.size() > kMaxBytes) return Status::kTooLarge;
    Store(reply.data() + start, static_cast<std::uint32_t>(reply.size() - start - 4));
    ++*results;
  }
  return Status::kOk;
}

// in: kA program bytes, kB rows, kC 1: numbers instead of results; the program, then for each row u32 size,
// payload. out: kStatus bytes, in the reply for each row that matches u32 size, the result as a term; kR0
// results. With numbers, for each row whose result is exactly `true`, its number from 0.
napi_value MatchRows(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  RequestScope scope{state};
  MatchProgram program;
  if (!ReadProgram(state, &program)) return nullptr;
  Reply reply(state.reply_region(), kReplyBytes);
  std::int32_t results = 0;
  const Status status = RunOverRows(state, program, reply, &results);
  state.SetWord(kR0, results);
  status == Status::kOk ? state.Finish(reply) : state.Finish(status);
  return nullptr;
}

// in: kA program bytes. out: kStatus Ok, or BadArg when it is no match program.
napi_value MatchCheck(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  RequestScope scope{state};
  MatchProgram program;
  if (ReadProgram(state, &program)) state.Finish(Status::kOk);
  return nullptr;
}

// in: kA and kB bytes of two terms. out: kStatus; kR0 -1, 0 or 1: their order.
napi_value CompareTwo(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  RequestScope scope{state};
  const Bytes a = state.Request(0, state.word(kA));
  const Bytes b = state.Request(static_cast<std::uint32_t>(a.size), state.word(kB));
  if (!a || !b || !TermIsWhole(a) || !TermIsWhole(b)) {
    state.Finish(Status::kDamaged);
    return nullptr;
  }
  const int order = CompareTerms(a, b);
  state.SetWord(kR0, order < 0 ? -1 : order > 0 ? 1 : 0);
  state.Finish(Status::kOk);
  return nullptr;
}

}  // namespace

bool ExportMatch(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "matchRun", MatchRows) &&
         Export(env, exports, state, "matchCheck", MatchCheck) &&
         Export(env, exports, state, "compareTerms", CompareTwo);
}

}  // namespace termstore::binding
