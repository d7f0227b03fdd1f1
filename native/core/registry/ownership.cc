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

Registry::Owner* Registry::OwnerOf(OwnerId id) const noexcept {
  Owner* owner = owners_;
  while (owner != nullptr && owner->id != id) owner = owner->next;
  return owner;
}

Registry::Owner* Registry::OwnerOrNew(OwnerId id) noexcept {
  if (Owner* const known = OwnerOf(id); known != nullptr) return known;
  auto* owner = new (std::nothrow) Owner;
  if (owner == nullptr) return nullptr;
  owner->id = id;
  owner->next = owners_;
  owners_ = owner;
  return owner;
}

void Registry::ForgetIfGone(OwnerId id) noexcept {
  Owner** place = &owners_;
  while (*place != nullptr && (*place)->id != id) place = &(*place)->next;
  Owner* const owner = *place;
  if (owner == nullptr || owner->mailbox || owner->tables != nullptr) return;
  *place = owner->next;
  delete owner;
}

bool Registry::IsAlive(OwnerId id) const noexcept {
  const Owner* const owner = id == kNoOwner ? nullptr : OwnerOf(id);
  return owner != nullptr && owner->mailbox != nullptr;
}

void Registry::Link(Owner& owner, TableEntry& entry) noexcept {
  entry.previous_owned = nullptr;
  entry.next_owned = owner.tables;
  if (owner.tables != nullptr) owner.tables->previous_owned = &entry;
  owner.tables = &entry;
}

void Registry::Unlink(Owner& owner, TableEntry& entry) noexcept {
  (entry.previous_owned != nullptr ? entry.previous_owned->next_owned : owner.tables) = entry.next_owned;
  if (entry.next_owned != nullptr) entry.next_owned->previous_owned = entry.previous_owned;
}

Mailbox* Registry::Join(OwnerId id) noexcept {
  std::unique_ptr<Mailbox> fresh(new (std::nothrow) Mailbox);
  if (!fresh) return nullptr;
  LockGuard guard(tables_lock_, LockLevel::kTables);
  Owner* const owner = OwnerOrNew(id);
  if (owner == nullptr) return nullptr;
  ++owner->joins;
  if (!owner->mailbox) owner->mailbox = std::move(fresh);
  return owner->mailbox.get();
}

void Registry::Leave(OwnerId id) noexcept {
  std::unique_ptr<Mailbox> mailbox;  // freed after the unlock, with the events that nobody will take
  {
    LockGuard guard(tables_lock_, LockLevel::kTables);
    Owner* const owner = OwnerOf(id);
    if (owner == nullptr || (owner->joins > 0 && --owner->joins > 0)) return;
    mailbox = std::move(owner->mailbox);
    ForgetIfGone(id);
  }
  // One table at a time, found anew: others may drop them meanwhile, and the list needs no memory.
  for (;;) {
    TableId table = 0;
    EventPtr displaced;  // freed after the unlock
    {
      LockGuard guard(tables_lock_, LockLevel::kTables);
      const Owner* const owner = OwnerOf(id);
      if (owner == nullptr || owner->tables == nullptr) return;
      table = owner->tables->id;
      if (Inherit(*owner->tables, &displaced)) continue;
    }
    (void)Drop(table);  // kNoTable: somebody was faster
  }
}

void Registry::ClearWaker(OwnerId id, const void* context) noexcept {
  LockGuard guard(tables_lock_, LockLevel::kTables);
  if (IsAlive(id)) OwnerOf(id)->mailbox->ClearWaker(context);
}

TableEntry* Registry::EntryOf(TableId id) const noexcept {
  const Page* page = pages_[id / kPageTables].load(std::memory_order_relaxed);
  return page == nullptr ? nullptr : page->entries[id % kPageTables].load(std::memory_order_relaxed);
}

// Returns the event that `gift` displaced, to be freed after the unlock.
EventPtr Registry::MoveTo(TableEntry& entry, OwnerId to, EventPtr gift) noexcept {
  const OwnerId from = entry.owner.load(std::memory_order_relaxed);
  Owner& fresh = *OwnerOf(to);
  Unlink(*OwnerOf(from), entry);
  Link(fresh, entry);
  ForgetIfGone(from);
  entry.owner.store(to, std::memory_order_relaxed);
  entry.table->versions().RaiseAll();
  if (!gift) return nullptr;
  gift->table = entry.id;
  gift->from = from;
  return fresh.mailbox->Post(std::move(gift));
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
  for (const Owner* owner = owners_; owner != nullptr; owner = owner->next) {
    if (owner->mailbox) events += owner->mailbox->size();
  }
  return events;
}

}  // namespace termstore
