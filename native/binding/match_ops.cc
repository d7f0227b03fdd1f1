// What the compiler of match specs asks of the core.
#include "binding/call.h"
#include "core/term/compare.h"

namespace termstore::binding {
namespace {

struct RequestScope {
  EnvState& state;
  ~RequestScope() { state.UseRequest(nullptr, 0); }
};

bool IsTerm(Bytes bytes) noexcept {
  return bytes.size > 0 && Skip(bytes.begin(), bytes.end()) == bytes.end();
}

// in: kA and kB bytes of two terms. out: kStatus; kR0 -1, 0 or 1: their order.
napi_value CompareTwo(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  RequestScope scope{state};
  const Bytes a = state.Request(0, state.word(kA));
  const Bytes b = state.Request(a.size, state.word(kB));
  if (!a || !b || !IsTerm(a) || !IsTerm(b)) {
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
  return Export(env, exports, state, "compareTerms", CompareTwo);
}

}  // namespace termstore::binding
