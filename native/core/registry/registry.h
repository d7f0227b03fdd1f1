// Which tables exist, what they are called, who owns them and who may touch them.
#pragma once

#include <atomic>
#include <memory>

#include "core/memory/pod_array.h"
#include "core/registry/fixations.h"
#include "core/registry/mailbox.h"
#include "core/registry/name_map.h"
#include "core/table/table.h"
#include "core/term/hash.h"

namespace termstore {

inline constexpr OwnerId kNoOwner = ~OwnerId{0};

enum class Access : std::uint8_t { kPublic = 0, kProtected = 1, kPrivate = 2 };
enum class Right : std::uint8_t { kInfo, kRead, kWrite, kOwner };

// Who gets a table when its owner ends.
struct Heir {
  OwnerId thread = kNoOwner;
  EventPtr gift;  // the event that is sent then; null: the heir is not told
};

// One table as the registry knows it. Lives until no thread can see it any more (Epochs).
struct TableEntry {
  TableId id = 0;
  std::atomic<OwnerId> owner{0};
  std::atomic<Access> access{Access::kProtected};
  bool named = false;
  std::unique_ptr<Table> table;
  Fixations fixations;
  // What whoever made the table tells every thread that opens it; constant, and nothing to the core.
  TableName note;
  // Guarded by Registry::names_lock_.
  TableName name;
  TableEntry* next_named = nullptr;  // of the same bucket of Registry::names_
  // Guarded by Registry::tables_lock_.
  Heir heir;
  TableEntry* next_owned = nullptr;  // of the same owner
  TableEntry* previous_owned = nullptr;

  Status Check(OwnerId caller, Right right) const noexcept {
    if (right == Right::kInfo) return Status::kOk;
    if (right == Right::kOwner)
      return owner.load(std::memory_order_relaxed) == caller ? Status::kOk : Status::kNotOwner;
    const Access now = access.load(std::memory_order_relaxed);  // a race with setopts() may go either way
    const bool open = now == Access::kPublic || (now == Access::kProtected && right == Right::kRead);
    return open || owner.load(std::memory_order_relaxed) == caller ? Status::kOk : Status::kAccess;
  }
};

struct NewTable {
  TableTraits traits;
  Access access = Access::kProtected;
  bool named = false;
  Bytes name;
  Bytes note;
  OwnerId owner = 0;
  Heir heir;
};

// What SetOptions() changes.
struct NewOptions {
  bool set_access = false;
  Access access = Access::kProtected;
  bool set_heir = false;
  Heir heir;
};

// What only the registry knows of a table and any thread may ask.
struct Ownership {
  OwnerId owner = kNoOwner;
  OwnerId heir = kNoOwner;
  std::size_t gift_bytes = 0;  // memory of the event that waits for the heir
};

// Numbers of tables are never used twice, so a stale one can be refused but never reaches another table.
class Registry {
 public:
  static constexpr std::uint32_t kPageTables = 4096;
  static constexpr std::uint32_t kPages = 1u << 20;

  Registry(Epochs& epochs, const HashSecret& secret, VersionWords& version_words) noexcept;
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // False when there was no memory for the registry itself: then it must not be used.
  bool ready() const noexcept { return pages_ != nullptr; }

  // What compressed tables compress with; the first offer counts, and must live as long as the registry.
  void OfferCompressor(Compressor* compressor) noexcept {
    Compressor* none = nullptr;
    // acq_rel: pairs with the acquire in MakeTable().
    compressor_.compare_exchange_strong(none, compressor, std::memory_order_acq_rel);
  }

  // kOk with `id`; kExists, kNoMemory, kLimit, kNoCompressor. An heir that is not alive is none.
  Status Create(NewTable&& options, TableId* id) noexcept;

  // The table with this number; null when there is none. REQUIRES: inside a Pin, which keeps the entry.
  // Cost: two loads, no lock.
  TableEntry* Find(TableId id) const noexcept {
    const Page* page = pages_[id / kPageTables].load(std::memory_order_acquire);  // pairs with Create()
    return page == nullptr ? nullptr : page->entries[id % kPageTables].load(std::memory_order_acquire);
  }

  // The number under a name; 0 when there is none.
  TableId Whereis(Bytes name) noexcept;

  // Name and table are gone for everybody when it returns; memory follows when no thread reads it any more.
  // kOk or kNoTable. REQUIRES: inside a Pin; the caller's rights are settled.
  Status Drop(TableId id) noexcept;
  // Atomic against Whereis(): the table has one of the two names at any time. kOk, kNoTable, kExists,
  // kNoMemory.
  Status Rename(TableId id, Bytes name) noexcept;

  // --- Threads and what they own (ownership.cc) ---

  // The thread is alive from here on: it can be given tables. Its mailbox, which lives until Leave(); null
  // when memory is short. Each of several calls for one thread (copies of the library) wants a Leave() of its
  // own.
  Mailbox* Join(OwnerId owner) noexcept;
  // The thread ends: its tables go to their heirs, with an event, or are dropped, one by one. Needs no memory
  // but for a second heir's event, and runs no foreign code but wakers of other threads.
  void Leave(OwnerId owner) noexcept;
  // Releases every fixation of a thread that ends. REQUIRES: inside a Pin. Cost: that of VisitAll().
  void ReleaseFixations(OwnerId owner) noexcept;
  // The thread's mailbox forgets this waker (Mailbox::ClearWaker), if there still is a mailbox.
  void ClearWaker(OwnerId owner, const void* context) noexcept;

  // Makes `to` the owner, then sends it `gift`. kOk, kNoTable, kNotOwner, kOwner (it is already), kBadArg (it
  // is not alive).
  Status GiveAway(TableId id, OwnerId caller, OwnerId to, EventPtr gift) noexcept;
  // kOk, kNoTable, kNotOwner. An heir that is not alive is none.
  Status SetOptions(TableId id, OwnerId caller, NewOptions&& options) noexcept;
  // kOk or kNoTable.
  Status Describe(TableId id, Ownership* ownership) noexcept;
  // Events that wait, over all threads.
  std::uint64_t Events() noexcept;

  // The table's present name, appended to `reply`.
  Status Name(TableId id, Reply& reply) noexcept;
  // Numbers of all tables, ascending. False when memory is short.
  bool All(PodArray<TableId>* ids) noexcept;
  // Every table that is there all the while, in the order of their numbers; needs no memory and no lock.
  // REQUIRES: inside a Pin. Cost: one step for each number in use and its neighbours.
  template <typename See>
  void VisitAll(See see) noexcept {
    const std::uint64_t end = NextId();
    for (std::uint64_t first = 0; first < end && pages_ != nullptr; first += kPageTables) {
      // Pairs with Create(). The page stays as long as the pin.
      const Page* page = pages_[first / kPageTables].load(std::memory_order_acquire);
      for (std::uint32_t i = 0; page != nullptr && i < kPageTables; ++i) {
        TableEntry* const entry = page->entries[i].load(std::memory_order_acquire);
        if (entry != nullptr) see(*entry);
      }
    }
  }

  // Rises before any table is taken away. Who remembers an entry together with this number may use it inside
  // a later Pin as long as the number is the same: the entry cannot have been retired before that pin.
  std::uint64_t drops() const noexcept {
    return drops_.load(std::memory_order_acquire);
  }  // pairs with Unpublish()

  std::uint64_t size() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  struct Page {
    std::atomic<TableEntry*> entries[kPageTables] = {};
    std::uint32_t live = 0;  // guarded by tables_lock_
  };

  std::unique_ptr<Table> MakeTable(const TableTraits& traits) noexcept;
  std::unique_ptr<Table> MakePlainTable(const TableTraits& traits) noexcept;
  Status Publish(std::unique_ptr<TableEntry> entry, Heir& heir, TableId* id) noexcept;
  TableEntry* Unpublish(TableId id) noexcept;
  void ReleasePage(std::uint32_t number) noexcept;

  // A thread that is alive or owns tables.
  struct Owner {
    OwnerId id = 0;
    std::uint32_t joins = 0;
    std::unique_ptr<Mailbox> mailbox;  // null: not alive
    TableEntry* tables = nullptr;
    Owner* next = nullptr;
  };
  std::uint64_t NextId() noexcept;
  // REQUIRES, as all that follow: tables_lock_ is held.
  TableEntry* EntryOf(TableId id) const noexcept;
  // The entry of a table that `caller` owns. kOk, kNoTable, or what the check of rights says.
  Status OwnedEntry(TableId id, OwnerId caller, TableEntry** entry) const noexcept;
  // Null when there is none. Cost: one step per thread.
  Owner* OwnerOf(OwnerId owner) const noexcept;
  // The same, made when there is none: then null when memory is short.
  Owner* OwnerOrNew(OwnerId owner) noexcept;
  // Forgets a thread that neither lives nor owns anything.
  void ForgetIfGone(OwnerId owner) noexcept;
  bool IsAlive(OwnerId owner) const noexcept;
  static void Link(Owner& owner, TableEntry& entry) noexcept;
  static void Unlink(Owner& owner, TableEntry& entry) noexcept;
  EventPtr MoveTo(TableEntry& entry, OwnerId to, EventPtr gift) noexcept;
  bool Inherit(TableEntry& entry, EventPtr* displaced) noexcept;

  Epochs& epochs_;
  const HashSecret& secret_;
  VersionWords& version_words_;
  std::atomic<Compressor*> compressor_{nullptr};

  // Lock order: names_lock_ before tables_lock_ (docs/concurrency.md, L1 and L2).
  Lock names_lock_;
  NameMap names_;  // guarded by names_lock_

  Lock tables_lock_;
  Owner* owners_ = nullptr;              // guarded by tables_lock_
  std::uint64_t next_id_ = 1;            // guarded by tables_lock_
  std::atomic<Page*>* pages_ = nullptr;  // kPages entries; written under tables_lock_, read without
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> drops_{0};
};

}  // namespace termstore
