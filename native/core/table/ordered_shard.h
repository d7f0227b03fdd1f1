// A shard: the rows of one interval of keys, with the lock that guards them; and the directory of all shards.
//
// READERS  Point reads look at a shard without its lock (ordered_glance.h). They load its version before and
//          after; whoever changes rows, or which keys the shard covers, does so between BeginWrite() and
//          EndWrite(), which make it odd and even again. Directories, shards, bodies and what is in them are
//          retired through Epochs.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/base/sabotage.h"
#include "core/memory/lock.h"
#include "core/table/ordered_body.h"
#include "core/table/ordered_cut.h"

namespace termstore {

// The lowest key a shard may hold. Immutable; in one block with its bytes.
struct Fence {
  std::uint64_t head;
  std::uint32_t size;

  Bytes key() const noexcept { return {reinterpret_cast<const std::uint8_t*>(this + 1), size}; }
  std::size_t memory() const noexcept { return sizeof(Fence) + size; }

  // Null when memory is short. Free with std::free.
  static Fence* Make(Bytes key) noexcept;
};

struct alignas(kCacheLineBytes) Shard {
  // Null when memory is short. `low` null: no lower bound; the shard owns it.
  static Shard* Make(Fence* low, std::unique_ptr<ShardBody> rows) noexcept;
  // For Epochs::Retire.
  static void Delete(void* shard, std::size_t) noexcept;
  ~Shard();

  // Immutable: readers without the lock look at it through the directory.
  Fence* const low;
  // Where the next shard begins, null for the last one. The fence is that shard's, and the shard can go away
  // only by joining this one under both locks, so it is always there for the holder of the lock.
  const Fence* high = nullptr;

 private:
  std::atomic<ShardBody*> body_;

 public:
  // Level kStripe. One thread holds several only while it holds the directory lock, and takes them in the
  // order of the directory; guards everything but `low`. On a line of its own, with what each write changes:
  // a search begins with the other one, and needs the version only to end.
  alignas(kCacheLineBytes) Lock lock;
  bool alive = true;
  // The waits for this shard's lock against the calm operations: high when it should split, low when it may
  // join.
  std::int32_t contention = 0;

  // Written under the lock, read without it; each stands for itself and orders nothing.
  std::atomic<std::uint64_t> rows{0};
  std::atomic<std::size_t> memory{0};

  // Whether the key just left of `route` is in this shard's interval. REQUIRES: `low` is left of `route`.
  bool Covers(const Cut& route) const noexcept {
    return alive && (high == nullptr || !route.HasOnLeft(high->head, high->key()));
  }
  bool IsAlone() const noexcept { return low == nullptr && high == nullptr; }

  // --- Readers without the lock, inside a Pin ---

  // acquire: pairs with the release in EndWrite(). Odd while somebody writes, and for ever in a dead shard.
  std::uint64_t Version() const noexcept { return version_.load(std::memory_order_acquire); }
  // Null in a dead shard whose body has gone to its neighbour.
  const ShardBody* PeekBody() const noexcept {
    return body_.load(std::memory_order_acquire);  // pairs with the release in ReplaceBody()
  }

  // --- REQUIRES: the lock is held ---

  const ShardBody& body() const noexcept { return *body_.load(std::memory_order_relaxed); }
  // To be called before anything changes; again as often as you like. Makes readers without the lock retry.
  ShardBody& BeginWrite() noexcept {
    const std::uint64_t version = version_.load(std::memory_order_relaxed);
    // The data stores that follow are releases, so none of them is visible before the odd version.
    if ((version & 1) == 0 && !IsBroken(Sabotage::kVersion))
      version_.store(version + 1, std::memory_order_relaxed);
    return *body_.load(std::memory_order_relaxed);
  }
  // Before the unlock, whether or not something was written.
  void EndWrite() noexcept {
    const std::uint64_t version = version_.load(std::memory_order_relaxed);
    // release: pairs with the acquire in Version().
    if ((version & 1) != 0 && alive) version_.store(version + 1, std::memory_order_release);
  }
  // Returns the former body, which the caller retires when no reader finds it any more. REQUIRES:
  // BeginWrite().
  [[nodiscard]] ShardBody* ReplaceBody(ShardBody* fresh) noexcept {
    ShardBody* const old = body_.load(std::memory_order_relaxed);
    body_.store(fresh, std::memory_order_release);  // pairs with PeekBody()
    return old;
  }
  // After every change, before the unlock.
  void Publish() noexcept {
    rows.store(body().rows(), std::memory_order_relaxed);
    memory.store(sizeof(Shard) + (low == nullptr ? 0 : low->memory()) + body().memory(),
                 std::memory_order_relaxed);
  }

 private:
  Shard(Fence* low_fence, ShardBody* rows_body) noexcept : low(low_fence), body_(rows_body) {}

  std::atomic<std::uint64_t> version_{0};
};
static_assert(sizeof(Shard) == 2 * kCacheLineBytes);

// All shards in ascending order. Immutable once published.
class Directory {
 public:
  // With room for `count` shards, to be filled by Set(); null when memory is short.
  static Directory* Make(std::uint32_t count) noexcept;
  // For Epochs::Retire.
  static void Delete(void* directory, std::size_t) noexcept { std::free(directory); }
  // Likewise, when all of its shards go with it: one piece, because there may be more of them than notes.
  static void DeleteWithShards(void* directory, std::size_t) noexcept;

  void Set(std::uint32_t i, Shard* shard) noexcept {
    heads()[i] = shard->low == nullptr ? 0 : shard->low->head;
    shards()[i] = shard;
  }

  // Shards [first, first + count) of `from` become those from `to` on. No shard is touched: in a large table
  // all of them together are far more than the processor's caches hold.
  void Copy(std::uint32_t to, const Directory& from, std::uint32_t first, std::uint32_t count) noexcept {
    std::memcpy(heads() + to, from.heads() + first, count * sizeof(std::uint64_t));
    std::memcpy(shards() + to, from.shards() + first, count * sizeof(Shard*));
  }

  std::uint32_t count() const noexcept { return count_; }
  Shard* operator[](std::uint32_t i) const noexcept { return shards()[i]; }
  std::size_t memory() const noexcept { return BytesFor(count_); }

  // The last shard whose low fence is left of `route`.
  std::uint32_t IndexFor(const Cut& route) const noexcept {
    return CountLeft(heads() + 1, count_ - 1, route,
                     [this](std::uint32_t i) { return shards()[i + 1]->low->key(); });
  }

 private:
  explicit Directory(std::uint32_t count) noexcept : count_(count) {}

  static std::size_t BytesFor(std::uint32_t count) noexcept {
    return sizeof(Directory) + std::size_t{count} * (sizeof(std::uint64_t) + sizeof(Shard*));
  }
  std::uint64_t* heads() noexcept { return reinterpret_cast<std::uint64_t*>(this + 1); }
  const std::uint64_t* heads() const noexcept { return reinterpret_cast<const std::uint64_t*>(this + 1); }
  Shard** shards() noexcept { return reinterpret_cast<Shard**>(heads() + count_); }
  Shard* const* shards() const noexcept { return reinterpret_cast<Shard* const*>(heads() + count_); }

  alignas(8) std::uint32_t count_;
};

// Holds a shard's lock for a scope.
class HeldShard {
 public:
  // `sequence`: the place among the shards a thread holds at once, from 1.
  explicit HeldShard(Shard* shard, std::uint64_t sequence = 1) noexcept : shard_(shard), sequence_(sequence) {
    TraceLock(LockLevel::kStripe, sequence_);
    waited_ = IsBroken(Sabotage::kLock) ? !shard_->lock.TryAcquire() : shard_->lock.Acquire();
  }
  ~HeldShard() {
    if (shard_ != nullptr) Release();
  }
  HeldShard(HeldShard&& other) noexcept
      : shard_(other.shard_), sequence_(other.sequence_), waited_(other.waited_) {
    other.shard_ = nullptr;
  }
  HeldShard& operator=(HeldShard&&) = delete;

  Shard* operator->() const noexcept { return shard_; }
  Shard& operator*() const noexcept { return *shard_; }
  const ShardBody& body() const noexcept { return shard_->body(); }
  // As Shard::BeginWrite(); the end of the scope ends it.
  ShardBody& BeginWrite() const noexcept { return shard_->BeginWrite(); }
  bool waited() const noexcept { return waited_; }

 private:
  void Release() noexcept {
    shard_->EndWrite();
    shard_->lock.Release();
    TraceUnlock(LockLevel::kStripe, sequence_);
  }

  Shard* shard_;
  std::uint64_t sequence_;
  bool waited_ = false;
};

}  // namespace termstore
