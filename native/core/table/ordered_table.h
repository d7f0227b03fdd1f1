// Tables of type ordered_set.
//
// LAYOUT  Directory -> shard -> leaf. The directory is an immutable sorted array of shards, replaced as a
// whole. A
//         shard holds the rows of an interval of keys in an arena of its own, so rows that are neighbours in
//         the order are neighbours in memory (ordered_body.h).
// LOCKS   Everybody finds a shard without a lock: the directory and dead shards are freed through Epochs, and
//         callers are inside a Pin. Point reads and steps look at the shard without one as well
//         (ordered_glance.h). All others, and these where somebody writes, lock the shard and look again
//         whether it still covers the key. One thread holds several shards only under the directory lock, in
//         ascending order.
// SHAPE   Point operations change one shard and leave it larger or smaller than wanted at times; whoever did
// so
//         splits it or joins it with a neighbour afterwards, under the directory lock. That is never waited
//         for: when another thread holds the directory lock, the next change of the shard tries again. A
//         shard that threads often wait for splits early, down to a few rows, and joins again when it is calm
//         (Sagonas and Winblad, "A contention adapting approach to concurrent ordered sets", 2018).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/memory/lock.h"
#include "core/table/ordered_glance.h"
#include "core/table/ordered_shard.h"
#include "core/table/table.h"

namespace termstore {

// When shards split and join. Splitting copies half of a shard: the default keeps that below a millisecond.
struct OrderedLimits {
  std::uint32_t max_rows = 4096;
  std::size_t max_bytes = std::size_t{1} << 20;
};

// What happened in a table, for tests that must know that it did.
struct OrderedStats {
  std::uint64_t splits = 0;
  std::uint64_t contended_splits = 0;
  std::uint64_t joins = 0;
  std::uint64_t compactions = 0;
  std::uint64_t retries = 0;  // a shard had changed between the directory and its lock
  std::uint32_t shards = 0;
};

class OrderedTable final : public Table {
 public:
  // Null when memory is short.
  static std::unique_ptr<OrderedTable> Make(const TableTraits& traits, Epochs& epochs,
                                            const OrderedLimits& limits = {}) noexcept;
  // REQUIRES: no other thread can reach the table any more.
  ~OrderedTable() override;

  Status Lookup(Bytes key, Reply& reply) noexcept override;
  Status Member(Bytes key) noexcept override;
  Status LookupElement(Bytes key, std::uint32_t position, Reply& reply) noexcept override;
  Status Insert(const RowInput& row) noexcept override;
  Status InsertNew(const RowInput& row) noexcept override;
  Status InsertMany(const RowInput* rows, std::uint32_t count, bool only_new) noexcept override;
  Status Delete(Bytes key) noexcept override;
  Status DeleteObject(const RowInput& row) noexcept override;
  Status Take(Bytes key, Reply& reply) noexcept override;
  Status DeleteAll(std::uint64_t* rows) noexcept override;
  Status Edit(Bytes key, Editor& editor, const RowInput* fallback) noexcept override;
  Status Step(Direction direction, Bytes key, StepPart part, Reply& reply) noexcept override;
  Status StepRun(Direction direction, Bytes key, const RangeRequest& limits, Reply& reply,
                 ChunkResult& result) noexcept override;
  Status Range(const RangeRequest& request, Reply& reply, ChunkResult& result) noexcept override;
  Status Scan(HashCursor& cursor, const RangeRequest& limits, Reply& reply,
              ChunkResult& result) noexcept override;
  Status Select(SelectRequest& request, Reply& reply, SelectResult& result) noexcept override;

  // Cost: one step per shard, then one per leaf of a shard.
  Status Slot(std::uint64_t index, Reply& reply) noexcept override;

  RowStamp Stamp(Bytes key) noexcept override;

  Status Describe(Reply& reply) noexcept override;
  // Exact while nobody changes the table. Cost: one step per shard.
  std::uint64_t Size() const noexcept override;
  std::size_t Memory() const noexcept override;
  std::uint64_t Waits() const noexcept override { return waits_.load(std::memory_order_relaxed); }

  OrderedStats Stats() const noexcept;
  // Null when the whole table is consistent, else what is not. For tests; locks shard after shard.
  const char* Check() noexcept;

 private:
  friend struct OrderedTableProbe;  // native/test: looks at shards

  using Position = ShardBody::Position;

  // What a changed shard needs next.
  enum class Need : std::uint8_t { kNothing, kSplit, kContendedSplit, kJoin, kCompact };

  // A key with its head, computed once per operation.
  struct Sought {
    Bytes key;
    std::uint64_t head;
    explicit Sought(Bytes bytes) noexcept : key(bytes), head(OrderHead(bytes)) {}
    Cut After() const noexcept { return Cut::At(key, head, Cut::Side::kAfter); }
  };

  class SplitPlans;
  class Batch;
  class RangeScan;
  class Selection;

  OrderedTable(const TableTraits& traits, Epochs& epochs, const OrderedLimits& limits) noexcept
      : Table(traits, epochs),
        limits_(limits),
        adaptive_(traits.write_concurrency != WriteConcurrency::kOff) {}

  // acquire: pairs with the release in Publish(); shards in the directory are complete.
  const Directory* CurrentDirectory() const noexcept { return directory_.load(std::memory_order_acquire); }
  // The shard with the place left of `route`, locked.
  HeldShard Acquire(const Cut& route) noexcept;
  HeldShard Acquire(const Sought& sought) noexcept { return Acquire(sought.After()); }
  static void CountWait(Shard& shard, bool waited) noexcept;
  // For a look at the shard around `sought` without its lock; copies rows to `to`. `directory`: the current
  // one as the operation has found it.
  Glance GlanceAt(const Directory* directory, const Sought& sought, std::uint8_t* to,
                  std::size_t room) const noexcept;
  // use(payload) of the row of the key, under its shard's lock; answers what it says, or kNotFound.
  template <typename Use>
  Status WithRow(const Sought& sought, Use use) noexcept;
  bool TryStep(Direction direction, const Sought& sought, StepPart part, Reply& reply) const noexcept;
  // After every change of rows, before the unlock.
  void PublishChange(Shard& shard) noexcept {
    shard.Publish();
    versions_.RaiseOnly();
  }

  Bytes KeyIn(const RowInput& row) const noexcept { return RowElement(row.payload, traits().keypos); }
  Status Put(const RowInput& row, bool only_new) noexcept;
  static Status EditAt(ShardBody& body, Position at, Editor& editor) noexcept;
  Status InsertEdited(ShardBody& body, Position at, const Sought& sought, Editor& editor,
                      const RowInput& row) noexcept;
  template <typename Found>
  Status RemoveIf(Bytes key, Found found) noexcept;

  // ordered_reshape.cc
  Need NeedAfterGrowth(const Shard& shard) const noexcept;
  Need NeedAfterRemoval(const Shard& shard) const noexcept;
  Need NeedAfterSelection(const Shard& shard) const noexcept;  // ordered_select.cc
  bool IsTooLarge(const ShardBody& body) const noexcept;
  bool MayJoin(const Shard& left, const Shard& right) const noexcept;
  // Does what the shard around `sought` needs, if it still does. REQUIRES: no lock is held.
  TERMSTORE_NOINLINE void Reshape(const Sought& sought, Need need) noexcept;
  void SplitShard(std::uint32_t index, const Sought& sought, Need need) noexcept;
  void JoinShard(std::uint32_t index) noexcept;
  void CompactShard(std::uint32_t index) noexcept;
  // A new shard with copies of the rows [from, to) of `shard`; null when memory is short.
  Shard* CopyUpper(const Shard& shard, Position from, Position to) noexcept;
  // Copies the rows of shard `index` from row number `keep` on into new shards of at most `piece_rows` rows.
  // False when memory is short.
  bool PlanSplit(std::uint32_t index, std::uint64_t keep, std::uint64_t piece_rows,
                 SplitPlans& plans) noexcept;
  // Hands the copied rows over to the new shards and publishes a directory that knows them. False, and
  // nothing happened, when memory is short. REQUIRES: the directory lock and the locks of the planned shards.
  bool CarryOut(SplitPlans& plans, UnlinkedLeaves& unlinked) noexcept;
  // How many rows a part of a too large shard should have.
  std::uint64_t PartRows(const ShardBody& body) const noexcept;
  // REQUIRES: the directory lock.
  void PublishDirectory(Directory* directory) noexcept;

  // ordered_bulk.cc
  // Size() for who holds the gate.
  std::uint64_t CountRows() const noexcept;
  void SplitAfterBatch(const Directory& directory, const Batch& batch, UnlinkedLeaves& unlinked) noexcept;

  const OrderedLimits limits_;
  const bool adaptive_;

  // Level kDirectory: held while directory_ is replaced and while more than one shard is locked.
  Lock directory_lock_;
  std::atomic<Directory*> directory_{nullptr};

  // Counts for Describe() and for tests; they order nothing.
  std::atomic<std::uint64_t> waits_{0};
  std::atomic<std::uint64_t> splits_{0};
  std::atomic<std::uint64_t> contended_splits_{0};
  std::atomic<std::uint64_t> joins_{0};
  std::atomic<std::uint64_t> compactions_{0};
  std::atomic<std::uint64_t> retries_{0};
};

TERMSTORE_INLINE Glance OrderedTable::GlanceAt(const Directory* directory, const Sought& sought,
                                               std::uint8_t* to, std::size_t room) const noexcept {
  const Shard& shard = *(*directory)[directory->IndexFor(sought.After())];
  const std::uint64_t version = shard.Version();
  // A shard that the directory still has when its version is known covers the key: whoever changes that makes
  // the version odd before, and even after, the directory is replaced. The pin keeps another directory from
  // having this one's address.
  if ((version & 1) != 0 || CurrentDirectory() != directory) return {};
  return {shard, version, to, static_cast<std::uint32_t>(room)};
}

// Null when memory is short.
std::unique_ptr<Table> MakeOrderedTable(const TableTraits& traits, Epochs& epochs) noexcept;

}  // namespace termstore
