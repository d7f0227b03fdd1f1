// How shards of an ordered table split, join and get rid of wasted memory.
#include <bit>
#include <utility>

#include "core/table/ordered_split.h"
#include "core/table/ordered_table.h"

namespace termstore {
namespace {

constexpr std::int32_t kHot = 1000;    // four waits in a row
constexpr std::int32_t kCalm = -1000;  // a thousand operations without one
constexpr std::uint64_t kFewestRowsToSplit = 16;

// The directory lock, if nobody else has it.
class TryDirectory {
 public:
  explicit TryDirectory(Lock& lock) noexcept : lock_(lock), held_(lock.TryAcquire()) {
    if (held_) TraceLock(LockLevel::kDirectory, 0);
  }
  ~TryDirectory() {
    if (!held_) return;
    lock_.Release();
    TraceUnlock(LockLevel::kDirectory, 0);
  }
  TryDirectory(const TryDirectory&) = delete;
  TryDirectory& operator=(const TryDirectory&) = delete;

  bool held() const noexcept { return held_; }

 private:
  Lock& lock_;
  const bool held_;
};

}  // namespace

bool OrderedTable::IsTooLarge(const ShardBody& body) const noexcept {
  return body.rows() > limits_.max_rows || (body.live_bytes() > limits_.max_bytes && body.rows() >= 4);
}

OrderedTable::Need OrderedTable::NeedAfterGrowth(const Shard& shard) const noexcept {
  const ShardBody& body = shard.body();
  if (IsTooLarge(body)) return Need::kSplit;
  if (adaptive_ && shard.contention >= kHot && body.rows() >= kFewestRowsToSplit)
    return Need::kContendedSplit;
  const bool may_join = !shard.IsAlone() && body.rows() < limits_.max_rows / 8;
  if (adaptive_ && shard.contention <= kCalm && may_join) return Need::kJoin;
  return body.IsWasteful() ? Need::kCompact : Need::kNothing;
}

OrderedTable::Need OrderedTable::NeedAfterRemoval(const Shard& shard) const noexcept {
  const std::uint64_t rows = shard.body().rows();
  // Where no neighbour fits, it is not asked after every removal but each time the rows have halved.
  const bool may_join = !shard.IsAlone() && rows < limits_.max_rows / 8 && shard.contention <= 0;
  if (may_join && std::popcount(rows) <= 1) return Need::kJoin;
  return NeedAfterGrowth(shard);
}

bool OrderedTable::MayJoin(const Shard& left, const Shard& right) const noexcept {
  const ShardBody& a = left.body();
  const ShardBody& b = right.body();
  if (a.rows() == 0 || b.rows() == 0) return true;
  if (left.contention > 0 || right.contention > 0) return false;
  return a.rows() + b.rows() <= limits_.max_rows / 2 &&
         a.live_bytes() + b.live_bytes() <= limits_.max_bytes / 2;
}

void OrderedTable::Reshape(const Sought& sought, Need need) noexcept {
  const TryDirectory directory(directory_lock_);
  if (!directory.held()) return;
  const std::uint32_t index = CurrentDirectory()->IndexFor(sought.After());
  switch (need) {
    case Need::kSplit:
    case Need::kContendedSplit:
      return SplitShard(index, sought, need);
    case Need::kJoin:
      return JoinShard(index);
    default:
      return CompactShard(index);
  }
}

void OrderedTable::PublishDirectory(Directory* directory) noexcept {
  Directory* old = directory_.load(std::memory_order_relaxed);
  directory_.store(directory, std::memory_order_release);  // pairs with CurrentDirectory()
  epochs().Retire(old, old->memory(), Directory::Delete);
}

std::uint64_t OrderedTable::PartRows(const ShardBody& body) const noexcept {
  // Parts are filled to at most three quarters, so that they do not split again soon.
  const std::uint64_t by_rows = body.rows() / (limits_.max_rows * 3 / 4) + 1;
  const std::uint64_t by_bytes = body.live_bytes() / (limits_.max_bytes * 3 / 4) + 1;
  const std::uint64_t parts = by_rows > by_bytes ? by_rows : by_bytes;
  return (body.rows() + parts - 1) / parts;
}

void OrderedTable::SplitShard(std::uint32_t index, const Sought& sought, Need need) noexcept {
  UnlinkedLeaves unlinked(epochs());
  SplitPlans plans;
  const HeldShard held((*CurrentDirectory())[index]);
  const ShardBody& body = held.body();
  const std::uint64_t rows = body.rows();
  std::uint64_t part = rows / 2;
  if (need == Need::kSplit) {
    if (!IsTooLarge(body)) return;
    part = PartRows(body);
  } else if (held->contention < kHot || rows < kFewestRowsToSplit) {
    return;
  }
  std::uint64_t keep = part;
  Position at;
  // Rows that arrive in ascending order leave full shards behind: nothing comes between them later.
  const bool in_two = need == Need::kSplit && 2 * part >= rows;
  if (in_two && body.Find(sought.key, sought.head, &at) && body.IsLast(at)) keep = rows - rows / 16 - 1;
  held->contention = 0;
  if (!PlanSplit(index, keep, part, plans) || !CarryOut(plans, unlinked)) return;
  (need == Need::kSplit ? splits_ : contended_splits_).fetch_add(1, std::memory_order_relaxed);
}

Shard* OrderedTable::CopyUpper(const Shard& shard, Position from, Position to) noexcept {
  std::unique_ptr<ShardBody> body = ShardBody::Make(epochs(), traits().keypos);
  if (!body || !body->AppendCopies(shard.body(), from, to)) return nullptr;
  Fence* low = Fence::Make(shard.body().Key(from));
  if (low == nullptr) return nullptr;
  Shard* upper = Shard::Make(low, std::move(body));
  if (upper == nullptr) std::free(low);
  return upper;
}

bool OrderedTable::PlanSplit(std::uint32_t index, std::uint64_t keep, std::uint64_t piece_rows,
                             SplitPlans& plans) noexcept {
  const Shard& shard = *(*CurrentDirectory())[index];
  const ShardBody& body = shard.body();
  const Position cut = body.Advance(body.begin(), keep);
  if (cut == body.end() || !plans.plans.Push({index, cut, plans.pieces.size(), 0})) return false;
  for (Position from = cut; from != body.end();) {
    const Position to = body.Advance(from, piece_rows);
    if (!plans.pieces.Reserve(plans.pieces.size() + 1)) return false;
    Shard* piece = CopyUpper(shard, from, to);
    if (piece == nullptr) return false;
    plans.pieces.Push(piece);  // room was reserved
    ++plans.plans[plans.plans.size() - 1].piece_count;
    from = to;
  }
  return true;
}

bool OrderedTable::CarryOut(SplitPlans& plans, UnlinkedLeaves& unlinked) noexcept {
  const Directory& old = *CurrentDirectory();
  Directory* fresh = Directory::Make(old.count() + plans.pieces.size());
  if (fresh == nullptr) return false;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  for (const SplitPlans::Plan& plan : plans.plans) {
    const std::uint32_t kept = plan.index + 1 - from;
    fresh->Copy(to, old, from, kept);
    from += kept;
    to += kept;
    Shard* shard = old[plan.index];
    const Fence* high = shard->high;
    Shard* below = shard;
    for (std::uint32_t piece = 0; piece < plan.piece_count; ++piece) {
      Shard* upper = plans.pieces[plan.first_piece + piece];
      below->high = upper->low;
      upper->high = high;
      fresh->Set(to++, upper);
      below = upper;
    }
    shard->BeginWrite().Truncate(plan.cut, unlinked);
    shard->Publish();
  }
  fresh->Copy(to, old, from, old.count() - from);
  plans.pieces.Truncate(0);  // the directory has them now
  PublishDirectory(fresh);
  return true;
}

void OrderedTable::JoinShard(std::uint32_t index) noexcept {
  const Directory& old = *CurrentDirectory();
  if (old.count() == 1) return;
  const auto rows_of = [&](std::uint32_t i) { return old[i]->rows.load(std::memory_order_relaxed); };
  const bool has_right = index + 1 < old.count();
  // With the smaller neighbour; the left one of the two always takes over.
  const std::uint32_t first =
      index == 0 || (has_right && rows_of(index + 1) < rows_of(index - 1)) ? index : index - 1;
  Shard* left = old[first];
  Shard* right = old[first + 1];
  std::unique_ptr<ShardBody> joined;
  ShardBody* replaced = nullptr;
  {
    const HeldShard held_left(left, 1);
    const HeldShard held_right(right, 2);
    old[index]->contention = 0;  // the next try comes after another thousand calm operations
    if (!MayJoin(*left, *right)) return;
    const ShardBody& lower = left->body();
    const ShardBody& upper = right->body();
    if (lower.rows() > 0 && upper.rows() > 0) {
      joined = ShardBody::Make(epochs(), traits().keypos);
      if (!joined || !joined->AppendCopies(lower, lower.begin(), lower.end()) ||
          !joined->AppendCopies(upper, upper.begin(), upper.end())) {
        return;
      }
      joined->ChooseWindow();
    }
    Directory* fresh = Directory::Make(old.count() - 1);
    if (fresh == nullptr) return;
    fresh->Copy(0, old, 0, first + 1);
    fresh->Copy(first + 1, old, first + 2, old.count() - first - 2);
    left->BeginWrite();
    right->BeginWrite();
    right->alive = false;
    // Otherwise the body of the right one, empty or copied, goes with its shard.
    if (lower.rows() == 0) joined.reset(right->ReplaceBody(nullptr));
    if (joined) replaced = left->ReplaceBody(joined.release());
    left->high = right->high;
    left->Publish();
    PublishDirectory(fresh);
  }
  if (replaced != nullptr) epochs().Retire(replaced, 0, ShardBody::Delete);
  epochs().Retire(right, sizeof(Shard), Shard::Delete);
  joins_.fetch_add(1, std::memory_order_relaxed);
}

void OrderedTable::CompactShard(std::uint32_t index) noexcept {
  std::unique_ptr<ShardBody> body;
  ShardBody* replaced = nullptr;
  {
    const HeldShard held((*CurrentDirectory())[index]);
    const ShardBody& present = held.body();
    if (!present.IsWasteful()) return;
    body = ShardBody::Make(epochs(), traits().keypos);
    if (!body || !body->AppendCopies(present, present.begin(), present.end())) return;
    held.BeginWrite();
    replaced = held->ReplaceBody(body.release());
    held->Publish();
  }
  epochs().Retire(replaced, 0, ShardBody::Delete);
  compactions_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace termstore
