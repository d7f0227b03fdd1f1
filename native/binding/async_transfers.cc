// Dumps and loads in the thread pool, slice by slice. What a dump or a load keeps between its slices is a
// Transfer, which JavaScript holds as an external value; bytes go to and from it in small pieces, so that
// a large row does not hold up the event loop either.
#include <new>

#include "binding/call.h"
#include "core/table/frames.h"

namespace termstore::binding {
namespace {

// What a Transfer has of memory, for the engine, which would otherwise see no reason to collect it.
constexpr std::int64_t kUsualBytes = 2 * static_cast<std::int64_t>(kBlockBytes);

// Belongs to one thread: JavaScript's value and a running job each have a share.
struct Transfer {
  TableExport out;
  TableImport in;
  int shares = 1;
  bool busy = false;  // a job has it: nobody else may touch out and in

  void Leave() noexcept {
    if (--shares == 0) delete this;
  }
};

enum class Task : std::uint8_t { kExport, kImport };

// As a SliceJob, it has everything it needs and never touches its environment while it runs.
struct TransferJob {
  TransferJob(Process& shared, Transfer& subject, Task kind) noexcept
      : process(shared), transfer(subject), task(kind) {
    transfer.busy = true;
    ++transfer.shares;
  }
  ~TransferJob() {
    if (slot != nullptr) process.epochs.Detach(slot);
    if (!over) transfer.busy = false;
    transfer.Leave();
  }
  TransferJob(const TransferJob&) = delete;
  TransferJob& operator=(const TransferJob&) = delete;

  Process& process;
  Transfer& transfer;
  const Task task;
  EpochSlot* slot = nullptr;
  OwnerId owner = 0;
  TableId table = 0;
  bool merge = false;
  Status status = Status::kOk;
  bool over = false;  // another job may have the transfer by now
  napi_async_work work = nullptr;
  napi_ref done = nullptr;
};

Status Use(TransferJob& job) noexcept {
  const Pin pin(job.process.epochs, *job.slot);
  TableEntry* entry = job.process.registry.Find(job.table);
  if (entry == nullptr) return Status::kNoTable;
  const bool is_export = job.task == Task::kExport;
  const Status allowed = entry->Check(job.owner, is_export ? Right::kRead : Right::kWrite);
  if (allowed != Status::kOk) return allowed;
  return is_export ? job.transfer.out.Fetch(*entry->table) : job.transfer.in.Insert(*entry->table, job.merge);
}

void Execute(napi_env, void* data) {
  auto& job = *static_cast<TransferJob*>(data);
  job.status = Use(job);
  if (job.status == Status::kOk && job.task == Task::kExport) job.status = job.transfer.out.Frame();
  AssertNoLockHeld("a slice of a transfer ends");
}

napi_value Number(napi_env env, double value) noexcept {
  napi_value number = nullptr;
  napi_create_double(env, value, &number);
  return number;
}

void Tell(napi_env env, const TransferJob& job) noexcept {
  napi_value done = nullptr;
  napi_value undefined = nullptr;
  if (napi_get_reference_value(env, job.done, &done) != napi_ok || done == nullptr ||
      napi_get_undefined(env, &undefined) != napi_ok)
    return;
  const TableExport& out = job.transfer.out;
  const bool is_export = job.task == Task::kExport;
  napi_value arguments[3] = {Number(env, static_cast<double>(job.status)),
                             Number(env, is_export ? out.rows() : job.transfer.in.bad_row()),
                             Number(env, is_export && out.done() ? 1 : 0)};
  napi_call_function(env, undefined, done, 3, arguments, nullptr);
}

// In the caller's thread; see async_slices.cc for an environment that ends.
void Complete(napi_env env, napi_status, void* data) {
  auto* job = static_cast<TransferJob*>(data);
  Process& process = job->process;
  job->transfer.busy = false;  // `done` goes on with it
  job->over = true;
  Tell(env, *job);
  napi_delete_reference(env, job->done);
  napi_delete_async_work(env, job->work);
  delete job;
  process.epochs.Collect();
}

struct Arguments {
  napi_value value[2] = {nullptr, nullptr};
  EnvState* state = nullptr;
};

Arguments Read(napi_env env, napi_callback_info info) noexcept {
  Arguments arguments;
  std::size_t count = 2;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments.value, nullptr, &data);
  arguments.state = static_cast<EnvState*>(data);
  return arguments;
}

// Null when `value` is none, or a job has it.
Transfer* TransferOf(napi_env env, napi_value value) noexcept {
  napi_valuetype type = napi_undefined;
  void* data = nullptr;
  if (value == nullptr || napi_typeof(env, value, &type) != napi_ok || type != napi_external ||
      napi_get_value_external(env, value, &data) != napi_ok)
    return nullptr;
  auto* transfer = static_cast<Transfer*>(data);
  return transfer->busy ? nullptr : transfer;
}

// The bytes of an ArrayBuffer's start; none for anything else.
Bytes BytesOf(napi_env env, napi_value value) noexcept {
  bool is_buffer = false;
  void* data = nullptr;
  std::size_t bytes = 0;
  if (value == nullptr || napi_is_arraybuffer(env, value, &is_buffer) != napi_ok || !is_buffer ||
      napi_get_arraybuffer_info(env, value, &data, &bytes) != napi_ok)
    return {};
  return {static_cast<std::uint8_t*>(data), bytes};
}

void Release(napi_env env, void* data, void*) {
  static_cast<Transfer*>(data)->Leave();
  std::int64_t total = 0;
  napi_adjust_external_memory(env, -kUsualBytes, &total);
}

// openTransfer(): what a dump or a load keeps between its slices; null when there is no memory for it.
napi_value Open(napi_env env, napi_callback_info) {
  napi_value value = nullptr;
  auto* transfer = new (std::nothrow) Transfer;
  if (transfer != nullptr && napi_create_external(env, transfer, Release, nullptr, &value) == napi_ok) {
    std::int64_t total = 0;
    napi_adjust_external_memory(env, kUsualBytes, &total);
    return value;
  }
  if (transfer != nullptr) transfer->Leave();
  napi_get_null(env, &value);
  return value;
}

// False: the job is gone, and nothing was started.
bool Start(napi_env env, napi_value callback, TransferJob* job) noexcept {
  napi_value name = nullptr;
  if (napi_create_string_utf8(env, "termstore", NAPI_AUTO_LENGTH, &name) == napi_ok &&
      napi_create_reference(env, callback, 1, &job->done) == napi_ok &&
      napi_create_async_work(env, nullptr, name, Execute, Complete, job, &job->work) == napi_ok &&
      napi_queue_async_work(env, job->work) == napi_ok)
    return true;
  if (job->work != nullptr) napi_delete_async_work(env, job->work);
  if (job->done != nullptr) napi_delete_reference(env, job->done);
  delete job;
  return false;
}

// (transfer, done). in: kTable; importSlice: kB 1 when rows that a bag has already are welcome. out: kStatus
// Ok; NoMemory, BadArg: nothing was started.
template <Task kTask>
napi_value Run(napi_env env, napi_callback_info info) {
  const Arguments arguments = Read(env, info);
  EnvState& state = *arguments.state;
  Transfer* transfer = TransferOf(env, arguments.value[0]);
  if (transfer == nullptr) {
    state.Finish(Status::kBadArg);
    return nullptr;
  }
  auto* job = new (std::nothrow) TransferJob(state.process(), *transfer, kTask);
  if (job != nullptr) job->slot = state.process().epochs.Attach();
  if (job == nullptr || job->slot == nullptr) {
    delete job;
    state.Finish(Status::kNoMemory);
    return nullptr;
  }
  job->owner = state.owner();
  job->table = static_cast<TableId>(state.word(kTable));
  job->merge = state.word(kB) == 1;
  state.Finish(Start(env, arguments.value[1], job) ? Status::kOk : Status::kBadArg);
  return nullptr;
}

// takeFrames(transfer, buffer): copies the next bytes of the frames of the last slice, none beyond the end of
// one of them. in: kA where in the buffer, kB at most so many. out: kStatus bytes, BadArg.
napi_value TakeFrames(napi_env env, napi_callback_info info) {
  const Arguments arguments = Read(env, info);
  Transfer* transfer = TransferOf(env, arguments.value[0]);
  const Bytes buffer = BytesOf(env, arguments.value[1]);
  const std::int32_t from = arguments.state->word(kA);
  const std::int32_t room = arguments.state->word(kB);
  if (transfer == nullptr || !buffer || from < 0 || room < 0 ||
      static_cast<std::size_t>(from) + static_cast<std::size_t>(room) > buffer.size) {
    arguments.state->Finish(Status::kBadArg);
    return nullptr;
  }
  auto* to = const_cast<std::uint8_t*>(buffer.data) + from;
  const std::size_t taken = transfer->out.Take(to, static_cast<std::size_t>(room));
  arguments.state->SetWord(kStatus, static_cast<std::int32_t>(taken));
  return nullptr;
}

// beginFrame(transfer). in: kF0 bytes of a frame that comes, its head included. out: kStatus Ok, NoMemory,
// BadArg.
napi_value BeginFrame(napi_env env, napi_callback_info info) {
  const Arguments arguments = Read(env, info);
  Transfer* transfer = TransferOf(env, arguments.value[0]);
  const double bytes = arguments.state->real(kF0);
  Status status = Status::kBadArg;
  if (transfer != nullptr && bytes >= 1 && bytes <= 4294967295.0)
    status = transfer->in.Begin(static_cast<std::size_t>(bytes)) ? Status::kOk : Status::kNoMemory;
  arguments.state->Finish(status);
  return nullptr;
}

// feedFrame(transfer, buffer): its next bytes. in: kA how many of the buffer. out: kStatus Ok, BadArg.
napi_value FeedFrame(napi_env env, napi_callback_info info) {
  const Arguments arguments = Read(env, info);
  Transfer* transfer = TransferOf(env, arguments.value[0]);
  const Bytes bytes = BytesOf(env, arguments.value[1]);
  const std::int32_t count = arguments.state->word(kA);
  const bool good = transfer != nullptr && bytes && count >= 0 &&
                    static_cast<std::size_t>(count) <= bytes.size &&
                    transfer->in.Feed({bytes.data, static_cast<std::size_t>(count)});
  arguments.state->Finish(good ? Status::kOk : Status::kBadArg);
  return nullptr;
}

}  // namespace

// exportSlice(transfer, done): fetches the next rows of a table and makes frames of them, in the pool, then
// calls done(status, rows, finished) in this thread. importSlice(transfer, done): checks the rows of the
// frame and inserts them, then calls done(status, row to blame).
bool ExportAsyncTransfers(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "openTransfer", Open) &&
         Export(env, exports, state, "exportSlice", Run<Task::kExport>) &&
         Export(env, exports, state, "importSlice", Run<Task::kImport>) &&
         Export(env, exports, state, "takeFrames", TakeFrames) &&
         Export(env, exports, state, "beginFrame", BeginFrame) &&
         Export(env, exports, state, "feedFrame", FeedFrame);
}

}  // namespace termstore::binding
