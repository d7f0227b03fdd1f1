// Selections: match programs over the rows of a table, slice by slice.
#include <memory>
#include <new>

#include "binding/call.h"
#include "binding/slice.h"

namespace termstore::binding {
namespace {

constexpr std::int32_t kSliceModes = 7;
constexpr std::int32_t kSliceReverse = 8;
constexpr std::int32_t kSliceKeys = 16;
// A reply's size is a positive int32, and the last row may add as much again.
constexpr double kMostBytes = 1 << 29;

std::int32_t Word(const std::uint8_t* words, Control place) noexcept {
  return Load<std::int32_t>(words + 4 * place);
}
void SetWord(std::uint8_t* words, Control place, std::int64_t value) noexcept {
  Store(words + 4 * place, static_cast<std::int32_t>(value));
}
double Real(const std::uint8_t* words, Control place) noexcept { return Load<double>(words + 8 * place); }

bool ReadBound(Bytes bytes, std::int32_t kind, Bound* bound) noexcept {
  if (!bound->SetKind(kind)) return false;
  bound->key = bytes;
  return bound->kind == Bound::Kind::kNone || TermIsWhole(bytes);
}

bool ReadKeys(Bytes bytes, std::uint32_t count, Bytes* keys) noexcept {
  const std::uint8_t* at = bytes.begin();
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto room = static_cast<std::size_t>(bytes.end() - at);
    const std::uint32_t size = room >= 4 ? Load<std::uint32_t>(at) : ~0u;
    if (room < 4 || size > room - 4 || !TermIsWhole({at + 4, size})) return false;
    keys[i] = {at + 4, size};
    at += std::size_t{4} + size;
  }
  return true;
}

// What the words and the request ask for.
class SliceInput {
 public:
  // kOk, kDamaged, kBadArg (no match program), kNoMemory.
  Status Read(const std::uint8_t* words, Bytes request) noexcept {
    const std::int32_t modes = Word(words, kE);
    if ((modes & kSliceModes) > static_cast<std::int32_t>(SelectMode::kReplace)) return Status::kDamaged;
    slice_.mode = static_cast<SelectMode>(modes & kSliceModes);
    slice_.direction = (modes & kSliceReverse) != 0 ? Direction::kBackward : Direction::kForward;
    slice_.limits.max_results = RowLimit(Real(words, kF0));
    const double bytes = Real(words, kF1);
    slice_.limits.max_bytes = static_cast<std::size_t>(bytes >= 1 && bytes < kMostBytes ? bytes : kMostBytes);
    slice_.limits.max_visits = RowLimit(Real(words, kF3));
    slice_.cursor.position = CursorPosition(Real(words, kF2));

    // The sizes were checked against the request by SliceRequest().
    const auto program_bytes = static_cast<std::size_t>(Word(words, kA));
    const auto lower_bytes = static_cast<std::size_t>(Word(words, kB));
    const Bytes lower{request.data + program_bytes, lower_bytes};
    const Bytes upper{lower.end(), static_cast<std::size_t>(Word(words, kC))};
    has_program_ = program_bytes > 0;
    if (has_program_) {
      const Status status = MatchProgram::Parse({request.data, program_bytes}, &program_);
      if (status != Status::kOk) return status;
    }
    const std::int32_t kinds = Word(words, kD);
    if ((modes & kSliceKeys) != 0) return ReadKeyList(lower, static_cast<std::uint32_t>(kinds));
    const bool good =
        ReadBound(lower, kinds & 0xff, &slice_.lower) && ReadBound(upper, kinds >> 8, &slice_.upper);
    return good ? Status::kOk : Status::kDamaged;
  }

  bool has_program() const noexcept { return has_program_; }
  const MatchProgram& program() const noexcept { return program_; }
  SelectRequest& slice() noexcept { return slice_; }

 private:
  Status ReadKeyList(Bytes bytes, std::uint32_t count) noexcept {
    // Each key has five bytes at least, which bounds the count by the request.
    if (count > bytes.size / 5) return Status::kDamaged;
    keys_.reset(new (std::nothrow) Bytes[count + std::size_t{1}]);
    if (!keys_) return Status::kNoMemory;
    slice_.keys = keys_.get();
    slice_.key_count = count;
    return ReadKeys(bytes, count, keys_.get()) ? Status::kOk : Status::kDamaged;
  }

  SelectRequest slice_;
  bool has_program_ = false;
  MatchProgram program_;
  std::unique_ptr<Bytes[]> keys_;
};

void WriteResult(std::uint8_t* words, const HashCursor& cursor, const SelectResult& result) noexcept {
  SetWord(words, kR0, result.results);
  SetWord(words, kR1, result.done ? 1 : 0);
  SetWord(words, kR3, static_cast<std::int64_t>(result.last_key_offset));
  SetWord(words, kR4, result.last_key_size);
  Store(words + 8 * kResult0, static_cast<double>(cursor.position));
  Store(words + 8 * kResult1, static_cast<double>(result.affected));
}

// As RunSlice() describes it. out: kStatus bytes.
napi_value Select(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  {
    Reply reply(state.reply_region(), kReplyBytes);
    const Status status =
        RunSlice(state.process(), state.slot(), state.owner(), state.words(), SliceRequest(state), reply);
    status == Status::kOk ? state.Finish(reply) : state.Finish(status);
    state.UseRequest(nullptr, 0);
  }
  state.CollectSometimes();
  return nullptr;
}

}  // namespace

Bytes SliceRequest(const EnvState& state) noexcept {
  std::int64_t bytes = 0;
  for (const Control part : {kA, kB, kC}) {
    if (state.word(part) < 0) return {};
    bytes += state.word(part);
  }
  return bytes > kMaxBytes ? Bytes{} : state.Request(0, static_cast<std::int32_t>(bytes));
}

Status RunSlice(Process& process, EpochSlot& slot, OwnerId owner, std::uint8_t* words, Bytes request,
                Reply& reply) noexcept {
  const Pin pin(process.epochs, slot);
  TableEntry* entry = process.registry.Find(static_cast<TableId>(Word(words, kTable)));
  if (entry == nullptr) return Status::kNoTable;
  const auto mode = static_cast<SelectMode>(Word(words, kE) & kSliceModes);
  const Status allowed = entry->Check(owner, ChangesRows(mode) ? Right::kWrite : Right::kRead);
  if (allowed != Status::kOk) return allowed;
  if (!request) return Status::kDamaged;
  SliceInput input;
  if (const Status status = input.Read(words, request); status != Status::kOk) return status;
  MatchRun run(input.program(), owner);
  SelectRequest& slice = input.slice();
  if (input.has_program()) slice.run = &run;
  SelectResult result;
  const Status status = entry->table->Select(slice, reply, result);
  WriteResult(words, slice.cursor, result);
  return status;
}

bool ExportSelect(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "select", Select);
}

}  // namespace termstore::binding
