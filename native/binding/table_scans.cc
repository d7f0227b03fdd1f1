// Operations that deliver many rows in one crossing.
#include "binding/call.h"

namespace termstore::binding {
namespace {

constexpr std::int32_t kFlagReverse = 1;
constexpr std::int32_t kFlagKeysOnly = 2;
// A reply's size is a positive int32; whoever asks for more gets chunks.
constexpr double kMostBytes = 1 << 30;

void ReadLimits(const EnvState& state, RangeRequest* request) noexcept {
  const double bytes = state.real(kF1);
  request->max_rows = RowLimit(state.real(kF0));
  request->max_bytes = static_cast<std::size_t>(bytes >= 1 && bytes < kMostBytes ? bytes : kMostBytes);
  request->direction = (state.word(kE) & kFlagReverse) != 0 ? Direction::kBackward : Direction::kForward;
  request->keys_only = (state.word(kE) & kFlagKeysOnly) != 0;
}

bool ReadBound(EnvState& state, std::uint32_t offset, Control size, Control kind, Bound* bound) noexcept {
  bound->key = state.Request(offset, state.word(size));
  bool good = bound->key && bound->SetKind(state.word(kind));
  if (bound->kind != Bound::Kind::kNone) good = TermIsWhole(bound->key);
  if (!good) state.Finish(Status::kDamaged);
  return good;
}

// What chunks of rows have in common. out: kStatus bytes; kR0 rows, kR1 done.
bool FinishChunk(EnvState& state, Status status, Reply& reply, const ChunkResult& result) noexcept {
  if (status != Status::kOk) {
    state.Finish(status);
    return false;
  }
  state.SetWord(kR0, static_cast<std::int32_t>(result.rows));
  state.SetWord(kR1, result.done ? 1 : 0);
  state.Finish(reply);
  return true;
}

// in: kTable, kA and kB lower key bytes and kind, kC and kD upper, kE flags, kF0 and kF1 most rows and bytes.
// out: kStatus bytes; kR0 rows, kR1 done, kR2 and kR3 offset and size of the last key in the reply.
napi_value Range(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kRead);
  RangeRequest request;
  if (!call || !ReadBound(state, 0, kA, kB, &request.lower)) return nullptr;
  if (!ReadBound(state, request.lower.key.size, kC, kD, &request.upper)) return nullptr;
  ReadLimits(state, &request);
  Reply reply(state.reply_region(), kReplyBytes);
  ChunkResult result;
  const Status status = call.table().Range(request, reply, result);
  if (!FinishChunk(state, status, reply, result)) return nullptr;
  state.SetWord(kR2, static_cast<std::int32_t>(result.last_key_offset));
  state.SetWord(kR3, static_cast<std::int32_t>(result.last_key_size));
  return nullptr;
}

// Steps from a key on, for who keeps them (lib/run-ahead.ts).
// in: kTable, kA key bytes, kB direction, kC most steps, kE flags. out: kStatus bytes, sized rows (or keys)
// in the reply; kR0 how many; kR1 one of kRun...; kR2 and kR3 place and version of a stamp from before they
// were read, place -1 when they may not be kept.
napi_value StepRun(napi_env env, napi_callback_info info) {
  constexpr std::size_t kRunBytes = 4096;
  constexpr std::int32_t kRunEnds = 1;       // nothing follows
  constexpr std::int32_t kRunUnstamped = 2;  // the stamp vouches for none of them
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kRead);
  Bytes key;
  if (!call || !ReadKey(state, &key)) return nullptr;
  RowStamp stamp;
  Status status = StampFor(call, state, key, &stamp);
  RangeRequest limits;
  const Direction direction = state.word(kB) == 0 ? Direction::kForward : Direction::kBackward;
  limits.keys_only = (state.word(kE) & kFlagKeysOnly) != 0;
  limits.max_rows = RowLimit(state.word(kC));
  limits.max_bytes = kRunBytes;
  Reply reply(state.reply_region(), kReplyBytes);
  ChunkResult result;
  if (status == Status::kOk) status = call.table().StepRun(direction, key, limits, reply, result);
  if (!FinishChunk(state, status, reply, result)) return nullptr;
  if (result.unstamped) stamp = {};
  state.SetWord(kR1, result.unstamped ? kRunUnstamped : result.done ? kRunEnds : 0);
  SetStamp(state, kR2, kR3, stamp);
  return nullptr;
}

// in: kTable, kE flags, kF0 and kF1 most rows and bytes, kF2 position. out: kStatus bytes; kR0
// rows, kR1 done, kResult0 position.
napi_value Scan(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kRead);
  if (!call) return nullptr;
  HashCursor cursor;
  cursor.position = CursorPosition(state.real(kF2));
  RangeRequest limits;
  ReadLimits(state, &limits);
  Reply reply(state.reply_region(), kReplyBytes);
  ChunkResult result;
  const Status status = call.table().Scan(cursor, limits, reply, result);
  if (FinishChunk(state, status, reply, result))
    state.SetReal(kResult0, static_cast<double>(cursor.position));
  return nullptr;
}

// in: kTable, kF0 index. out: kStatus bytes, the rows of that bucket or the row in the reply; NotFound,
// BadArg.
napi_value Slot(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kRead);
  if (!call) return nullptr;
  const double index = state.real(kF0);
  if (!(index >= 0 && index <= 9007199254740991.0)) {
    state.Finish(Status::kBadArg);
    return nullptr;
  }
  Reply reply(state.reply_region(), kReplyBytes);
  const Status status = call.table().Slot(static_cast<std::uint64_t>(index), reply);
  status == Status::kOk ? state.Finish(reply) : state.Finish(status);
  return nullptr;
}

// in: kTable, kA 1 to fix and 0 to release, kF0 the time now. out: kStatus. A thread may always take back
// what is its own.
napi_value Fix(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  {
    TableCall call(state, state.word(kA) != 0 ? Right::kRead : Right::kInfo);
    if (!call) return nullptr;
    if (state.word(kA) != 0) {
      state.NoteFixation();
      state.Finish(call.entry().fixations.Fix(call.table(), state.owner(), state.real(kF0)));
    } else {
      call.entry().fixations.Unfix(call.table(), state.owner());
      state.Finish(Status::kOk);
    }
  }
  state.CollectSometimes();
  return nullptr;
}

// in: kTable. out: kStatus bytes, u32 thread and u32 count of each holder in the reply; kResult0 since when.
napi_value FixationsOf(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kInfo);
  if (!call) return nullptr;
  Reply reply(state.reply_region(), kReplyBytes);
  double since = 0;
  const Status status = call.entry().fixations.Describe(reply, &since);
  state.SetReal(kResult0, since);
  status == Status::kOk ? state.Finish(reply) : state.Finish(status);
  return nullptr;
}

}  // namespace

bool ExportTableScans(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "range", Range) && Export(env, exports, state, "scan", Scan) &&
         Export(env, exports, state, "stepRun", StepRun) && Export(env, exports, state, "slot", Slot) &&
         Export(env, exports, state, "fix", Fix) && Export(env, exports, state, "fixations", FixationsOf);
}

}  // namespace termstore::binding
