// Slices of a selection that run in the thread pool while JavaScript goes on.
//
// A job has copies of everything it needs: the control words, the request, the caller's number, an epoch slot
// of its own. It never touches its environment while it runs, so an environment that ends in the meantime
// takes nothing from under it; environments wait for the jobs they started (napi_create_async_work).
#include <memory>
#include <new>

#include "binding/call.h"
#include "binding/slice.h"

namespace termstore::binding {
namespace {

// The answer, in one piece as JavaScript gets it: the control words, then the reply. A row is copied in whole
// words, so there is room around the reply; what comes before it is rewritten afterwards.
constexpr std::size_t kAnswerBytes = kControlBytes + std::size_t{kReplyBytes} + 64;

struct SliceJob {
  explicit SliceJob(Process& shared) noexcept : process(shared) {}
  ~SliceJob() {
    if (slot != nullptr) process.epochs.Detach(slot);
    std::free(request);
  }
  SliceJob(const SliceJob&) = delete;
  SliceJob& operator=(const SliceJob&) = delete;

  Process& process;
  EpochSlot* slot = nullptr;
  OwnerId owner = 0;
  std::uint8_t* request = nullptr;  // none when the caller's was damaged
  std::size_t request_bytes = 0;
  alignas(8) std::uint8_t words[kControlBytes] = {};
  std::uint8_t region[kAnswerBytes];
  Reply reply{region + kControlBytes, kReplyBytes};
  napi_async_work work = nullptr;
  napi_ref done = nullptr;
};

void Execute(napi_env, void* data) {
  auto& job = *static_cast<SliceJob*>(data);
  const Bytes request{job.request, job.request_bytes};
  Status status = RunSlice(job.process, *job.slot, job.owner, job.words, request, job.reply);
  if (status == Status::kOk && job.reply.size() > Reply::kMostBytes) status = Status::kTooLarge;
  if (status != Status::kOk) job.reply.Truncate(0);
  const auto result =
      status == Status::kOk ? static_cast<std::int32_t>(job.reply.size()) : static_cast<std::int32_t>(status);
  Store(job.words + 4 * kStatus, result);
  AssertNoLockHeld("a slice ends");
}

napi_value MakeAnswer(napi_env env, const SliceJob& job) noexcept {
  napi_value buffer = nullptr;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, kControlBytes + job.reply.size(), &data, &buffer) == napi_ok) {
    std::memcpy(data, job.words, kControlBytes);
    if (job.reply.size() > 0)
      std::memcpy(static_cast<std::uint8_t*>(data) + kControlBytes, job.reply.data(), job.reply.size());
    return buffer;
  }
  ClearException(env);
  napi_get_null(env, &buffer);
  return buffer;
}

// In the caller's thread. In an environment that ends, nothing can be called any more; every step then fails,
// and the job is freed all the same.
void Complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<SliceJob> job(static_cast<SliceJob*>(data));
  napi_value done = nullptr;
  if (napi_get_reference_value(env, job->done, &done) == napi_ok && done != nullptr) {
    napi_value undefined = nullptr;
    napi_value answer = MakeAnswer(env, *job);
    if (napi_get_undefined(env, &undefined) == napi_ok && answer != nullptr)
      napi_call_function(env, undefined, done, 1, &answer, nullptr);
  }
  napi_delete_reference(env, job->done);
  napi_delete_async_work(env, job->work);
  job->process.epochs.Collect();
}

std::unique_ptr<SliceJob> MakeJob(EnvState& state) noexcept {
  std::unique_ptr<SliceJob> job(new (std::nothrow) SliceJob(state.process()));
  const Bytes request = SliceRequest(state);
  if (!job || !request) return job;
  job->request = static_cast<std::uint8_t*>(std::malloc(request.size + 1));
  if (job->request == nullptr) return nullptr;
  std::memcpy(job->request, request.data, request.size);
  job->request_bytes = request.size;
  return job;
}

// sliceAsync(done): runs the slice that control words and request describe, as select() does, in the pool,
// and calls done(answer) in this thread afterwards: an ArrayBuffer with the control words as select() would
// have left them, and the reply behind them; null when there is no memory for it. out: kStatus Ok, or
// NoMemory: then nothing was started.
napi_value SliceAsync(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value callback = nullptr;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, &callback, nullptr, &data);
  auto& state = *static_cast<EnvState*>(data);
  std::unique_ptr<SliceJob> job = MakeJob(state);
  state.UseRequest(nullptr, 0);
  if (job) job->slot = job->process.epochs.Attach();
  if (!job || job->slot == nullptr) {
    state.Finish(Status::kNoMemory);
    return nullptr;
  }
  job->owner = state.owner();
  std::memcpy(job->words, state.words(), kControlBytes);
  napi_value name = nullptr;
  if (napi_create_string_utf8(env, "termstore", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_reference(env, callback, 1, &job->done) != napi_ok ||
      napi_create_async_work(env, nullptr, name, Execute, Complete, job.get(), &job->work) != napi_ok) {
    if (job->done != nullptr) napi_delete_reference(env, job->done);
    state.Finish(Status::kBadArg);
    return nullptr;
  }
  if (napi_queue_async_work(env, job->work) != napi_ok) {
    napi_delete_reference(env, job->done);
    napi_delete_async_work(env, job->work);
    state.Finish(Status::kNoMemory);
    return nullptr;
  }
  (void)job.release();  // Complete() owns it now
  state.Finish(Status::kOk);
  return nullptr;
}

}  // namespace

bool ExportAsyncSlices(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "sliceAsync", SliceAsync);
}

}  // namespace termstore::binding
