// Operations on many rows of an ordered table that no reader sees a part of.
//
// They hold the gate alone (no traversal is under way), the directory lock (no shard splits or joins) and the
// lock of every shard involved until all is done: whoever sees one of the new rows finds the others as well.
#include <algorithm>
#include <new>
#include <utility>

#include "core/table/ordered_batch.h"
#include "core/table/ordered_split.h"
#include "core/table/ordered_table.h"

namespace termstore {
namespace {

// Consecutive items that belong into one shard.
struct Group {
  std::uint32_t shard;  // index in the directory
  std::uint32_t first;
  std::uint32_t count;
};

// Locks shards of a directory in ascending order and holds them all for a scope. REQUIRES: the directory
// lock.
class HeldShards {
 public:
  explicit HeldShards(const Directory& directory) noexcept : directory_(directory) {}
  ~HeldShards() {
    for (std::uint32_t i = shards_.size(); i-- > 0;) {
      directory_[shards_[i]]->EndWrite();
      directory_[shards_[i]]->lock.Release();
      TraceUnlock(LockLevel::kStripe, shards_[i] + 1);
    }
  }
  HeldShards(const HeldShards&) = delete;
  HeldShards& operator=(const HeldShards&) = delete;

  bool Reserve(std::uint32_t count) noexcept { return shards_.Reserve(count); }
  // REQUIRES: room was reserved; ascending.
  void Add(std::uint32_t index) noexcept {
    TraceLock(LockLevel::kStripe, std::uint64_t{index} + 1);
    directory_[index]->lock.Acquire();
    shards_.Push(index);
  }
  // Of all of them, before anything changes in the first one; they end together with the scope. So a reader
  // without locks that sees a part of what was done finds the rest of it.
  void BeginWrites() noexcept {
    for (const std::uint32_t index : shards_) directory_[index]->BeginWrite();
  }

 private:
  const Directory& directory_;
  PodArray<std::uint32_t> shards_;
};

// Sorts by key; of equal keys only the last row stays.
void SortItems(PodArray<BatchItem>& items) noexcept {
  const auto before = [](const BatchItem& a, const BatchItem& b) {
    const int order = CompareItemKeys(a, b.head, b.key);
    return order != 0 ? order < 0 : a.row < b.row;
  };
  if (!std::is_sorted(items.begin(), items.end(), before)) std::sort(items.begin(), items.end(), before);
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < items.size(); ++i) {
    const bool is_last =
        i + 1 == items.size() || CompareItemKeys(items[i], items[i + 1].head, items[i + 1].key) != 0;
    if (is_last) items[kept++] = items[i];
  }
  items.Truncate(kept);
}

}  // namespace

// The rows of one InsertMany(), sorted and divided among the shards.
class OrderedTable::Batch {
 public:
  ~Batch() {
    for (std::uint32_t i = 0; i < prepared_; ++i) bodies_[i].~BodyBatch();
    std::free(bodies_);
  }

  Status Read(const RowInput* rows, std::uint32_t count, std::uint32_t keypos) noexcept {
    if (!items.Reserve(count)) return Status::kNoMemory;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (rows[i].payload.size > kRowSizeMask) return Status::kTooLarge;
      const Bytes key = RowElement(rows[i].payload, keypos);
      if (!key) return Status::kBadArg;
      items.Push({OrderHead(key), key, i});
    }
    SortItems(items);
    return Status::kOk;
  }

  // REQUIRES: the directory lock.
  bool Divide(const Directory& directory) noexcept {
    for (std::uint32_t i = 0; i < items.size();) {
      const std::uint32_t shard = directory.IndexFor(Cut::At(items[i].key, items[i].head, Cut::Side::kAfter));
      const std::uint32_t first = i++;
      if (shard + 1 == directory.count()) {
        i = items.size();
      } else {
        const Fence& high = *directory[shard + 1]->low;
        while (i < items.size() && CompareItemKeys(items[i], high.head, high.key()) < 0) ++i;
      }
      if (!groups.Push({shard, first, i - first})) return false;
    }
    bodies_ = static_cast<BodyBatch*>(TryAllocate(groups.size() * sizeof(BodyBatch)));
    return bodies_ != nullptr;
  }

  // REQUIRES: the locks of all shards in `groups`.
  Status Prepare(const Directory& directory, const RowInput* rows, bool only_new) noexcept {
    for (const Group& group : groups) {
      BodyBatch* body = new (&bodies_[prepared_++]) BodyBatch(directory[group.shard]->BeginWrite());
      const Status status = body->Prepare(items.data() + group.first, group.count, rows, only_new);
      if (status != Status::kOk) return status;
    }
    return Status::kOk;
  }

  void Commit(UnlinkedLeaves& unlinked) noexcept {
    for (std::uint32_t i = 0; i < prepared_; ++i) bodies_[i].Commit(unlinked);
  }
  // Gives back what was prepared and not committed.
  void Discard() noexcept {
    while (prepared_ > 0) bodies_[--prepared_].~BodyBatch();
  }

  PodArray<BatchItem> items;
  PodArray<Group> groups;

 private:
  BodyBatch* bodies_ = nullptr;
  std::uint32_t prepared_ = 0;
};

Status OrderedTable::InsertMany(const RowInput* rows, std::uint32_t count, bool only_new) noexcept {
  if (count == 0) return Status::kOk;
  if (count == 1) return Put(rows[0], only_new);
  Batch batch;
  Status status = batch.Read(rows, count, traits().keypos);
  if (status != Status::kOk) return status;

  UnlinkedLeaves unlinked(epochs());
  const ExclusiveGate gate(gate_);
  const LockGuard guard(directory_lock_, LockLevel::kDirectory);
  const Directory& directory = *CurrentDirectory();
  HeldShards held(directory);
  if (!batch.Divide(directory) || !held.Reserve(batch.groups.size())) return Status::kNoMemory;
  for (const Group& group : batch.groups) held.Add(group.shard);
  held.BeginWrites();
  status = batch.Prepare(directory, rows, only_new);
  if (status == Status::kOk) {
    batch.Commit(unlinked);
  } else {
    batch.Discard();
  }
  // Also after a failure: arenas may have grown.
  for (const Group& group : batch.groups) directory[group.shard]->Publish();
  versions_.RaiseOnly();
  if (status == Status::kOk) SplitAfterBatch(directory, batch, unlinked);
  return status;
}

void OrderedTable::SplitAfterBatch(const Directory& directory, const Batch& batch,
                                   UnlinkedLeaves& unlinked) noexcept {
  SplitPlans plans;
  for (std::uint32_t i = 0; i < batch.groups.size(); ++i) {
    const std::uint32_t index = batch.groups[i].shard;
    const ShardBody& body = directory[index]->body();
    if (!IsTooLarge(body)) continue;
    const std::uint64_t part = PartRows(body);
    // Short of memory: the shards stay large and split when they next change.
    if (!PlanSplit(index, part, part, plans)) return;
  }
  if (plans.plans.size() == 0 || !CarryOut(plans, unlinked)) return;
  splits_.fetch_add(plans.plans.size(), std::memory_order_relaxed);
}

Status OrderedTable::DeleteAll(std::uint64_t* rows) noexcept {
  std::unique_ptr<ShardBody> body = ShardBody::Make(epochs(), traits().keypos);
  Directory* fresh = Directory::Make(1);
  Shard* shard = body && fresh != nullptr ? Shard::Make(nullptr, std::move(body)) : nullptr;
  if (shard == nullptr) {
    std::free(fresh);
    return Status::kNoMemory;
  }
  fresh->Set(0, shard);
  const ExclusiveGate gate(gate_);
  const LockGuard guard(directory_lock_, LockLevel::kDirectory);
  const Directory& old = *CurrentDirectory();
  {
    HeldShards held(old);
    if (!held.Reserve(old.count())) {
      Shard::Delete(shard, 0);
      std::free(fresh);
      return Status::kNoMemory;
    }
    for (std::uint32_t i = 0; i < old.count(); ++i) held.Add(i);
    held.BeginWrites();
    *rows = CountRows();
    for (std::uint32_t i = 0; i < old.count(); ++i) old[i]->alive = false;
    // Raised first: what is in the new shard can be read at once.
    versions_.RaiseOnly();
    directory_.store(fresh, std::memory_order_release);  // pairs with CurrentDirectory()
  }
  epochs().Retire(const_cast<Directory*>(&old), old.memory(), Directory::DeleteWithShards);
  return Status::kOk;
}

}  // namespace termstore
