#include "core/persistent/term_map.h"

#include <new>

namespace termstore {

TermMap::~TermMap() {
  for (std::size_t i = 0; i < bucket_count_; ++i) {
    for (Entry* entry = buckets_[i]; entry != nullptr;) {
      Entry* const next = entry->next;
      std::free(entry);
      entry = next;
    }
  }
}

TermMap::Entry* TermMap::Find(Bytes key, std::uint64_t hash) const noexcept {
  if (bucket_count_ == 0) return nullptr;
  Entry* entry = buckets_[hash & (bucket_count_ - 1)];
  while (entry != nullptr && (entry->hash != hash || !SameBytes(entry->key(), key))) entry = entry->next;
  return entry;
}

bool TermMap::Grow() noexcept {
  const std::size_t count = bucket_count_ == 0 ? kFirstBuckets : 2 * bucket_count_;
  std::unique_ptr<Entry*[]> fresh(new (std::nothrow) Entry*[count]());
  if (!fresh) return bucket_count_ > 0;
  for (std::size_t i = 0; i < bucket_count_; ++i) {
    for (Entry* entry = buckets_[i]; entry != nullptr;) {
      Entry* const next = entry->next;
      Entry*& bucket = fresh[entry->hash & (count - 1)];
      entry->next = bucket;
      bucket = entry;
      entry = next;
    }
  }
  buckets_ = std::move(fresh);
  bucket_count_ = count;
  return true;
}

TermMap::Entry* TermMap::Add(Bytes key, std::uint64_t hash) noexcept {
  if (size_ >= bucket_count_ && !Grow()) return nullptr;
  void* memory = std::malloc(sizeof(Entry) + key.size);
  if (memory == nullptr) return nullptr;
  Entry*& bucket = buckets_[hash & (bucket_count_ - 1)];
  auto* entry = new (memory) Entry{bucket, hash, nullptr, 0, static_cast<std::uint32_t>(key.size)};
  std::memcpy(entry + 1, key.data, key.size);
  bucket = entry;
  ++size_;
  return entry;
}

void TermMap::Remove(Entry* entry) noexcept {
  Entry** place = &buckets_[entry->hash & (bucket_count_ - 1)];
  while (*place != entry) place = &(*place)->next;
  *place = entry->next;
  entry->next = nullptr;
  --size_;
}

}  // namespace termstore
