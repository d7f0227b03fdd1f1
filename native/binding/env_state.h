// What one environment (a thread's JavaScript) has on the native side. Nothing reachable from the shared
// store points here: it dies with its environment.
#pragma once

#include <node_api.h>

#include <atomic>

#include "core/memory/pod_array.h"
#include "core/registry/process.h"

namespace termstore::binding {

// Places in the control words; lib/native/control.ts holds the same and a parity test compares them.
enum Control : int {
  kTable = 0,
  kA = 1,
  kB = 2,
  kC = 3,
  kD = 4,
  kE = 5,
  kG = 6,
  kStatus = 8,
  kR0 = 9,
  kR1 = 10,
  kR2 = 11,
  kR3 = 12,
  kR4 = 13,
  // Places of doubles in the same words, counted in doubles.
  kF0 = 16,
  kF1 = 17,
  kF2 = 18,
  kF3 = 19,
  kResult0 = 20,
  kResult1 = 21,
  kResult2 = 22,
  kResult3 = 23,
};

inline constexpr std::uint32_t kAbiVersion = 1;
inline constexpr std::uint32_t kControlBytes = 256;
inline constexpr std::uint32_t kRequestBytes = 65536;
inline constexpr std::uint32_t kReplyOffset = kControlBytes + kRequestBytes + 64;
inline constexpr std::uint32_t kReplyBytes = 65536;
// Large persistent terms are viewed through pieces of this many bytes, each with the first ones of the next:
// enough for a header, a number, or a key that is looked for.
inline constexpr std::uint32_t kWindowBytes = std::uint32_t{1} << 20;
inline constexpr std::uint32_t kWindowOverlap = 4096;
// Behind the reply: a row is copied in whole words.
inline constexpr std::uint32_t kScratchBytes = kReplyOffset + kReplyBytes + 64;

class EnvState;

// The states of environments, found without asking the runtime. A place belongs to the environment that has
// claimed it until that environment gives it back, so no other thread writes to a place whose `env` is one's
// own; an environment that finds its place taken asks the runtime.
class KnownEnvironments {
 public:
  // Null: not known.
  static EnvState* Find(napi_env env) noexcept {
    const Place& place = PlaceOf(env);
    // relaxed: this thread itself has written its own address; any other one is somebody else's.
    return place.env.load(std::memory_order_relaxed) == env ? place.state : nullptr;
  }
  static void Claim(napi_env env, EnvState* state) noexcept {
    Place& place = PlaceOf(env);
    napi_env holder = nullptr;
    // acquire: pairs with the release in Forget(); the last one here is through with `state`. A place that
    // has this address already is left from an environment that ended without saying so.
    if (place.env.compare_exchange_strong(holder, env, std::memory_order_acquire) || holder == env)
      place.state = state;
  }
  static void Forget(napi_env env) noexcept {
    Place& place = PlaceOf(env);
    if (place.env.load(std::memory_order_relaxed) != env) return;
    place.state = nullptr;
    place.env.store(nullptr, std::memory_order_release);  // pairs with the acquire in Claim()
  }

 private:
  struct Place {
    std::atomic<napi_env> env;
    EnvState* state;
  };
  static constexpr std::size_t kPlaces = 64;

  static Place& PlaceOf(napi_env env) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(env);
    return places_[((address >> 6) ^ (address >> 12)) % kPlaces];
  }

  static inline Place places_[kPlaces] = {};
};

class EnvState {
 public:
  EnvState(Process& process, EpochSlot* slot) noexcept : process_(process), slot_(slot) {}
  ~EnvState() { std::free(spilled_); }
  EnvState(const EnvState&) = delete;
  EnvState& operator=(const EnvState&) = delete;

  // The state that module set-up attached to every function.
  static EnvState& From(napi_env env, napi_callback_info info) noexcept {
    if (EnvState* known = KnownEnvironments::Find(env); known != nullptr) [[likely]]
      return *known;
    void* data = nullptr;
    napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
    return *static_cast<EnvState*>(data);
  }

  // False until bind() has lent a scratch buffer: then every operation is refused.
  bool Bind(std::uint8_t* scratch, std::size_t bytes, OwnerId owner, bool external_buffers) noexcept {
    if (bytes < kScratchBytes) return false;
    mailbox_ = process_.registry.Join(owner);
    if (mailbox_ == nullptr) return false;
    scratch_ = scratch;
    owner_ = owner;
    external_buffers_ = external_buffers;
    return true;
  }
  bool bound() const noexcept { return scratch_ != nullptr; }
  // Whether JavaScript may be given ArrayBuffers over native memory.
  bool external_buffers() const noexcept { return external_buffers_; }

  std::int32_t word(Control place) const noexcept { return Load<std::int32_t>(scratch_ + 4 * place); }
  void SetWord(Control place, std::int32_t value) noexcept { Store(scratch_ + 4 * place, value); }
  double real(Control place) const noexcept { return Load<double>(scratch_ + 8 * place); }
  void SetReal(Control place, double value) noexcept { Store(scratch_ + 8 * place, value); }

  // Bytes [offset, offset + size) of the request; none when they are not inside it.
  Bytes Request(std::uint32_t offset, std::int32_t size) const noexcept {
    const std::uint8_t* base = request_ != nullptr ? request_ : scratch_ + kControlBytes;
    const std::uint32_t room = request_ != nullptr ? request_bytes_ : kRequestBytes;
    if (size < 0 || offset > room || static_cast<std::uint32_t>(size) > room - offset) return {};
    return {base + offset, static_cast<std::uint32_t>(size)};
  }
  // The next call reads its request here; null: from the scratch buffer again.
  void UseRequest(const std::uint8_t* data, std::uint32_t bytes) noexcept {
    request_ = data;
    request_bytes_ = bytes;
  }

  // The control words themselves, for an operation that does not run in this call.
  std::uint8_t* words() const noexcept { return scratch_; }

  std::uint8_t* reply_region() const noexcept { return scratch_ + kReplyOffset; }
  // Leaves the size as the status; keeps a reply that did not fit until takeReply() fetches it. A size that
  // the status cannot tell is TooLarge.
  void Finish(Reply& reply) noexcept {
    if (reply.size() > Reply::kMostBytes) return Finish(Status::kTooLarge);
    SetWord(kStatus, static_cast<std::int32_t>(reply.size()));
    if (!reply.spilled()) return;
    std::free(spilled_);
    spilled_bytes_ = reply.size();
    spilled_ = reply.Release();
  }
  void Finish(Status status) noexcept { SetWord(kStatus, static_cast<std::int32_t>(status)); }
  std::uint8_t* spilled() const noexcept { return spilled_; }
  std::size_t spilled_bytes() const noexcept { return spilled_bytes_; }
  void FreeSpilled() noexcept {
    std::free(spilled_);
    spilled_ = nullptr;
    spilled_bytes_ = 0;
  }

  Process& process() const noexcept { return process_; }
  EpochSlot& slot() const noexcept { return *slot_; }
  OwnerId owner() const noexcept { return owner_; }
  // This thread's events. REQUIRES: bound().
  Mailbox& mailbox() const noexcept { return *mailbox_; }
  // The thread may hold fixations from here on.
  void NoteFixation() noexcept { has_fixed_ = true; }

  // The entry of a table, from the last few that this thread used where possible. REQUIRES: inside a Pin.
  TableEntry* FindTable(TableId id) noexcept {
    const std::uint64_t drops = process_.registry.drops();
    // The last one apart: the processor guesses that it is this one and need not wait for `id`.
    if (last_.id == id && last_.drops == drops) [[likely]]
      return last_.entry;
    KnownTable& known = known_[id % kKnownTables];
    if (known.entry == nullptr || known.id != id || known.drops != drops)
      known = {process_.registry.Find(id), drops, id};
    if (known.entry != nullptr) last_ = known;
    return known.entry;
  }

  // Every now and then frees what was retired: not on each call, because asking costs a system call.
  void CollectSometimes() noexcept {
    if (++calls_since_collect_ < kCollectEvery || process_.epochs.pending() == 0) return;
    Collect();
  }
  void Collect() noexcept {
    calls_since_collect_ = 0;
    process_.epochs.Collect();
  }

  // Takes over `lock`. Its number; -1 when memory is short.
  std::int32_t AddOpeningLock(OpeningLock* lock) noexcept {
    std::uint32_t number = 0;
    while (number < openings_.size() && openings_[number] != nullptr) ++number;
    if (number == openings_.size() && !openings_.Push(nullptr)) {
      delete lock;
      return -1;
    }
    openings_[number] = lock;
    return static_cast<std::int32_t>(number);
  }
  OpeningLock* FindOpeningLock(std::int32_t number) noexcept {
    const auto place = static_cast<std::uint32_t>(number);
    return place < openings_.size() ? openings_[place] : nullptr;
  }
  // REQUIRES: FindOpeningLock() finds it.
  void CloseOpeningLock(std::int32_t number) noexcept {
    delete openings_[static_cast<std::uint32_t>(number)];
    openings_[static_cast<std::uint32_t>(number)] = nullptr;
  }

  // The environment ends: its tables go to their heirs or are dropped, nothing of it stays in the store.
  void Detach() noexcept {
    if (slot_ == nullptr) return;
    for (OpeningLock* lock : openings_) delete lock;
    openings_.Truncate(0);
    if (has_fixed_) {
      const Pin pin(process_.epochs, *slot_);
      process_.registry.ReleaseFixations(owner_);
    }
    if (bound()) process_.registry.Leave(owner_);
    mailbox_ = nullptr;
    process_.epochs.Detach(slot_);
    slot_ = nullptr;
    process_.epochs.Collect();
  }

 private:
  static constexpr std::uint32_t kCollectEvery = 1024;
  static constexpr std::uint32_t kKnownTables = 8;

  struct KnownTable {
    TableEntry* entry = nullptr;
    std::uint64_t drops = 0;
    TableId id = 0;
  };

  KnownTable last_;  // id 0: none
  Process& process_;
  EpochSlot* slot_;
  OwnerId owner_ = 0;
  bool external_buffers_ = false;
  Mailbox* mailbox_ = nullptr;
  std::uint8_t* scratch_ = nullptr;        // kept alive by JavaScript's reference in the instance data
  const std::uint8_t* request_ = nullptr;  // null: the scratch buffer's request region
  std::uint32_t request_bytes_ = 0;
  std::uint8_t* spilled_ = nullptr;
  std::size_t spilled_bytes_ = 0;
  std::uint32_t calls_since_collect_ = 0;
  bool has_fixed_ = false;
  PodArray<OpeningLock*> openings_;  // null: a free place
  KnownTable known_[kKnownTables];
};

}  // namespace termstore::binding
