// Tables by their names. A container of the standard library would end the process when memory is short, and
// hash names without a secret.
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/bytes.h"
#include "core/term/hash.h"

namespace termstore {

struct TableEntry;

// A table's name and its hash. Owns the bytes.
class TableName {
 public:
  TableName() = default;
  // False when memory is short.
  bool Set(Bytes name, const HashSecret& secret) noexcept;

  Bytes bytes() const noexcept { return {bytes_.get(), size_}; }
  std::uint64_t hash() const noexcept { return hash_; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
  std::uint64_t hash_ = 0;
};

// Links entries through their `next_named`; owns none. Guarded by Registry::names_lock_.
class NameMap {
 public:
  NameMap() = default;
  ~NameMap();
  NameMap(const NameMap&) = delete;
  NameMap& operator=(const NameMap&) = delete;

  // Null when no entry has this name.
  TableEntry* Find(Bytes name, std::uint64_t hash) const noexcept;
  // Room for one more entry; false when memory is short. More buckets are made when they can be.
  bool MakeRoom() noexcept;
  // REQUIRES: MakeRoom() since the last Add(), or a Remove(); no entry has this name.
  void Add(TableEntry* entry) noexcept;
  // REQUIRES: the entry was added.
  void Remove(TableEntry* entry) noexcept;

 private:
  TableEntry** Bucket(std::uint64_t hash) const noexcept { return &buckets_[hash & (count_ - 1)]; }

  TableEntry** buckets_ = nullptr;
  std::size_t count_ = 0;  // 0 or a power of two
  std::size_t size_ = 0;
};

}  // namespace termstore
