// Operations that read one row.
#include "binding/call.h"

namespace termstore::binding {
namespace {

// in: kTable, kA key bytes. out: kStatus payload bytes, the payload in the reply.
napi_value Lookup(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kRead);
  Bytes key;
  if (!call || !ReadKey(state, &key)) return nullptr;
  Reply reply(state.reply_region(), kReplyBytes);
  const Status status = call.table().Lookup(key, reply);
  status == Status::kOk ? state.Finish(reply) : state.Finish(status);
  return nullptr;
}

// Lookup() for who keeps the answer. out: also kR0 the place of the key's version word, -1 when nothing may
// be kept; kR1 its version from before the row was read.
napi_value LookupStamped(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kRead);
  Bytes key;
  if (!call || !ReadKey(state, &key)) return nullptr;
  RowStamp stamp;
  Status status = StampFor(call, state, key, &stamp);
  Reply reply(state.reply_region(), kReplyBytes);
  if (status == Status::kOk) status = call.table().Lookup(key, reply);
  SetStamp(state, kR0, kR1, stamp);
  status == Status::kOk ? state.Finish(reply) : state.Finish(status);
  return nullptr;
}

// versionWords(): the words of all stamps as an ArrayBuffer over native memory, the same in every thread;
// null where the runtime has no external buffers or memory is short.
napi_value MapVersionWords(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  const EnvState& state = *static_cast<EnvState*>(data);
  return SharedWords(env, state, state.process().version_words.Map(), VersionWords::kBytes);
}

// in: kTable, kA key bytes. out: kStatus Ok or NotFound.
napi_value Member(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kRead);
  Bytes key;
  if (!call || !ReadKey(state, &key)) return nullptr;
  state.Finish(call.table().Member(key));
  return nullptr;
}

// in: kTable, kA key bytes, kB position. out: kStatus term bytes, the term in the reply.
napi_value LookupElement(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kRead);
  Bytes key;
  if (!call || !ReadKey(state, &key)) return nullptr;
  Reply reply(state.reply_region(), kReplyBytes);
  const Status status = call.table().LookupElement(key, static_cast<std::uint32_t>(state.word(kB)), reply);
  status == Status::kOk ? state.Finish(reply) : state.Finish(status);
  return nullptr;
}

// in: kTable, kA key bytes or -1 for the first, kB direction, kC part. out: kStatus bytes, the reply.
napi_value Step(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kRead);
  Bytes key;
  if (!call || (state.word(kA) >= 0 && !ReadKey(state, &key))) return nullptr;
  Reply reply(state.reply_region(), kReplyBytes);
  const Direction direction = state.word(kB) == 0 ? Direction::kForward : Direction::kBackward;
  const StepPart part = state.word(kC) == 0 ? StepPart::kKey : StepPart::kRows;
  const Status status = call.table().Step(direction, key, part, reply);
  status == Status::kOk ? state.Finish(reply) : state.Finish(status);
  return nullptr;
}

}  // namespace

bool ExportTableReads(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "lookup", Lookup) && Export(env, exports, state, "member", Member) &&
         Export(env, exports, state, "lookupStamped", LookupStamped) &&
         Export(env, exports, state, "versionWords", MapVersionWords) &&
         Export(env, exports, state, "lookupElement", LookupElement) &&
         Export(env, exports, state, "step", Step);
}

}  // namespace termstore::binding
