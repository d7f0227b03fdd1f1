// Opening locks of files on disk (core/files/opening_lock.h). JavaScript knows them by small numbers, those
// of this environment only.
#include "binding/call.h"
#include "core/files/opening_lock.h"

namespace termstore::binding {
namespace {

// lib/native/control.ts holds the same numbers and a parity test compares them.
enum class LockStep : std::int32_t {
  kHold = 0,
  kRelease = 1,
  kTakeTurn = 2,
  kExclude = 3,
  kOpened = 4,
  kClosing = 5,
  kIsOpenElsewhere = 6,
  kClose = 7,
};

// in: kA bytes of the path, UTF-8, with the 0 behind it. out: kStatus Ok, kR0 the number of the lock;
// NotFound when there is nothing to be locked; NoMemory when it could not be.
napi_value MakeOpeningLock(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  const RequestScope scope{state};
  const Bytes path = state.Request(0, state.word(kA));
  if (!path || path.size == 0 || path.data[path.size - 1] != 0) {
    state.Finish(Status::kBadArg);
    return nullptr;
  }
  OpeningLock* lock = nullptr;
  const auto outcome =
      OpeningLock::Open(state.process().openings, reinterpret_cast<const char*>(path.data), &lock);
  if (outcome != OpeningLock::Outcome::kOpen) {
    state.Finish(outcome == OpeningLock::Outcome::kNone ? Status::kNotFound : Status::kNoMemory);
    return nullptr;
  }
  const std::int32_t number = state.AddOpeningLock(lock);
  state.SetWord(kR0, number);
  state.Finish(number < 0 ? Status::kNoMemory : Status::kOk);
  return nullptr;
}

bool Do(LockStep step, OpeningLock& lock) noexcept {
  switch (step) {
    case LockStep::kHold:
      return lock.Hold();
    case LockStep::kRelease:
      lock.Release();
      return true;
    case LockStep::kTakeTurn:
      return lock.TakeTurn();
    case LockStep::kExclude:
      return lock.Exclude();
    case LockStep::kOpened:
      lock.Opened();
      return true;
    case LockStep::kClosing:
      lock.Closing();
      return true;
    case LockStep::kIsOpenElsewhere:
      return lock.IsOpenElsewhere();
    case LockStep::kClose:
      return true;
  }
  return false;
}

// in: kA the number of a lock, kB a LockStep. out: kStatus Ok for yes and done, NotFound for no; BadArg.
napi_value UseOpeningLock(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  const RequestScope scope{state};
  const std::int32_t step = state.word(kB);
  OpeningLock* lock = state.FindOpeningLock(state.word(kA));
  if (lock == nullptr || step < 0 || step > static_cast<std::int32_t>(LockStep::kClose)) {
    state.Finish(Status::kBadArg);
    return nullptr;
  }
  const bool answer = Do(static_cast<LockStep>(step), *lock);
  if (static_cast<LockStep>(step) == LockStep::kClose) state.CloseOpeningLock(state.word(kA));
  state.Finish(answer ? Status::kOk : Status::kNotFound);
  return nullptr;
}

}  // namespace

bool ExportOpenings(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "makeOpeningLock", MakeOpeningLock) &&
         Export(env, exports, state, "useOpeningLock", UseOpeningLock);
}

}  // namespace termstore::binding
