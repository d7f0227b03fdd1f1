// Set-up of one environment: its state, its functions, and its end.
#include <new>

#include "binding/call.h"
#include "binding/copies.h"
#include "binding/runtime_zlib.h"

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace termstore::binding {
namespace {

// Node unloads an addon when the last environment that loaded it ends, and the store would vanish with it.
void StayLoaded() noexcept {
#if defined(_WIN32)
  HMODULE self = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<LPCWSTR>(&StayLoaded), &self);
#else
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&StayLoaded), &info) != 0 && info.dli_fname != nullptr) {
    // The reference is kept for ever, on purpose.
    (void)dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
  }
#endif
}

void OnEnvironmentEnd(void* data) { static_cast<EnvState*>(data)->Detach(); }

void OnInstanceDelete(napi_env env, void* data, void*) {
  KnownEnvironments::Forget(env);
  delete static_cast<EnvState*>(data);
}

// lib/native/load.ts throws: Deno forgets an exception that is left pending here.
napi_value Refuse(napi_env env, napi_value exports, const char* reason) noexcept {
  napi_value text = nullptr;
  const bool told = napi_create_string_utf8(env, reason, NAPI_AUTO_LENGTH, &text) == napi_ok &&
                    napi_set_named_property(env, exports, "refused", text) == napi_ok;
  return told ? exports : nullptr;
}

bool SetNumber(napi_env env, napi_value object, const char* name, double number) noexcept {
  napi_value value = nullptr;
  return napi_create_double(env, number, &value) == napi_ok &&
         napi_set_named_property(env, object, name, value) == napi_ok;
}

bool ExportConstants(napi_env env, napi_value exports, const EnvState& state) noexcept {
  napi_value statuses = nullptr;
  bool good = napi_create_object(env, &statuses) == napi_ok;
#define TERMSTORE_X(name, value, text) good = good && SetNumber(env, statuses, #name, value);
  TERMSTORE_STATUSES(TERMSTORE_X)
#undef TERMSTORE_X
  return good && napi_set_named_property(env, exports, "statuses", statuses) == napi_ok &&
         SetNumber(env, exports, "abiVersion", kAbiVersion) &&
         SetNumber(env, exports, "controlBytes", kControlBytes) &&
         SetNumber(env, exports, "requestBytes", kRequestBytes) &&
         SetNumber(env, exports, "replyOffset", kReplyOffset) &&
         SetNumber(env, exports, "replyBytes", kReplyBytes) &&
         SetNumber(env, exports, "maxBytes", kMaxBytes) && SetNumber(env, exports, "maxDepth", kMaxDepth) &&
         SetNumber(env, exports, "windowBytes", kWindowBytes) &&
         SetNumber(env, exports, "windowOverlap", kWindowOverlap) &&
         SetNumber(env, exports, "pageSlots", PersistentArea::kPageSlots) &&
         SetNumber(env, exports, "tidTag", state.process().tid_tag);
}

}  // namespace

bool Export(napi_env env, napi_value exports, EnvState& state, const char* name, Callback function) noexcept {
  napi_value value = nullptr;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, function, &state, &value) == napi_ok &&
         napi_set_named_property(env, exports, name, value) == napi_ok;
}

napi_value Init(napi_env env, napi_value exports) noexcept {
  StayLoaded();
  // A second require() in this environment (another path to the same file, another realm) gets the same
  // state.
  void* existing = nullptr;
  if (napi_get_instance_data(env, &existing) == napi_ok && existing != nullptr) {
    return Refuse(env, exports, "the native module was initialised twice in one environment");
  }
  const SharedProcess shared = FindProcess();
  if (shared.process == nullptr) return Refuse(env, exports, shared.reason);
  shared.process->registry.OfferCompressor(RuntimeZlib());
  EpochSlot* slot = shared.process->epochs.Attach();
  EnvState* state = slot == nullptr ? nullptr : new (std::nothrow) EnvState(*shared.process, slot);
  if (state == nullptr) return Refuse(env, exports, "memory could not be allocated");
  napi_set_instance_data(env, state, OnInstanceDelete, nullptr);
  napi_add_env_cleanup_hook(env, OnEnvironmentEnd, state);
  KnownEnvironments::Claim(env, state);
  const bool good = ExportConstants(env, exports, *state) && ExportBuffers(env, exports, *state) &&
                    ExportTableReads(env, exports, *state) && ExportTableWrites(env, exports, *state) &&
                    ExportTableScans(env, exports, *state) && ExportAsyncTransfers(env, exports, *state) &&
                    ExportSelect(env, exports, *state) && ExportAsyncSlices(env, exports, *state) &&
                    ExportRegistry(env, exports, *state) && ExportPersistent(env, exports, *state) &&
                    ExportMatch(env, exports, *state) && ExportEvents(env, exports, *state) &&
                    ExportOpenings(env, exports, *state);
  return good ? exports : nullptr;  // otherwise an exception is pending
}

}  // namespace termstore::binding

NAPI_MODULE_INIT() { return termstore::binding::Init(env, exports); }
