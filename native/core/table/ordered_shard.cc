#include "core/table/ordered_shard.h"

#include <new>
#include <utility>

namespace termstore {

Fence* Fence::Make(Bytes key) noexcept {
  auto* fence = static_cast<Fence*>(TryAllocate(sizeof(Fence) + key.size));
  if (fence == nullptr) return nullptr;
  fence->head = OrderHead(key);
  fence->size = key.size;
  if (key.size > 0) std::memcpy(fence + 1, key.data, key.size);
  return fence;
}

Shard* Shard::Make(Fence* low, std::unique_ptr<ShardBody> rows) noexcept {
  auto* shard = new (std::nothrow) Shard(low, rows.get());
  if (shard == nullptr) return nullptr;
  (void)rows.release();
  shard->Publish();
  return shard;
}

void Shard::Delete(void* shard, std::size_t) noexcept { delete static_cast<Shard*>(shard); }

Shard::~Shard() {
  delete body_.load(std::memory_order_relaxed);
  std::free(low);
}

Directory* Directory::Make(std::uint32_t count) noexcept {
  void* memory = TryAllocate(BytesFor(count));
  if (memory == nullptr) return nullptr;
  // The analyser supposes that BytesFor() may be 0.
  return new (memory) Directory(count);  // NOLINT(clang-analyzer-cplusplus.PlacementNew)
}

void Directory::DeleteWithShards(void* directory, std::size_t) noexcept {
  const auto& shards = *static_cast<Directory*>(directory);
  for (std::uint32_t i = 0; i < shards.count(); ++i) delete shards[i];
  std::free(directory);
}

}  // namespace termstore
