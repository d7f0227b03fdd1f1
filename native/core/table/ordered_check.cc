// What an ordered table tells about itself.
#include "core/table/ordered_table.h"

namespace termstore {

OrderedStats OrderedTable::Stats() const noexcept {
  OrderedStats stats;
  stats.splits = splits_.load(std::memory_order_relaxed);
  stats.contended_splits = contended_splits_.load(std::memory_order_relaxed);
  stats.joins = joins_.load(std::memory_order_relaxed);
  stats.compactions = compactions_.load(std::memory_order_relaxed);
  stats.retries = retries_.load(std::memory_order_relaxed);
  stats.shards = CurrentDirectory()->count();
  return stats;
}

Status OrderedTable::Describe(Reply& reply) noexcept {
  const Directory& directory = *CurrentDirectory();
  double leaves = 0;
  for (std::uint32_t i = 0; i < directory.count(); ++i) {
    const HeldShard held(directory[i]);
    if (held->alive) leaves += held.body().leaf_count();
  }
  const auto append = [&](const std::atomic<std::uint64_t>& count) {
    return AppendNumber(reply, static_cast<double>(count.load(std::memory_order_relaxed)));
  };
  const bool fits = AppendNumber(reply, directory.count()) && AppendNumber(reply, leaves) && append(waits_) &&
                    append(splits_) && append(contended_splits_) && append(joins_);
  return fits ? Status::kOk : Status::kNoMemory;
}

const char* OrderedTable::Check() noexcept {
  const LockGuard guard(directory_lock_, LockLevel::kDirectory);
  const Directory& directory = *CurrentDirectory();
  for (std::uint32_t i = 0; i < directory.count(); ++i) {
    const HeldShard held(directory[i]);
    const Shard& shard = *held;
    const ShardBody& body = shard.body();
    if (!shard.alive) return "shards of the directory are alive";
    if ((i == 0) != (shard.low == nullptr)) return "only the first shard has no lower bound";
    const Fence* next = i + 1 < directory.count() ? directory[i + 1]->low : nullptr;
    if (shard.high != next) return "a shard ends where the next one begins";
    if (const char* problem = body.Check()) return problem;
    if (shard.rows.load(std::memory_order_relaxed) != body.rows()) return "rows are published";
    const std::size_t memory =
        sizeof(Shard) + (shard.low == nullptr ? 0 : shard.low->memory()) + body.memory();
    if (shard.memory.load(std::memory_order_relaxed) != memory) return "memory is published";
    if (body.rows() == 0) continue;
    if (shard.low != nullptr && CompareTerms(body.Key(body.begin()), shard.low->key()) < 0) {
      return "no key is below its shard's lower bound";
    }
    if (next != nullptr && CompareTerms(body.Key(body.Previous(body.end())), next->key()) >= 0) {
      return "every key is below the next shard's lower bound";
    }
  }
  return nullptr;
}

}  // namespace termstore
