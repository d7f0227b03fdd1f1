// Creating, finding, naming and dropping tables.
#include <utility>

#include "binding/call.h"

namespace termstore::binding {
namespace {

constexpr std::int32_t kFlagNamed = 1;
constexpr std::int32_t kFlagReadConcurrency = 2;
constexpr std::int32_t kFlagWriteOn = 4;
constexpr std::int32_t kFlagWriteAuto = 8;
constexpr std::int32_t kFlagDecentralized = 16;
constexpr std::int32_t kFlagCompressed = 32;
constexpr std::int32_t kFlagNote = 64;
constexpr std::int32_t kFlagHeir = 256;

// A thread's number as a double; kNoOwner for what is none.
OwnerId ReadThread(const EnvState& state, Control place) noexcept {
  const double number = state.real(place);
  return number >= 0 && number < kNoOwner ? static_cast<OwnerId>(number) : kNoOwner;
}

double ThreadNumber(OwnerId thread) noexcept { return thread == kNoOwner ? -1 : static_cast<double>(thread); }

// An event with the term of `bytes` at `offset` of the request; null without a status when `bytes` is -1.
bool ReadGift(EnvState& state, std::uint32_t offset, std::int32_t bytes, EventPtr* gift) noexcept {
  if (bytes < 0) return true;
  const Bytes term = state.Request(offset, bytes);
  if (!TermIsWhole(term)) {
    state.Finish(Status::kDamaged);
    return false;
  }
  *gift = MakeEvent(term);
  if (!*gift) state.Finish(Status::kNoMemory);
  return *gift != nullptr;
}

// A name is kept as the term it is written as: every string is a name, lone surrogates included.
// The request stays in use: what follows the name in it has not been read yet.
bool ReadName(EnvState& state, Bytes* name) noexcept {
  *name = state.Request(0, state.word(kA));
  if (TermIsWhole(*name) && RankOf(*name->data) == kRankString) return true;
  state.Finish(Status::kDamaged);
  return false;
}

// Ends the use of the request, whatever an operation without a TableCall returns.
class RequestEnd {
 public:
  explicit RequestEnd(EnvState& state) noexcept : state_(state) {}
  ~RequestEnd() { state_.UseRequest(nullptr, 0); }
  RequestEnd(const RequestEnd&) = delete;
  RequestEnd& operator=(const RequestEnd&) = delete;

 private:
  EnvState& state_;
};

// in: kA name bytes, kB type, kC access, kD keypos, kE flags; with kFlagHeir kF0 its thread, kR0 bytes of the
// gift behind the name or -1; with kFlagNote kR1 bytes of the note behind both. out: kStatus, kR0 the table's
// number.
napi_value Create(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  const RequestEnd request_end(state);
  NewTable options;
  if (!ReadName(state, &options.name)) return nullptr;
  const std::int32_t type = state.word(kB);
  const std::int32_t access = state.word(kC);
  const std::int32_t flags = state.word(kE);
  if (type < 0 || type > 3 || access < 0 || access > 2 || state.word(kD) < 0) {
    state.Finish(Status::kBadArg);
    return nullptr;
  }
  options.traits.type = static_cast<TableType>(type);
  options.traits.keypos = static_cast<std::uint32_t>(state.word(kD));
  options.traits.read_concurrency = (flags & kFlagReadConcurrency) != 0;
  options.traits.write_concurrency = (flags & kFlagWriteAuto) != 0 ? WriteConcurrency::kAuto
                                     : (flags & kFlagWriteOn) != 0 ? WriteConcurrency::kOn
                                                                   : WriteConcurrency::kOff;
  options.traits.decentralized_counters = (flags & kFlagDecentralized) != 0;
  options.traits.compressed = (flags & kFlagCompressed) != 0;
  options.access = static_cast<Access>(access);
  options.named = (flags & kFlagNamed) != 0;
  options.owner = state.owner();
  if ((flags & kFlagHeir) != 0) {
    options.heir.thread = ReadThread(state, kF0);
    if (!ReadGift(state, static_cast<std::uint32_t>(options.name.size), state.word(kR0), &options.heir.gift))
      return nullptr;
  }
  if ((flags & kFlagNote) != 0) {
    const std::int32_t gift = (flags & kFlagHeir) != 0 && state.word(kR0) > 0 ? state.word(kR0) : 0;
    options.note = state.Request(
        static_cast<std::uint32_t>(options.name.size) + static_cast<std::uint32_t>(gift), state.word(kR1));
    if (!TermIsWhole(options.note)) {
      state.Finish(Status::kDamaged);
      return nullptr;
    }
  }
  TableId id = 0;
  const Status status = state.process().registry.Create(std::move(options), &id);
  state.SetWord(kR0, static_cast<std::int32_t>(id));
  state.Finish(status);
  return nullptr;
}

// in: kA name bytes. out: kStatus Ok or NotFound, kR0 the table's number.
napi_value Whereis(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  const RequestEnd request_end(state);
  Bytes name;
  if (!ReadName(state, &name)) return nullptr;
  const TableId id = state.process().registry.Whereis(name);
  state.SetWord(kR0, static_cast<std::int32_t>(id));
  state.Finish(id == 0 ? Status::kNotFound : Status::kOk);
  return nullptr;
}

// in: kTable, kB right (0 info, 1 read, 2 write, 3 owner). out: kStatus.
napi_value Check(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  const std::int32_t right = state.word(kB);
  TableCall call(state, right >= 0 && right <= 3 ? static_cast<Right>(right) : Right::kInfo);
  if (call) state.Finish(Status::kOk);
  return nullptr;
}

// in: kTable. out: kStatus.
napi_value Drop(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  {
    TableCall call(state, Right::kWrite);
    if (!call) return nullptr;
    state.Finish(state.process().registry.Drop(call.entry().id));
  }
  state.Collect();
  return nullptr;
}

// in: kTable, kA name bytes. out: kStatus.
napi_value Rename(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  const RequestEnd request_end(state);
  Bytes name;
  if (!ReadName(state, &name)) return nullptr;
  TableCall call(state, Right::kWrite);
  if (call) state.Finish(state.process().registry.Rename(call.entry().id, name));
  return nullptr;
}

// in: kTable, kF0 new owner, kA bytes of the gift in the request. out: kStatus.
napi_value GiveAway(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kOwner);
  EventPtr gift;
  if (!call || !ReadGift(state, 0, state.word(kA), &gift)) return nullptr;
  state.Finish(state.process().registry.GiveAway(call.entry().id, state.owner(), ReadThread(state, kF0),
                                                 std::move(gift)));
  return nullptr;
}

// in: kTable, kC access or -1; kB 0: the heir stays, 1: it becomes thread kF0 (-1: none), with a gift of kA
// bytes in the request (-1: none). out: kStatus.
napi_value SetOptions(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kOwner);
  if (!call) return nullptr;
  NewOptions options;
  const std::int32_t access = state.word(kC);
  options.set_access = access >= 0 && access <= 2;
  if (options.set_access) options.access = static_cast<Access>(access);
  options.set_heir = state.word(kB) != 0;
  if (options.set_heir) {
    options.heir.thread = ReadThread(state, kF0);
    if (!ReadGift(state, 0, state.word(kA), &options.heir.gift)) return nullptr;
  }
  state.Finish(state.process().registry.SetOptions(call.entry().id, state.owner(), std::move(options)));
  return nullptr;
}

// in: kTable. out: kStatus name bytes, the name as a term in the reply; kR0 type, kR1 access, kR3 keypos, kR4
// flags, kResult0 rows, kResult1 bytes, kResult2 owner, kResult3 heir or -1, kF0 waits for its locks.
napi_value Info(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  state.Collect();
  TableCall call(state, Right::kInfo);
  if (!call) return nullptr;
  Registry& registry = state.process().registry;
  Ownership ownership;
  const Status there = registry.Describe(call.entry().id, &ownership);
  if (there != Status::kOk) {
    state.Finish(there);
    return nullptr;
  }
  const TableTraits& traits = call.table().traits();
  std::int32_t flags = call.entry().named ? kFlagNamed : 0;
  if (traits.read_concurrency) flags |= kFlagReadConcurrency;
  if (traits.write_concurrency == WriteConcurrency::kOn) flags |= kFlagWriteOn;
  if (traits.write_concurrency == WriteConcurrency::kAuto) flags |= kFlagWriteAuto;
  if (traits.decentralized_counters) flags |= kFlagDecentralized;
  if (traits.compressed) flags |= kFlagCompressed;
  if (call.entry().note.bytes()) flags |= kFlagNote;
  state.SetWord(kR0, static_cast<std::int32_t>(traits.type));
  state.SetWord(kR1, static_cast<std::int32_t>(call.entry().access.load(std::memory_order_relaxed)));
  state.SetWord(kR3, static_cast<std::int32_t>(traits.keypos));
  state.SetWord(kR4, flags);
  state.SetReal(kResult0, static_cast<double>(call.table().Size()));
  state.SetReal(kResult1, static_cast<double>(call.table().Memory() + ownership.gift_bytes));
  state.SetReal(kResult2, ThreadNumber(ownership.owner));
  state.SetReal(kResult3, ThreadNumber(ownership.heir));
  state.SetReal(kF0, static_cast<double>(call.table().Waits()));
  Reply reply(state.reply_region(), kReplyBytes);
  const Status status = registry.Name(call.entry().id, reply);
  status == Status::kOk ? state.Finish(reply) : state.Finish(status);
  return nullptr;
}

// in: kTable. out: kStatus bytes, the note of whoever made the table as a term in the reply; NotFound without
// one.
napi_value Note(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kInfo);
  if (!call) return nullptr;
  const Bytes note = call.entry().note.bytes();
  if (!note) {
    state.Finish(Status::kNotFound);
    return nullptr;
  }
  Reply reply(state.reply_region(), kReplyBytes);
  reply.Append(note) ? state.Finish(reply) : state.Finish(Status::kNoMemory);
  return nullptr;
}

// in: kTable. out: kStatus bytes, the figures of Table::Describe() in the reply.
napi_value Stats(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  TableCall call(state, Right::kInfo);
  if (!call) return nullptr;
  Reply reply(state.reply_region(), kReplyBytes);
  const Status status = call.table().Describe(reply);
  status == Status::kOk ? state.Finish(reply) : state.Finish(status);
  return nullptr;
}

// out: kStatus bytes; the numbers of all tables as u32 in the reply.
napi_value All(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  PodArray<TableId> ids;
  Reply reply(state.reply_region(), kReplyBytes);
  const bool good =
      state.process().registry.All(&ids) &&
      reply.Append({reinterpret_cast<const std::uint8_t*>(ids.data()), ids.size() * sizeof(TableId)});
  good ? state.Finish(reply) : state.Finish(Status::kNoMemory);
  return nullptr;
}

// out: kResult0 tables, kResult1 their bytes, kResult2 pieces of memory waiting for readers, kResult3 shapes,
// kF0 events that wait for threads.
napi_value MemoryStats(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  state.Collect();
  Process& process = state.process();
  Pin pin(process.epochs, state.slot());
  double bytes = 0;
  process.registry.VisitAll(
      [&](const TableEntry& entry) { bytes += static_cast<double>(entry.table->Memory()); });
  state.SetReal(kResult0, static_cast<double>(process.registry.size()));
  state.SetReal(kResult1, bytes);
  state.SetReal(kResult2, static_cast<double>(process.epochs.pending()));
  state.SetReal(kResult3, static_cast<double>(process.shapes.size()));
  state.SetReal(kF0, static_cast<double>(process.registry.Events()));
  state.Finish(Status::kOk);
  return nullptr;
}

}  // namespace

bool ExportRegistry(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "create", Create) && Export(env, exports, state, "whereis", Whereis) &&
         Export(env, exports, state, "check", Check) && Export(env, exports, state, "drop", Drop) &&
         Export(env, exports, state, "rename", Rename) && Export(env, exports, state, "info", Info) &&
         Export(env, exports, state, "note", Note) && Export(env, exports, state, "giveAway", GiveAway) &&
         Export(env, exports, state, "setopts", SetOptions) && Export(env, exports, state, "all", All) &&
         Export(env, exports, state, "stats", Stats) && Export(env, exports, state, "memory", MemoryStats);
}

}  // namespace termstore::binding
