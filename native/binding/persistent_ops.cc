// The persistent term area. Copies into the reply count references, not pins.
#include <algorithm>

#include "binding/call.h"
#include "core/persistent/key_index.h"

namespace termstore::binding {
namespace {

// in: kA bytes of the row [key, value], kB canonical key bytes or 0, kC only_new. out: kStatus.
napi_value Put(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  RequestScope scope{state};
  RowInput row;
  row.payload = state.Request(0, state.word(kA));
  const Bytes separate = state.Request(row.payload.size, state.word(kB));
  if (!row.payload || !separate || !RowIsWhole(row.payload) || !RowElement(row.payload, 1)) {
    state.Finish(Status::kDamaged);
    return nullptr;
  }
  row.separate_key = separate.size > 0;
  row.key = row.separate_key ? separate : RowElement(row.payload, 0);
  state.Finish(state.process().persistent.Put(row, state.word(kC) != 0));
  return nullptr;
}

// in: kA key bytes. out: kStatus payload bytes, the row [key, value] in the reply; kR0 slot, kR1 generation.
napi_value Get(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  RequestScope scope{state};
  Bytes key;
  if (!ReadKey(state, &key)) return nullptr;
  Reply reply(state.reply_region(), kReplyBytes);
  GenerationRef ref;
  const Status status = state.process().persistent.Get(key, reply, ref);
  state.SetWord(kR0, static_cast<std::int32_t>(ref.slot));
  state.SetWord(kR1, static_cast<std::int32_t>(ref.generation));
  status == Status::kOk ? state.Finish(reply) : state.Finish(status);
  return nullptr;
}

void ReleaseTerm(napi_env, void*, void* term) { static_cast<StoredTerm*>(term)->Release(); }

// The bytes [start, start + bytes) of the term's content as an ArrayBuffer that takes over the caller's
// reference; null, and the reference stays the caller's, where the runtime refuses. Nobody writes to it:
// lib/term only reads, and no user ever sees the buffer.
napi_value WindowOf(napi_env env, const EnvState& state, StoredTerm* term, std::size_t start,
                    std::size_t bytes) noexcept {
  if (!state.external_buffers()) return nullptr;
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(env, const_cast<std::uint8_t*>(term->content().data) + start, bytes,
                                       ReleaseTerm, term, &buffer) == napi_ok) {
    return buffer;
  }
  ClearException(env);
  return nullptr;
}

// A copy of the whole content; null when memory is short.
napi_value CopyOf(napi_env env, StoredTerm* term) noexcept {
  const Bytes content = term->content();
  napi_value buffer = nullptr;
  void* copy = nullptr;
  if (napi_create_arraybuffer(env, content.size, &copy, &buffer) != napi_ok) {
    ClearException(env);
    return nullptr;
  }
  std::memcpy(copy, content.data, content.size);
  return buffer;
}

// persistentView(): the bytes of a term, kept as long as the buffer is, of a large one the first piece; where
// the runtime has no external buffers a copy of all. Null with the status.
// in: kA key bytes. out: kStatus Ok; kR0 slot, kR1 generation; kResult0 bytes of the content, kResult1 of
// the payload in it.
napi_value View(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  RequestScope scope{state};
  napi_value none = nullptr;
  napi_get_null(env, &none);
  Bytes key;
  if (!ReadKey(state, &key)) return none;
  StoredTerm* term = nullptr;
  GenerationRef ref;
  const Status status = state.process().persistent.View(key, &term, ref);
  state.Finish(status);
  if (status != Status::kOk) return none;
  TermRef reference(term);
  state.SetWord(kR0, static_cast<std::int32_t>(ref.slot));
  state.SetWord(kR1, static_cast<std::int32_t>(ref.generation));
  const std::size_t size = term->content().size;
  state.SetReal(kResult0, static_cast<double>(size));
  state.SetReal(kResult1, static_cast<double>(term->payload().size));
  napi_value buffer =
      WindowOf(env, state, term, 0, std::min<std::size_t>(size, kWindowBytes + kWindowOverlap));
  if (buffer != nullptr) {
    reference.Adopt(nullptr);
    return buffer;
  }
  buffer = CopyOf(env, term);
  if (buffer == nullptr) state.Finish(Status::kNoMemory);
  return buffer == nullptr ? none : buffer;
}

// viewWindow(first, start, bytes): other bytes of the content whose first piece persistentView() gave; null
// where they are not inside it or the runtime refuses. REQUIRES: `first` is such a piece, not a copy.
napi_value ViewWindow(napi_env env, napi_callback_info info) {
  napi_value none = nullptr;
  napi_get_null(env, &none);
  std::size_t count = 3;
  napi_value arguments[3] = {};
  void* data = nullptr;
  void* first = nullptr;
  std::size_t first_bytes = 0;
  std::uint32_t start = 0;
  std::uint32_t bytes = 0;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, &data) != napi_ok || count < 3 ||
      napi_get_arraybuffer_info(env, arguments[0], &first, &first_bytes) != napi_ok || first == nullptr ||
      napi_get_value_uint32(env, arguments[1], &start) != napi_ok ||
      napi_get_value_uint32(env, arguments[2], &bytes) != napi_ok) {
    return none;
  }
  StoredTerm* const term = StoredTerm::OfContent(static_cast<std::uint8_t*>(first));
  if (bytes == 0 || std::uint64_t{start} + bytes > term->content().size) return none;
  TermRef reference;
  reference.Take(term);
  napi_value buffer = WindowOf(env, *static_cast<EnvState*>(data), term, start, bytes);
  if (buffer == nullptr) return none;
  reference.Adopt(nullptr);
  return buffer;
}

// viewFind(first): the entry of a big container in a term whose first piece persistentView() gave, or whose
// copy. in: kA bytes of a scalar key, kF0 place of the container, kF1 bytes of the payload, kF2 of the
// content. out: kStatus Ok with kR0 the entry's number; NotFound; BadArg: the container has no table.
napi_value ViewFind(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value buffer = nullptr;
  void* instance = nullptr;
  void* first = nullptr;
  std::size_t bytes = 0;
  napi_get_cb_info(env, info, &count, &buffer, nullptr, &instance);
  EnvState& state = *static_cast<EnvState*>(instance);
  RequestScope scope{state};
  Bytes key;
  if (!ReadKey(state, &key)) return nullptr;
  if (count < 1 || napi_get_arraybuffer_info(env, buffer, &first, &bytes) != napi_ok || first == nullptr) {
    state.Finish(Status::kBadArg);
    return nullptr;
  }
  Bytes content{static_cast<const std::uint8_t*>(first), bytes};
  // A buffer that is shorter than the content is a piece of native memory.
  if (static_cast<double>(bytes) < state.real(kF2))
    content = StoredTerm::OfContent(static_cast<std::uint8_t*>(first))->content();
  const double container = state.real(kF0);
  const double payload_bytes = state.real(kF1);
  std::int64_t entry = kNotIndexed;
  if (container >= 0 && container < payload_bytes && payload_bytes <= static_cast<double>(content.size))
    entry = FindInKeyIndex(content, static_cast<std::size_t>(payload_bytes),
                           static_cast<std::uint64_t>(container), key);
  state.SetWord(kR0, static_cast<std::int32_t>(entry));
  state.Finish(entry == kNotIndexed    ? Status::kBadArg
               : entry == kNoSuchEntry ? Status::kNotFound
                                       : Status::kOk);
  return nullptr;
}

// in: kA key bytes. out: kStatus Ok or NotFound.
napi_value Erase(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  RequestScope scope{state};
  Bytes key;
  if (ReadKey(state, &key)) state.Finish(state.process().persistent.Erase(key));
  return nullptr;
}

// out: kStatus bytes; kR0 terms; in the reply for each: u32 slot, u32 generation, u32 size, payload.
napi_value GetAll(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  Reply reply(state.reply_region(), kReplyBytes);
  std::uint32_t count = 0;
  const Status status = state.process().persistent.GetAll(reply, &count);
  state.SetWord(kR0, static_cast<std::int32_t>(count));
  status == Status::kOk ? state.Finish(reply) : state.Finish(status);
  return nullptr;
}

// out: kResult0 terms, kResult1 bytes of them, kResult2 bytes that are not free yet.
napi_value Info(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  state.process().persistent.Info(&count, &bytes);
  state.SetReal(kResult0, static_cast<double>(count));
  state.SetReal(kResult1, static_cast<double>(bytes));
  state.SetReal(kResult2, static_cast<double>(state.process().persistent.live_bytes()));
  state.Finish(Status::kOk);
  return nullptr;
}

// in: kA slot. out: kR0 its generation. For runtimes that refuse generationPage().
napi_value Generation(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  const auto slot = static_cast<std::uint32_t>(state.word(kA));
  const std::uint32_t* page = state.process().persistent.GenerationPage(slot / PersistentArea::kPageSlots);
  const std::uint32_t generation =
      page == nullptr ? PersistentArea::kDead : LoadWord(page + slot % PersistentArea::kPageSlots);
  state.SetWord(kR0, static_cast<std::int32_t>(generation));
  state.Finish(Status::kOk);
  return nullptr;
}

// generationPage(page): the generation words of its slots as an ArrayBuffer over native memory, the same in
// every thread; null where the runtime has no external buffers or nothing was stored there yet.
napi_value GenerationPage(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument = nullptr;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, &argument, nullptr, &data);
  std::uint32_t page = 0;
  const bool good = count >= 1 && napi_get_value_uint32(env, argument, &page) == napi_ok;
  const EnvState& state = *static_cast<EnvState*>(data);
  return SharedWords(env, state, good ? state.process().persistent.GenerationPage(page) : nullptr,
                     PersistentArea::kPageSlots * sizeof(std::uint32_t));
}

// in: kA key bytes, kB generation: as if so many puts had happened. For the test of what happens at the end.
napi_value SetGenerationForTest(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  RequestScope scope{state};
  Bytes key;
  if (!ReadKey(state, &key)) return nullptr;
  state.process().persistent.SetGenerationForTest(key, static_cast<std::uint32_t>(state.word(kB)));
  state.Finish(Status::kOk);
  return nullptr;
}

}  // namespace

bool ExportPersistent(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "persistentPut", Put) &&
         Export(env, exports, state, "persistentGet", Get) &&
         Export(env, exports, state, "persistentView", View) &&
         Export(env, exports, state, "viewWindow", ViewWindow) &&
         Export(env, exports, state, "viewFind", ViewFind) &&
         Export(env, exports, state, "persistentErase", Erase) &&
         Export(env, exports, state, "persistentGetAll", GetAll) &&
         Export(env, exports, state, "persistentInfo", Info) &&
         Export(env, exports, state, "generation", Generation) &&
         Export(env, exports, state, "generationPage", GenerationPage) &&
         Export(env, exports, state, "setGenerationForTest", SetGenerationForTest);
}

}  // namespace termstore::binding
