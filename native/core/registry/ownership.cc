// Who is alive, and how tables pass from one thread to another.
//
// Being alive, owning and getting events hang together under tables_lock_: a thread that leaves is first
// taken out of the living, so that nobody gives it anything any more, and then parts with what it owns. A
// table is never lost between two threads that end at the same moment, and an event never comes before its
// table.
#include <new>
#include <utility>

#include "core/registry/registry.h"

namespace termstore {

Mailbox* Registry::Join(OwnerId owner) noexcept {
  std::unique_ptr<Mailbox> fresh(new (std::nothrow) Mailbox);
  if (!fresh) return nullptr;
  LockGuard guard(tables_lock_, LockLevel::kTables);
  Owner& known = owners_[owner];
  ++known.joins;
  if (!known.mailbox) known.mailbox = std::move(fresh);
  return known.mailbox.get();
}

void Registry::Leave(OwnerId owner) noexcept {
  std::unique_ptr<Mailbox> mailbox;  // freed after the unlock, with the events that nobody will take
  {
    LockGuard guard(tables_lock_, LockLevel::kTables);
    const auto found = owners_.find(owner);
    if (found != owners_.end()) {
      if (--found->second.joins > 0) return;
      mailbox = std::move(found->second.mailbox);
      owners_.erase(found);
    }
  }
  // One table at a time, found anew: others may drop them meanwhile, and the list needs no memory.
  for (;;) {
    TableId id = 0;
    EventPtr displaced;  // freed after the unlock
    {
      LockGuard guard(tables_lock_, LockLevel::kTables);
      const auto owned = owned_.find(owner);
      if (owned == owned_.end()) return;
      id = *owned->second.begin();
      if (Inherit(*EntryOf(id), &displaced)) continue;
    }
    (void)Drop(id);  // kNoTable: somebody was faster
  }
}

void Registry::ClearWaker(OwnerId owner, const void* context) noexcept {
  LockGuard guard(tables_lock_, LockLevel::kTables);
  const auto found = owners_.find(owner);
  if (found != owners_.end()) found->second.mailbox->ClearWaker(context);
}

TableEntry* Registry::EntryOf(TableId id) const noexcept {
  const Page* page = pages_[id / kPageTables].load(std::memory_order_relaxed);
  return page == nullptr ? nullptr : page->entries[id % kPageTables].load(std::memory_order_relaxed);
}

// Returns the event that `gift` displaced, to be freed after the unlock.
EventPtr Registry::MoveTo(TableEntry& entry, OwnerId to, EventPtr gift) noexcept {
  const OwnerId from = entry.owner.load(std::memory_order_relaxed);
  std::unordered_set<TableId>& left = owned_[from];  // stays where it is when owned_ grows
  owned_[to].insert(left.extract(entry.id));
  if (left.empty()) owned_.erase(from);
  entry.owner.store(to, std::memory_order_relaxed);
  entry.table->versions().RaiseAll();
  if (!gift) return nullptr;
  gift->table = entry.id;
  gift->from = from;
  return owners_[to].mailbox->Post(std::move(gift));
}

// False when there is no heir that lives.
bool Registry::Inherit(TableEntry& entry, EventPtr* displaced) noexcept {
  Heir& heir = entry.heir;
  if (!IsAlive(heir.thread)) return false;
  // The heir stays, for the case that it gives the table away: then it is told again, memory permitting.
  EventPtr gift = std::move(heir.gift);
  if (gift) heir.gift = MakeEvent(gift->data());
  *displaced = MoveTo(entry, heir.thread, std::move(gift));
  return true;
}

Status Registry::OwnedEntry(TableId id, OwnerId caller, TableEntry** entry) const noexcept {
  *entry = EntryOf(id);
  return *entry == nullptr ? Status::kNoTable : (*entry)->Check(caller, Right::kOwner);
}

Status Registry::GiveAway(TableId id, OwnerId caller, OwnerId to, EventPtr gift) noexcept {
  EventPtr displaced;  // freed after the unlock
  LockGuard guard(tables_lock_, LockLevel::kTables);
  TableEntry* entry = nullptr;
  if (const Status status = OwnedEntry(id, caller, &entry); status != Status::kOk) return status;
  if (to == caller) return Status::kOwner;
  if (!IsAlive(to)) return Status::kBadArg;
  displaced = MoveTo(*entry, to, std::move(gift));
  return Status::kOk;
}

Status Registry::SetOptions(TableId id, OwnerId caller, NewOptions&& options) noexcept {
  Heir former;  // freed after the unlock
  LockGuard guard(tables_lock_, LockLevel::kTables);
  TableEntry* entry = nullptr;
  if (const Status status = OwnedEntry(id, caller, &entry); status != Status::kOk) return status;
  if (options.set_access) {
    entry->access.store(options.access, std::memory_order_relaxed);
    entry->table->versions().RaiseAll();
  }
  if (options.set_heir) {
    const bool alive = IsAlive(options.heir.thread);
    former = std::exchange(entry->heir, alive ? std::move(options.heir) : Heir{});
  }
  return Status::kOk;
}

Status Registry::Describe(TableId id, Ownership* ownership) noexcept {
  LockGuard guard(tables_lock_, LockLevel::kTables);
  const TableEntry* entry = EntryOf(id);
  if (entry == nullptr) return Status::kNoTable;
  ownership->owner = entry->owner.load(std::memory_order_relaxed);
  ownership->heir = entry->heir.thread;
  ownership->gift_bytes = entry->heir.gift ? entry->heir.gift->bytes() : 0;
  return Status::kOk;
}

std::uint64_t Registry::Events() noexcept {
  LockGuard guard(tables_lock_, LockLevel::kTables);
  std::uint64_t events = 0;
  for (const auto& owner : owners_) events += owner.second.mailbox->size();
  return events;
}

}  // namespace termstore
