// The frame of a native call: pin, find the table, check rights, run, leave a status. Hot functions take no
// JavaScript arguments and return nothing: everything travels in the control words (docs/architecture.md).
#pragma once

#include "binding/env_state.h"

namespace termstore::binding {

// One operation on the table that the control words name.
class TableCall {
 public:
  TableCall(EnvState& state, Right right) noexcept
      : state_(state), pin_(state.process().epochs, state.slot()) {
    TableEntry* entry = state.FindTable(static_cast<TableId>(state.word(kTable)));
    if (entry == nullptr) {
      state.Finish(Status::kNoTable);
      return;
    }
    const Status status = entry->Check(state.owner(), right);
    if (status != Status::kOk) {
      state.Finish(status);
      return;
    }
    entry_ = entry;
  }
  ~TableCall() { state_.UseRequest(nullptr, 0); }
  TableCall(const TableCall&) = delete;
  TableCall& operator=(const TableCall&) = delete;

  // False: the status is set, there is nothing to do.
  explicit operator bool() const noexcept { return entry_ != nullptr; }
  Table& table() const noexcept { return *entry_->table; }
  TableEntry& entry() const noexcept { return *entry_; }

 private:
  EnvState& state_;
  Pin pin_;
  TableEntry* entry_ = nullptr;
};

// An operation on no table. However it ends, the next one reads from the scratch buffer again.
struct RequestScope {
  EnvState& state;
  ~RequestScope() { state.UseRequest(nullptr, 0); }
};

// A key at the start of the request. A key that is not there, or is no term, sets kDamaged.
inline bool ReadKey(EnvState& state, Bytes* key) noexcept {
  *key = state.Request(0, state.word(kA));
  if (TermIsWhole(*key)) return true;
  state.Finish(Status::kDamaged);
  return false;
}

// The stamp of a key for who keeps what is read now, and whether it may still be read: rights that were taken
// away before the stamp would never make it untrue.
inline Status StampFor(const TableCall& call, const EnvState& state, Bytes key, RowStamp* stamp) noexcept {
  *stamp = call.table().Stamp(key);
  return call.entry().Check(state.owner(), Right::kRead);
}

// Place and version of a stamp, -1 for a place that nothing may be kept by.
inline void SetStamp(EnvState& state, Control place, Control version, const RowStamp& stamp) noexcept {
  state.SetWord(place, static_cast<std::int32_t>(stamp.place));
  state.SetWord(version, static_cast<std::int32_t>(stamp.version));
}

// How many rows, from a number that may be anything: no limit when it is none.
inline std::uint32_t RowLimit(double most) noexcept {
  return most >= 1 && most < 4294967295.0 ? static_cast<std::uint32_t>(most) : ~0u;
}
// A position of a HashCursor, from a number that may be anything.
inline std::uint64_t CursorPosition(double position) noexcept {
  return position >= 0 && position <= 4294967296.0 ? static_cast<std::uint64_t>(position) : 0;
}

// A row of `payload_bytes` at `offset`, its canonical key behind it when `key_bytes` is not 0.
inline bool ReadRow(EnvState& state, const Table& table, std::uint32_t offset, std::int32_t payload_bytes,
                    std::int32_t key_bytes, RowInput* row) noexcept {
  row->payload = state.Request(offset, payload_bytes);
  const RowShape shape =
      row->payload ? ParseRow(row->payload, table.traits().keypos, &row->key) : RowShape::kBroken;
  if (shape != RowShape::kWhole) {
    state.Finish(shape == RowShape::kShort ? Status::kPosition : Status::kDamaged);
    return false;
  }
  row->separate_key = key_bytes != 0;
  if (key_bytes == 0) return true;
  row->key = state.Request(offset + static_cast<std::uint32_t>(payload_bytes), key_bytes);
  if (TermIsWhole(row->key)) return true;
  state.Finish(Status::kDamaged);
  return false;
}

// What an allocation that failed has thrown: the caller answers null, and the library says which error it is.
inline void ClearException(napi_env env) noexcept {
  bool pending = false;
  napi_value ignored = nullptr;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending)
    napi_get_and_clear_last_exception(env, &ignored);
}

// `bytes` of native memory that is never freed as an ArrayBuffer, the same in every thread; null where the
// runtime has no external buffers or memory is short.
inline napi_value SharedWords(napi_env env, const EnvState& state, void* words, std::size_t bytes) noexcept {
  napi_value result = nullptr;
  if (words != nullptr && state.external_buffers()) {
    if (napi_create_external_arraybuffer(env, words, bytes, nullptr, nullptr, &result) == napi_ok)
      return result;
    ClearException(env);
  }
  napi_get_null(env, &result);
  return result;
}

using Callback = napi_value (*)(napi_env, napi_callback_info);

// Adds one function to `exports`; false when a JavaScript exception is pending.
bool Export(napi_env env, napi_value exports, EnvState& state, const char* name, Callback function) noexcept;

bool ExportTableReads(napi_env env, napi_value exports, EnvState& state) noexcept;
bool ExportTableWrites(napi_env env, napi_value exports, EnvState& state) noexcept;
bool ExportTableScans(napi_env env, napi_value exports, EnvState& state) noexcept;
bool ExportAsyncTransfers(napi_env env, napi_value exports, EnvState& state) noexcept;
bool ExportSelect(napi_env env, napi_value exports, EnvState& state) noexcept;
bool ExportAsyncSlices(napi_env env, napi_value exports, EnvState& state) noexcept;
bool ExportRegistry(napi_env env, napi_value exports, EnvState& state) noexcept;
bool ExportMatch(napi_env env, napi_value exports, EnvState& state) noexcept;
bool ExportEvents(napi_env env, napi_value exports, EnvState& state) noexcept;
bool ExportPersistent(napi_env env, napi_value exports, EnvState& state) noexcept;
bool ExportBuffers(napi_env env, napi_value exports, EnvState& state) noexcept;
bool ExportOpenings(napi_env env, napi_value exports, EnvState& state) noexcept;

}  // namespace termstore::binding
