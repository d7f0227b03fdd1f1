#include "core/registry/registry.h"

#include <algorithm>
#include <new>
#include <utility>

#include "core/memory/pages.h"
#include "core/table/compressed_table.h"
#include "core/table/hash_table.h"
#include "core/table/ordered_table.h"

namespace termstore {
namespace {

// Words by which readers tell changed rows from others: with more of them a change makes fewer readers forget
// rows that are as they were. An ordered table has no use for more than one.
std::uint32_t VersionBits(const TableTraits& traits) noexcept {
  if (traits.type == TableType::kOrderedSet) return VersionWords::kLeastBits;
  const bool many = traits.read_concurrency || traits.write_concurrency != WriteConcurrency::kOff;
  return many ? VersionWords::kMostBits : 8;
}

void DeleteEntry(void* entry, std::size_t) noexcept { delete static_cast<TableEntry*>(entry); }

}  // namespace

Registry::Registry(Epochs& epochs, const HashSecret& secret, VersionWords& version_words) noexcept
    : epochs_(epochs), secret_(secret), version_words_(version_words) {
  // Eight megabytes of address space; a page of it becomes memory when a table number first needs it.
  pages_ = static_cast<std::atomic<Page*>*>(AllocatePages(sizeof(std::atomic<Page*>) * kPages));
}

Registry::~Registry() {
  VisitAll([](TableEntry& entry) { delete &entry; });
  for (std::uint64_t page = 0; pages_ != nullptr && page <= next_id_ / kPageTables && page < kPages; ++page)
    delete pages_[page].load(std::memory_order_relaxed);
  while (Owner* const owner = owners_) {
    owners_ = owner->next;
    delete owner;
  }
  FreePages(pages_, sizeof(std::atomic<Page*>) * kPages);
}

std::unique_ptr<Table> Registry::MakeTable(const TableTraits& traits) noexcept {
  if (!traits.compressed) return MakePlainTable(traits);
  Compressor& compressor = *compressor_.load(std::memory_order_acquire);  // pairs with OfferCompressor()
  return CompressedTable::Of(traits, epochs_, compressor,
                             [this](const TableTraits& packed) { return MakePlainTable(packed); });
}

std::unique_ptr<Table> Registry::MakePlainTable(const TableTraits& traits) noexcept {
  switch (traits.type) {
    case TableType::kSet:
    case TableType::kBag:
    case TableType::kDuplicateBag:
      return HashTable::Make(traits, epochs_, secret_);
    case TableType::kOrderedSet:
      return MakeOrderedTable(traits, epochs_);
  }
  return nullptr;
}

Status Registry::Publish(std::unique_ptr<TableEntry> entry, Heir& heir, TableId* id) noexcept {
  LockGuard guard(tables_lock_, LockLevel::kTables);
  if (next_id_ > ~TableId{0}) return Status::kLimit;
  const auto number = static_cast<TableId>(next_id_);
  std::atomic<Page*>& place = pages_[number / kPageTables];
  Page* page = place.load(std::memory_order_relaxed);
  if (page == nullptr) {
    page = new (std::nothrow) Page;
    if (page == nullptr) return Status::kNoMemory;
    place.store(page, std::memory_order_release);  // pairs with the acquire in Find()
  }
  Owner* const owner = OwnerOrNew(entry->owner.load(std::memory_order_relaxed));
  if (owner == nullptr) return Status::kNoMemory;
  if (IsAlive(heir.thread)) entry->heir = std::move(heir);
  ++next_id_;
  ++page->live;
  entry->id = number;
  Link(*owner, *entry);
  count_.fetch_add(1, std::memory_order_relaxed);
  *id = number;
  page->entries[number % kPageTables].store(entry.release(), std::memory_order_release);  // pairs with Find()
  return Status::kOk;
}

Status Registry::Create(NewTable&& options, TableId* id) noexcept {
  if (options.traits.compressed && compressor_.load(std::memory_order_relaxed) == nullptr)
    return Status::kNoCompressor;
  std::unique_ptr<TableEntry> entry(new (std::nothrow) TableEntry);
  if (!entry) return Status::kNoMemory;
  entry->owner.store(options.owner, std::memory_order_relaxed);
  entry->access.store(options.access, std::memory_order_relaxed);
  entry->named = options.named;
  if (!entry->name.Set(options.name, secret_)) return Status::kNoMemory;
  if (options.note && !entry->note.Set(options.note, secret_)) return Status::kNoMemory;
  entry->table = MakeTable(options.traits);
  if (!entry->table) return Status::kNoMemory;
  entry->table->versions().Offer(version_words_, VersionBits(options.traits));

  if (!options.named) return Publish(std::move(entry), options.heir, id);
  LockGuard guard(names_lock_, LockLevel::kNames);
  TableEntry* const named = entry.get();
  if (names_.Find(named->name.bytes(), named->name.hash()) != nullptr) return Status::kExists;
  if (!names_.MakeRoom()) return Status::kNoMemory;
  const Status status = Publish(std::move(entry), options.heir, id);
  if (status == Status::kOk) names_.Add(named);
  return status;
}

TableId Registry::Whereis(Bytes name) noexcept {
  const std::uint64_t hash = HashBytes(name, secret_);
  LockGuard guard(names_lock_, LockLevel::kNames);
  const TableEntry* entry = names_.Find(name, hash);
  return entry == nullptr ? 0 : entry->id;
}

TableEntry* Registry::Unpublish(TableId id) noexcept {
  LockGuard guard(tables_lock_, LockLevel::kTables);
  Page* page = pages_[id / kPageTables].load(std::memory_order_relaxed);
  if (page == nullptr) return nullptr;
  // seq_cst: before the exchange, and before whoever retires the entry begins a new epoch.
  drops_.fetch_add(1, std::memory_order_seq_cst);
  // acq_rel: pairs with the acquire in Find(); of two threads that drop one table, one gets it.
  TableEntry* entry = page->entries[id % kPageTables].exchange(nullptr, std::memory_order_acq_rel);
  if (entry == nullptr) return nullptr;
  const OwnerId owner = entry->owner.load(std::memory_order_relaxed);
  Unlink(*OwnerOf(owner), *entry);
  ForgetIfGone(owner);
  count_.fetch_sub(1, std::memory_order_relaxed);
  if (--page->live == 0) ReleasePage(id / kPageTables);
  return entry;
}

// A page that was filled once and is empty now is never used again, because numbers are not.
void Registry::ReleasePage(std::uint32_t number) noexcept {
  if (next_id_ < (std::uint64_t{number} + 1) * kPageTables) return;
  Page* page = pages_[number].exchange(nullptr, std::memory_order_acq_rel);
  epochs_.Retire(page, sizeof(Page), [](void* memory, std::size_t) { delete static_cast<Page*>(memory); });
}

Status Registry::Drop(TableId id) noexcept {
  LockGuard guard(names_lock_, LockLevel::kNames);
  TableEntry* entry = Unpublish(id);
  if (entry == nullptr) return Status::kNoTable;
  if (entry->named) names_.Remove(entry);
  entry->table->versions().Close();
  epochs_.Retire(entry, sizeof(TableEntry), DeleteEntry);
  return Status::kOk;
}

void Registry::ReleaseFixations(OwnerId owner) noexcept {
  VisitAll([&](TableEntry& entry) { entry.fixations.Release(*entry.table, owner); });
}

Status Registry::Rename(TableId id, Bytes name) noexcept {
  TableName fresh;  // the former name is freed after the unlock
  if (!fresh.Set(name, secret_)) return Status::kNoMemory;
  LockGuard guard(names_lock_, LockLevel::kNames);
  TableEntry* entry = Find(id);
  if (entry == nullptr) return Status::kNoTable;
  if (entry->named) {
    if (names_.Find(fresh.bytes(), fresh.hash()) != nullptr) return Status::kExists;
    names_.Remove(entry);
  }
  std::swap(entry->name, fresh);
  if (entry->named) names_.Add(entry);
  return Status::kOk;
}

Status Registry::Name(TableId id, Reply& reply) noexcept {
  LockGuard guard(names_lock_, LockLevel::kNames);
  const TableEntry* entry = Find(id);
  if (entry == nullptr) return Status::kNoTable;
  return reply.Append(entry->name.bytes()) ? Status::kOk : Status::kNoMemory;
}

bool Registry::All(PodArray<TableId>* ids) noexcept {
  LockGuard guard(tables_lock_, LockLevel::kTables);
  for (const Owner* owner = owners_; owner != nullptr; owner = owner->next) {
    for (const TableEntry* entry = owner->tables; entry != nullptr; entry = entry->next_owned) {
      if (!ids->Push(entry->id)) return false;
    }
  }
  std::sort(ids->begin(), ids->end());
  return true;
}

std::uint64_t Registry::NextId() noexcept {
  LockGuard guard(tables_lock_, LockLevel::kTables);
  return next_id_;
}

}  // namespace termstore
