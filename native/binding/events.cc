// Events of this thread, and how other threads wake it for them.
#include <new>

#include "binding/call.h"

namespace termstore::binding {
namespace {

// What the runtime keeps of a listening thread. Reaches the thread's mailbox by its number only: the mailbox
// may be gone before the runtime is done with this.
struct Listening {
  Process& process;
  OwnerId owner;
  napi_threadsafe_function function;
};

// A Waker. Runs no JavaScript: the runtime does that later, in the thread that listens.
bool Wake(void* context) {
  const auto function = static_cast<Listening*>(context)->function;
  return napi_call_threadsafe_function(function, nullptr, napi_tsfn_nonblocking) == napi_ok;
}

void CallListener(napi_env env, napi_value listener, void*, void*) {
  if (env == nullptr || listener == nullptr) return;  // the environment ends
  napi_value undefined = nullptr;
  napi_get_undefined(env, &undefined);
  (void)napi_call_function(env, undefined, listener, 0, nullptr, nullptr);  // lib/ lets nothing be thrown
}

// The runtime frees the function after this, so nobody may be in a call of it, nor begin one.
void EndListening(napi_env, void* data, void*) {
  auto* listening = static_cast<Listening*>(data);
  listening->process.registry.ClearWaker(listening->owner, listening);
  // Runtimes that wait for the last user of a function free it only with this.
  (void)napi_release_threadsafe_function(listening->function, napi_tsfn_release);
  delete listening;
}

bool MakeFunction(napi_env env, napi_value listener, Listening* listening) noexcept {
  napi_value name = nullptr;
  return napi_create_string_utf8(env, "termstore events", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_create_threadsafe_function(env, listener, nullptr, name, 0, 1, listening, EndListening, nullptr,
                                         CallListener, &listening->function) == napi_ok;
}

// listen(callback): calls it, at some later time, whenever events have come; it does not keep the thread
// alive. False when memory is short. REQUIRES: bound; at most once.
napi_value Listen(napi_env env, napi_callback_info info) {
  napi_value listener = nullptr;
  std::size_t count = 1;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, &listener, nullptr, &data);
  EnvState& state = *static_cast<EnvState*>(data);
  napi_valuetype type = napi_undefined;
  bool good = state.bound() && napi_typeof(env, listener, &type) == napi_ok && type == napi_function;
  if (good) {
    auto* listening = new (std::nothrow) Listening{state.process(), state.owner(), nullptr};
    good = listening != nullptr && MakeFunction(env, listener, listening);
    if (good) {
      napi_unref_threadsafe_function(env, listening->function);
      state.mailbox().SetWaker({Wake, listening});
    } else {
      delete listening;
    }
  }
  napi_value result = nullptr;
  napi_get_boolean(env, good, &result);
  return result;
}

// out: kStatus bytes of the term that came with the oldest event, in the reply, or NotFound; kR0 the table's
// number, kResult0 the former owner.
napi_value NextEvent(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  const EventPtr event = state.mailbox().Take();
  if (!event) {
    state.Finish(Status::kNotFound);
    return nullptr;
  }
  state.SetWord(kR0, static_cast<std::int32_t>(event->table));
  state.SetReal(kResult0, static_cast<double>(event->from));
  Reply reply(state.reply_region(), kReplyBytes);
  reply.Append(event->data()) ? state.Finish(reply) : state.Finish(Status::kNoMemory);
  return nullptr;
}

}  // namespace

bool ExportEvents(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "listen", Listen) && Export(env, exports, state, "nextEvent", NextEvent);
}

}  // namespace termstore::binding
