// Selecting from an ordered table: a walk through a range that may change what it finds.
//
// As in ordered_scan.cc one shard is locked at a time, and the walk goes by the fences between them.
#include "core/table/ordered_table.h"
#include "core/table/ordered_walk.h"

namespace termstore {
namespace {

// The lowest term there is: a key for the shard that has no lower fence.
constexpr std::uint8_t kLowestKey[] = {kTagFloat64, 0, 0, 0, 0, 0, 0, 0xf0, 0xff};

}  // namespace

// One Select() call.
class OrderedTable::Selection {
 public:
  Selection(SelectRequest& request, const TableTraits& traits, Reply& reply, SelectResult& result) noexcept
      : forward_(request.direction == Direction::kForward),
        keypos_(traits.keypos),
        selector_(request.mode, request.run, request.limits, traits.codec, reply, result),
        reply_(reply),
        result_(result) {}

  // Visits the rows of one shard between the cuts. False when the slice ends in it.
  bool VisitShard(const HeldShard& held, const Cut& low, const Cut& high, UnlinkedLeaves& unlinked) noexcept {
    const ShardBody& body = held.body();
    Position next = body.Locate(forward_ ? low : high);
    // Counted, because removals move places.
    std::uint64_t left = body.RowsBetween(body.Locate(low), body.Locate(high));
    if (selector_.counts_all()) {
      selector_.CountAll(left);
      if (left == 0 || !selector_.full()) return true;
      const Position last = forward_ ? body.Previous(body.Locate(high)) : body.Locate(low);
      (void)AppendLastKey(body.Key(last));
      return false;
    }
    selector_.Expect(left);
    for (; left > 0; --left) {
      if (forward_) body.PrefetchAhead(next);
      const Position at = forward_ ? next : body.Previous(next);
      const Verdict verdict = selector_.Visit(body.Payload(at));
      const bool last = selector_.full();
      if (verdict == Verdict::kFailed || (last && !AppendLastKey(body.Key(at)))) return false;
      next = Carry(held, at, verdict, unlinked);
      if (selector_.failed()) return false;
      if (last) {
        ended_in_shard_ = left > 1;
        return false;
      }
    }
    return true;
  }

  bool changed() const noexcept { return changed_; }
  // The slice is over, but the shard has nothing more to visit: so there may be nothing more at all.
  bool AtEndOfShard() const noexcept { return !selector_.failed() && !ended_in_shard_; }

  Status Finish(bool done) noexcept {
    result_.done = done;
    if (result_.last_key_size > 0 && (done || selector_.failed())) {
      reply_.Truncate(result_.last_key_offset);
      result_.last_key_offset = 0;
      result_.last_key_size = 0;
    }
    return selector_.status();
  }

 private:
  bool AppendLastKey(Bytes key) noexcept {
    result_.last_key_offset = reply_.size();
    result_.last_key_size = static_cast<std::uint32_t>(key.size);
    if (reply_.Append(key)) return true;
    result_.last_key_size = 0;
    selector_.Fail(Status::kNoMemory);
    return false;
  }

  // Does what the verdict says; the place that the walk goes on from.
  Position Carry(const HeldShard& held, Position at, Verdict verdict, UnlinkedLeaves& unlinked) noexcept {
    if (verdict == Verdict::kRemove) {
      changed_ = true;
      selector_.CountChanges(1);
      return held.BeginWrite().Remove(
          at, unlinked);  // also where a walk backwards goes on: just behind the row before
    }
    if (verdict == Verdict::kReplace) Replace(held.BeginWrite(), at);
    return forward_ ? held.body().Next(at) : at;
  }

  void Replace(ShardBody& body, Position at) noexcept {
    const Bytes payload = selector_.replacement();
    const Bytes key = RowElement(payload, keypos_);
    if (!key || !TermsEqual(key, body.Key(at))) return selector_.Fail(Status::kBadArg);
    if (!body.Replace(at, payload)) return selector_.Fail(Status::kNoMemory);
    changed_ = true;
    selector_.CountChanges(1);
  }

  const bool forward_;
  const std::uint32_t keypos_;
  Selector selector_;
  Reply& reply_;
  SelectResult& result_;
  bool changed_ = false;
  bool ended_in_shard_ = false;
};

OrderedTable::Need OrderedTable::NeedAfterSelection(const Shard& shard) const noexcept {
  // Rows vanish by the thousand: asked once for each slice, not when their number has halved.
  const bool may_join =
      !shard.IsAlone() && shard.body().rows() < limits_.max_rows / 8 && shard.contention <= 0;
  return may_join ? Need::kJoin : NeedAfterGrowth(shard);
}

Status OrderedTable::Select(SelectRequest& request, Reply& reply, SelectResult& result) noexcept {
  result = {};
  Selection selection(request, traits(), reply, result);
  Cut low = LowerCut(request.lower);
  Cut high = UpperCut(request.upper);
  const bool forward = request.direction == Direction::kForward;
  const SharedGate gate(gate_);
  for (;;) {
    UnlinkedLeaves unlinked(epochs());
    Need need = Need::kNothing;
    Bytes inside{kLowestKey, sizeof kLowestKey};
    const Fence* fence = nullptr;
    bool more = false;
    {
      const HeldShard held = Acquire(forward ? RouteUp(low) : high);
      more = selection.VisitShard(held, low, high, unlinked);
      if (ChangesRows(request.mode) && selection.changed()) {
        PublishChange(*held);
        need = NeedAfterSelection(*held);
        if (held->low != nullptr) inside = held->low->key();
      }
      fence = forward ? held->high : held->low;
      // Nothing of the range lies beyond the fence.
      if (fence != nullptr &&
          (forward ? !high.HasOnLeft(fence->head, fence->key()) : low.HasOnLeft(fence->head, fence->key())))
        fence = nullptr;
    }
    if (need != Need::kNothing) Reshape(Sought(inside), need);
    if (!more) return selection.Finish(fence == nullptr && selection.AtEndOfShard());
    if (fence == nullptr) return selection.Finish(true);
    (forward ? low : high) = AtFence(fence, Cut::Side::kBefore);
  }
}

}  // namespace termstore
