#include "core/registry/name_map.h"

#include <cstdlib>
#include <new>

#include "core/registry/registry.h"

namespace termstore {
namespace {

constexpr std::size_t kFirstBuckets = 64;

}  // namespace

bool TableName::Set(Bytes name, const HashSecret& secret) noexcept {
  bytes_.reset(new (std::nothrow) std::uint8_t[name.size + 1]);
  if (!bytes_) return false;
  if (name.size > 0) std::memcpy(bytes_.get(), name.data, name.size);
  size_ = name.size;
  hash_ = HashBytes(name, secret);
  return true;
}

NameMap::~NameMap() { std::free(buckets_); }

TableEntry* NameMap::Find(Bytes name, std::uint64_t hash) const noexcept {
  if (count_ == 0) return nullptr;
  TableEntry* entry = *Bucket(hash);
  while (entry != nullptr && (entry->name.hash() != hash || !SameBytes(entry->name.bytes(), name)))
    entry = entry->next_named;
  return entry;
}

bool NameMap::MakeRoom() noexcept {
  if (size_ < count_) return true;
  const std::size_t wanted = count_ == 0 ? kFirstBuckets : 2 * count_;
  auto** fresh = static_cast<TableEntry**>(std::calloc(wanted, sizeof(TableEntry*)));
  if (fresh == nullptr) return count_ > 0;  // chains get longer
  for (std::size_t i = 0; i < count_; ++i) {
    while (TableEntry* const entry = buckets_[i]) {
      buckets_[i] = entry->next_named;
      TableEntry*& bucket = fresh[entry->name.hash() & (wanted - 1)];
      entry->next_named = bucket;
      bucket = entry;
    }
  }
  std::free(buckets_);
  buckets_ = fresh;
  count_ = wanted;
  return true;
}

void NameMap::Add(TableEntry* entry) noexcept {
  TableEntry** const bucket = Bucket(entry->name.hash());
  entry->next_named = *bucket;
  *bucket = entry;
  ++size_;
}

void NameMap::Remove(TableEntry* entry) noexcept {
  TableEntry** place = Bucket(entry->name.hash());
  while (*place != entry) place = &(*place)->next_named;
  *place = entry->next_named;
  entry->next_named = nullptr;
  --size_;
}

}  // namespace termstore
