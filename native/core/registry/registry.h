// Which tables exist, what they are called, who owns them and who may touch them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/table/table.h"
#include "core/term/hash.h"

namespace termstore {

using TableId = std::uint32_t;
using OwnerId = std::uint32_t;

enum class Access : std::uint8_t { kPublic = 0, kProtected = 1, kPrivate = 2 };
enum class Right : std::uint8_t { kInfo, kRead, kWrite };

// One table as the registry knows it. Lives until no thread can see it any more (Epochs).
struct TableEntry {
  TableId id = 0;
  std::atomic<OwnerId> owner{0};
  std::atomic<Access> access{Access::kProtected};
  bool named = false;
  std::unique_ptr<Table> table;
  std::string name;  // guarded by Registry::names_lock_

  Status Check(OwnerId caller, Right right) const noexcept {
    if (right == Right::kInfo) return Status::kOk;
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
  OwnerId owner = 0;
};

// Numbers of tables are never used twice, so a stale one can be refused but never reaches another table.
class Registry {
 public:
  static constexpr std::uint32_t kPageTables = 4096;
  static constexpr std::uint32_t kPages = 1u << 20;

  Registry(Epochs& epochs, const HashSecret& secret) noexcept;
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // kOk with `id`; kExists, kNoMemory, kLimit.
  Status Create(const NewTable& options, TableId* id) noexcept;

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
  // Atomic against Whereis(): the table has one of the two names at any time. kOk, kNoTable, kExists.
  Status Rename(TableId id, Bytes name) noexcept;
  // Drops every table of a thread that ends.
  void DropOwned(OwnerId owner) noexcept;

  // The table's present name, appended to `reply`.
  Status Name(TableId id, Reply& reply) noexcept;
  // Numbers of all tables, ascending.
  std::vector<TableId> All() noexcept;

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
  Status Publish(std::unique_ptr<TableEntry> entry, TableId* id) noexcept;
  TableEntry* Unpublish(TableId id) noexcept;
  void ReleasePage(std::uint32_t number) noexcept;

  Epochs& epochs_;
  const HashSecret& secret_;

  // Lock order: names_lock_ before tables_lock_ (docs/concurrency.md, L1 and L2).
  Lock names_lock_;
  std::unordered_map<std::string, TableId> names_;  // guarded by names_lock_

  Lock tables_lock_;
  std::unordered_map<OwnerId, std::unordered_set<TableId>> owned_;  // guarded by tables_lock_
  std::uint64_t next_id_ = 1;                                       // guarded by tables_lock_
  std::atomic<Page*>* pages_ = nullptr;  // kPages entries; written under tables_lock_, read without
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> drops_{0};
};

}  // namespace termstore
