// Reading ranges of an ordered table.
//
// The lock of a shard is held for that shard alone. From one shard to the next a walk goes by the fence
// between them, whose bytes stay as long as the caller's Pin.
#include "core/table/ordered_table.h"
#include "core/table/ordered_walk.h"

namespace termstore {

using Side = Cut::Side;

Status OrderedTable::StepRun(Direction direction, Bytes key, const RangeRequest& limits, Reply& reply,
                             ChunkResult& result) noexcept {
  RangeRequest request = limits;
  request.direction = direction;
  (direction == Direction::kForward ? request.lower : request.upper) = {Bound::Kind::kExclusive, key};
  return Range(request, reply, result);
}

// One Range() call: the reply, its limits, and what was delivered.
class OrderedTable::RangeScan {
 public:
  RangeScan(const RangeRequest& request, const TableTraits& traits, Reply& reply,
            ChunkResult& result) noexcept
      : request_(request),
        codec_(request.keys_only ? nullptr : traits.codec),
        as_stored_(!request.keys_only && traits.codec == nullptr),
        keypos_(traits.keypos),
        reply_(reply),
        result_(result),
        start_(reply.size()) {}

  // False when the chunk is full or memory is short.
  bool Deliver(const ShardBody& body, Position at) noexcept {
    if (result_.rows == request_.max_rows) return false;
    return as_stored_ ? DeliverStored(body.SizedRow(at)) : DeliverPart(body, at);
  }

  // The rows of one shard between the cuts. False when the chunk is full or memory is short.
  bool DeliverShard(const ShardBody& body, const Cut& low, const Cut& high) noexcept {
    Position at = body.Locate(low);
    Position end = body.Locate(high);
    const auto before = [](Position a, Position b) {
      return a.leaf != b.leaf ? a.leaf < b.leaf : a.entry < b.entry;
    };
    if (request_.direction == Direction::kForward) {
      for (; before(at, end); at = body.Next(at)) {
        body.PrefetchAhead(at);
        if (!Deliver(body, at)) return false;
      }
      return true;
    }
    while (before(at, end)) {
      const Position last = body.Previous(end);
      if (!Deliver(body, last)) return false;
      end = last;
    }
    return true;
  }

  Status Finish() noexcept {
    if (!short_of_memory_) {
      if (result_.rows > 0) NoteLastKey();
      return Status::kOk;
    }
    reply_.Truncate(start_);
    result_ = {};
    return Status::kNoMemory;
  }

 private:
  // `row`: a sized row.
  bool DeliverStored(Bytes row) noexcept {
    if (!HasRoomFor(row.size)) return false;
    last_ = reply_.size();
    if (!reply_.AppendCell(row)) {
      short_of_memory_ = true;
      return false;
    }
    ++result_.rows;
    return true;
  }
  bool DeliverPart(const ShardBody& body, Position at) noexcept {
    const Bytes part = request_.keys_only ? body.Key(at) : body.Payload(at);
    if (!HasRoomFor(std::size_t{4} + RowSize(codec_, part))) return false;
    last_ = reply_.size();
    if (!AppendSizedRow(codec_, part, reply_)) {
      short_of_memory_ = true;
      return false;
    }
    ++result_.rows;
    return true;
  }
  bool HasRoomFor(std::size_t bytes) const noexcept {
    const std::size_t used = reply_.size() - start_;
    return result_.rows == 0 || (used <= request_.max_bytes && bytes <= request_.max_bytes - used);
  }
  // Where the key is in what was delivered last.
  void NoteLastKey() noexcept {
    const Bytes last{reply_.data() + last_ + 4, reply_.size() - last_ - 4};
    const Bytes key =
        request_.keys_only ? last : RowElement(last, codec_ == nullptr ? keypos_ : codec_->keypos());
    result_.last_key_offset = static_cast<std::size_t>(key.data - reply_.data());
    result_.last_key_size = static_cast<std::uint32_t>(key.size);
  }

  const RangeRequest& request_;
  const RowCodec* const codec_;  // of what is delivered
  const bool as_stored_;
  const std::uint32_t keypos_;
  Reply& reply_;
  ChunkResult& result_;
  const std::size_t start_;
  std::size_t last_ = 0;  // where the last row begins, with its size
  bool short_of_memory_ = false;
};

Status OrderedTable::Range(const RangeRequest& request, Reply& reply, ChunkResult& result) noexcept {
  result = {};
  RangeScan scan(request, traits(), reply, result);
  Cut low = LowerCut(request.lower);
  Cut high = UpperCut(request.upper);
  const bool forward = request.direction == Direction::kForward;
  const SharedGate gate(gate_);
  for (;;) {
    const HeldShard held = Acquire(forward ? RouteUp(low) : high);
    if (!scan.DeliverShard(held.body(), low, high)) return scan.Finish();
    const Fence* fence = forward ? held->high : held->low;
    // Nothing of the range lies beyond the fence.
    if (fence == nullptr ||
        (forward ? !high.HasOnLeft(fence->head, fence->key()) : low.HasOnLeft(fence->head, fence->key()))) {
      result.done = true;
      return scan.Finish();
    }
    Cut& next = forward ? low : high;
    next = AtFence(fence, Side::kBefore);
  }
}

Status OrderedTable::Slot(std::uint64_t index, Reply& reply) noexcept {
  const SharedGate gate(gate_);
  Cut from = Cut::First();
  for (;;) {
    const HeldShard held = Acquire(RouteUp(from));
    const ShardBody& body = held.body();
    // Below the fence there may be rows that came from a shard that was counted already.
    const Position first = body.Locate(from);
    const std::uint64_t skipped = body.RowsBefore(first);
    if (index < body.rows() - skipped) {
      const Bytes payload = body.Payload(body.Advance(body.begin(), skipped + index));
      return reply.AppendSized(payload) ? Status::kOk : Status::kNoMemory;
    }
    index -= body.rows() - skipped;
    const Fence* fence = held->high;
    if (fence == nullptr) return index == 0 ? Status::kNotFound : Status::kBadArg;
    from = AtFence(fence, Side::kBefore);
  }
}

Status OrderedTable::Scan(HashCursor&, const RangeRequest&, Reply&, ChunkResult&) noexcept {
  return Status::kTableType;
}

}  // namespace termstore
