// Rows as files hold them: out in portable form, in after a check of every byte.
#include "binding/call.h"
#include "core/table/transfer.h"

namespace termstore::binding {
namespace {

// A reply's size is a positive int32.
constexpr double kMostBytes = 1 << 30;

// in: kTable, kA bytes of the last key (ordered tables; 0: none), kB stripe, kF1 most bytes, kF2 position.
// out: kStatus bytes; kR0 rows, kR1 done, kR2 stripe, kR3 and kR4 offset and size of the last key in the
// reply, kResult0 position.
napi_value ExportRows(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kRead);
  if (!call) return nullptr;
  ExportCursor cursor;
  if (state.word(kA) != 0 && !ReadKey(state, &cursor.last_key)) return nullptr;
  cursor.hash.stripe = static_cast<std::uint32_t>(state.word(kB));
  const double position = state.real(kF2);
  cursor.hash.position = position >= 0 && position <= 4294967296.0 ? static_cast<std::uint64_t>(position) : 0;
  const double bytes = state.real(kF1);
  Reply reply(state.reply_region(), kReplyBytes);
  ChunkResult result;
  const Status status = termstore::ExportRows(
      call.table(), cursor, static_cast<std::size_t>(bytes >= 1 && bytes < kMostBytes ? bytes : kMostBytes),
      reply, result);
  if (status != Status::kOk) {
    state.Finish(status);
    return nullptr;
  }
  state.SetWord(kR0, static_cast<std::int32_t>(result.rows));
  state.SetWord(kR1, result.done ? 1 : 0);
  state.SetWord(kR2, static_cast<std::int32_t>(cursor.hash.stripe));
  state.SetWord(kR3, static_cast<std::int32_t>(result.last_key_offset));
  state.SetWord(kR4, static_cast<std::int32_t>(result.last_key_size));
  state.SetReal(kResult0, static_cast<double>(cursor.hash.position));
  state.Finish(reply);
  return nullptr;
}

// in: kTable, kA bytes, kB count; the request: u32 payload bytes, payload, … out: kStatus; kR0 the row that
// is to blame when it is kDamaged.
napi_value ImportRows(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kWrite);
  if (!call) return nullptr;
  const Bytes request = state.Request(0, state.word(kA));
  const auto count = static_cast<std::uint32_t>(state.word(kB));
  ImportedRows rows;
  Status status = request ? rows.Read(request, count, call.table().traits()) : Status::kDamaged;
  state.SetWord(kR0, static_cast<std::int32_t>(rows.bad_row()));
  if (status == Status::kOk && count > 0) status = call.table().InsertMany(rows.rows(), count, false);
  state.Finish(status);
  return nullptr;
}

}  // namespace

bool ExportTableFiles(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "exportRows", ExportRows) &&
         Export(env, exports, state, "importRows", ImportRows);
}

}  // namespace termstore::binding
