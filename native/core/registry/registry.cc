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

std::string ToString(Bytes bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

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
  for (const TableId id : All()) {
    delete pages_[id / kPageTables]
        .load(std::memory_order_relaxed)
        ->entries[id % kPageTables]
        .load(std::memory_order_relaxed);
  }
  for (std::uint64_t page = 0; page <= next_id_ / kPageTables && page < kPages; ++page)
    delete pages_[page].load(std::memory_order_relaxed);
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
  if (IsAlive(heir.thread)) entry->heir = std::move(heir);
  ++next_id_;
  ++page->live;
  entry->id = number;
  owned_[entry->owner.load(std::memory_order_relaxed)].insert(number);
  count_.fetch_add(1, std::memory_order_relaxed);
  *id = number;
  page->entries[number % kPageTables].store(entry.release(), std::memory_order_release);  // pairs with Find()
  return Status::kOk;
}

Status Registry::Create(NewTable&& options, TableId* id) noexcept {
  if (pages_ == nullptr) return Status::kNoMemory;
  if (options.traits.compressed && compressor_.load(std::memory_order_relaxed) == nullptr)
    return Status::kNoCompressor;
  std::unique_ptr<TableEntry> entry(new (std::nothrow) TableEntry);
  if (!entry) return Status::kNoMemory;
  entry->owner.store(options.owner, std::memory_order_relaxed);
  entry->access.store(options.access, std::memory_order_relaxed);
  entry->named = options.named;
  entry->name = ToString(options.name);
  entry->table = MakeTable(options.traits);
  if (!entry->table) return Status::kNoMemory;
  entry->table->versions().Offer(version_words_, VersionBits(options.traits));

  if (!options.named) return Publish(std::move(entry), options.heir, id);
  LockGuard guard(names_lock_, LockLevel::kNames);
  const std::string name = entry->name;
  if (names_.count(name) != 0) return Status::kExists;
  const Status status = Publish(std::move(entry), options.heir, id);
  if (status == Status::kOk) names_.emplace(name, *id);
  return status;
}

TableId Registry::Whereis(Bytes name) noexcept {
  const std::string key = ToString(name);
  LockGuard guard(names_lock_, LockLevel::kNames);
  const auto found = names_.find(key);
  return found == names_.end() ? 0 : found->second;
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
  const auto owned = owned_.find(entry->owner.load(std::memory_order_relaxed));
  if (owned != owned_.end()) {
    owned->second.erase(id);
    if (owned->second.empty()) owned_.erase(owned);
  }
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
  if (entry->named) names_.erase(entry->name);
  entry->table->versions().Close();
  epochs_.Retire(entry, sizeof(TableEntry), DeleteEntry);
  return Status::kOk;
}

void Registry::ReleaseFixations(OwnerId owner) noexcept {
  for (const TableId id : All()) {
    TableEntry* entry = Find(id);
    if (entry != nullptr) entry->fixations.Release(*entry->table, owner);
  }
}

Status Registry::Rename(TableId id, Bytes name) noexcept {
  const std::string fresh = ToString(name);
  LockGuard guard(names_lock_, LockLevel::kNames);
  TableEntry* entry = Find(id);
  if (entry == nullptr) return Status::kNoTable;
  if (entry->named) {
    if (!names_.emplace(fresh, id).second) return Status::kExists;
    names_.erase(entry->name);
  }
  entry->name = fresh;
  return Status::kOk;
}

Status Registry::Name(TableId id, Reply& reply) noexcept {
  LockGuard guard(names_lock_, LockLevel::kNames);
  const TableEntry* entry = Find(id);
  if (entry == nullptr) return Status::kNoTable;
  const Bytes name{reinterpret_cast<const std::uint8_t*>(entry->name.data()),
                   static_cast<std::uint32_t>(entry->name.size())};
  return reply.Append(name) ? Status::kOk : Status::kNoMemory;
}

std::vector<TableId> Registry::All() noexcept {
  std::vector<TableId> ids;
  LockGuard guard(tables_lock_, LockLevel::kTables);
  for (const auto& owned : owned_) ids.insert(ids.end(), owned.second.begin(), owned.second.end());
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace termstore
