// Operations that change rows.
#include <new>

#include "binding/call.h"
#include "core/table/counter.h"
#include "core/table/element.h"

namespace termstore::binding {
namespace {

// in: kTable, kA payload bytes, kB canonical key bytes behind it or 0. out: kStatus.
template <Status (Table::*kOperation)(const RowInput&)>
napi_value WithRow(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kWrite);
  RowInput row;
  if (!call || !ReadRow(state, call.table(), 0, state.word(kA), state.word(kB), &row)) return nullptr;
  state.Finish((call.table().*kOperation)(row));
  return nullptr;
}

// in: kTable, kA bytes, kB count, kC only_new; the request: u32 payload bytes, u32 key bytes, payload, key, …
// out: kStatus.
napi_value InsertMany(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kWrite);
  if (!call) return nullptr;
  const Bytes request = state.Request(0, state.word(kA));
  const PackedRows rows(request, static_cast<std::uint32_t>(state.word(kB)), call.table().traits().keypos);
  Status status = rows.Check();
  if (status == Status::kOk && rows.count() > 0)
    status = call.table().InsertPacked(rows, state.word(kC) != 0);
  state.Finish(status);
  return nullptr;
}

// in: kTable, kA key bytes. out: kStatus.
napi_value Delete(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  {
    TableCall call(state, Right::kWrite);
    Bytes key;
    if (!call || !ReadKey(state, &key)) return nullptr;
    state.Finish(call.table().Delete(key));
  }
  state.CollectSometimes();
  return nullptr;
}

// in: kTable, kA key bytes. out: kStatus payload bytes, the payload in the reply.
napi_value Take(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  {
    TableCall call(state, Right::kWrite);
    Bytes key;
    if (!call || !ReadKey(state, &key)) return nullptr;
    Reply reply(state.reply_region(), kReplyBytes);
    const Status status = call.table().Take(key, reply);
    status == Status::kOk ? state.Finish(reply) : state.Finish(status);
  }
  state.CollectSometimes();
  return nullptr;
}

// in: kTable. out: kStatus, kResult0 how many rows there were.
napi_value DeleteAll(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  {
    TableCall call(state, Right::kWrite);
    if (!call) return nullptr;
    std::uint64_t rows = 0;
    state.Finish(call.table().DeleteAll(&rows));
    state.SetReal(kResult0, static_cast<double>(rows));
  }
  state.Collect();
  return nullptr;
}

// The default row behind the other parts of an update: kD payload bytes (0: none), kE canonical key bytes.
bool ReadDefault(EnvState& state, const Table& table, std::uint32_t offset, RowInput* row,
                 const RowInput** fallback) noexcept {
  *fallback = nullptr;
  if (state.word(kD) <= 0) return true;
  if (!ReadRow(state, table, offset, state.word(kD), state.word(kE), row)) return false;
  *fallback = row;
  return true;
}

bool IsUpdatable(EnvState& state, const Table& table) noexcept {
  if (table.traits().type == TableType::kSet || table.traits().type == TableType::kOrderedSet) return true;
  state.Finish(Status::kTableType);
  return false;
}

// in: kTable, kA key bytes, kB position, kC 1: with threshold, kD and kE default row, kF0 increment, kF1
// threshold, kF2 reset. out: kStatus, kResult0.
napi_value UpdateCounter(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kWrite);
  Bytes key;
  RowInput row;
  const RowInput* fallback = nullptr;
  if (!call || !IsUpdatable(state, call.table()) || !ReadKey(state, &key)) return nullptr;
  if (!ReadDefault(state, call.table(), key.size, &row, &fallback)) return nullptr;
  const auto position = static_cast<std::uint32_t>(state.word(kB));
  for (const Control place : {kF0, kF1, kF2}) {
    // Beyond the safe integers a conversion could be undefined; lib/ checks before, this is the last line.
    if (!(state.real(place) >= -9007199254740991.0 && state.real(place) <= 9007199254740991.0)) {
      state.Finish(Status::kBadArg);
      return nullptr;
    }
  }
  NumberCounter counter(position, call.table().traits().keypos, static_cast<std::int64_t>(state.real(kF0)),
                        state.word(kC) != 0, static_cast<std::int64_t>(state.real(kF1)),
                        static_cast<std::int64_t>(state.real(kF2)));
  const Status status = call.table().Edit(key, counter, fallback);
  state.SetReal(kResult0, static_cast<double>(counter.result()));
  state.Finish(status);
  return nullptr;
}

// The counter that everybody has. in: kTable, kA key bytes, kB position, kC increment. out: kStatus,
// kResult0.
napi_value AddToCounter(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kWrite);
  Bytes key;
  if (!call || !IsUpdatable(state, call.table()) || !ReadKey(state, &key)) return nullptr;
  NumberCounter counter(static_cast<std::uint32_t>(state.word(kB)), call.table().traits().keypos,
                        state.word(kC));
  const Status status = call.table().Edit(key, counter, nullptr);
  state.SetReal(kResult0, static_cast<double>(counter.result()));
  state.Finish(status);
  return nullptr;
}

// in: kTable, kA key bytes, kB count, kC operations' bytes, kD and kE default row. out: kStatus bytes, the
// results as terms in the reply.
napi_value UpdateCounters(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kWrite);
  Bytes key;
  RowInput row;
  const RowInput* fallback = nullptr;
  if (!call || !IsUpdatable(state, call.table()) || !ReadKey(state, &key)) return nullptr;
  const Bytes operations = state.Request(key.size, state.word(kC));
  const auto count = static_cast<std::uint32_t>(state.word(kB));
  if (!operations || count > operations.size / 6) {
    state.Finish(Status::kDamaged);
    return nullptr;
  }
  if (!ReadDefault(state, call.table(), key.size + operations.size, &row, &fallback)) return nullptr;
  CounterList list(operations, count, call.table().traits().keypos);
  const Status status = call.table().Edit(key, list, fallback);
  if (status != Status::kOk) {
    state.Finish(status);
    return nullptr;
  }
  Reply reply(state.reply_region(), kReplyBytes);
  for (std::uint32_t i = 0; i < list.count(); ++i) {
    // The counters have changed already; only memory for a reply beyond 64 KiB could be missing.
    if (!reply.Append(list.result(i))) {
      state.Finish(Status::kNoMemory);
      return nullptr;
    }
  }
  state.Finish(reply);
  return nullptr;
}

// in: kTable, kA key bytes, kB count, kC changes' bytes (u32 position, u32 size, term …), kD and kE default
// row. out: kStatus.
napi_value UpdateElements(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kWrite);
  Bytes key;
  RowInput row;
  const RowInput* fallback = nullptr;
  if (!call || !IsUpdatable(state, call.table()) || !ReadKey(state, &key)) return nullptr;
  const Bytes request = state.Request(key.size, state.word(kC));
  const auto count = static_cast<std::uint32_t>(state.word(kB));
  if (!request || count > request.size / 9 ||
      !ReadDefault(state, call.table(), key.size + request.size, &row, &fallback)) {
    if (!request || count > request.size / 9) state.Finish(Status::kDamaged);
    return nullptr;
  }
  std::unique_ptr<ElementChange[]> changes(new (std::nothrow) ElementChange[count + 1]);
  if (!changes) {
    state.Finish(Status::kNoMemory);
    return nullptr;
  }
  const std::uint8_t* at = request.begin();
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto room = static_cast<std::size_t>(request.end() - at);
    const std::uint32_t size = room >= 8 ? Load<std::uint32_t>(at + 4) : ~0u;
    if (room < 8 || size > room - 8 || !TermIsWhole({at + 8, size})) {
      state.Finish(Status::kDamaged);
      return nullptr;
    }
    changes[i] = {Load<std::uint32_t>(at), {at + 8, size}};
    at += 8 + size;
  }
  ElementEditor editor(changes.get(), count, call.table().traits().keypos);
  state.Finish(call.table().Edit(key, editor, fallback));
  return nullptr;
}

}  // namespace

bool ExportTableWrites(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "insert", WithRow<&Table::Insert>) &&
         Export(env, exports, state, "insertNew", WithRow<&Table::InsertNew>) &&
         Export(env, exports, state, "deleteObject", WithRow<&Table::DeleteObject>) &&
         Export(env, exports, state, "insertMany", InsertMany) &&
         Export(env, exports, state, "delete", Delete) && Export(env, exports, state, "take", Take) &&
         Export(env, exports, state, "deleteAll", DeleteAll) &&
         Export(env, exports, state, "addToCounter", AddToCounter) &&
         Export(env, exports, state, "updateCounter", UpdateCounter) &&
         Export(env, exports, state, "updateCounters", UpdateCounters) &&
         Export(env, exports, state, "updateElements", UpdateElements);
}

}  // namespace termstore::binding
