// Chunks of a hash table and its buckets, in the order of bit-reversed hashes.
#include "core/table/buckets_ahead.h"
#include "core/table/hash_table.h"

namespace termstore {

Status HashTable::AppendRows(const Stripe& stripe, SlotPlace place, Reply& reply) noexcept {
  bool fits = true;
  stripe.VisitRows(place,
                   [&](RowRef ref) { return fits = reply.AppendSized(RowView(stripe.Cell(ref)).payload()); });
  return fits ? Status::kOk : Status::kNoMemory;
}

Status HashTable::Slot(std::uint64_t index, Reply& reply) noexcept {
  const SharedGate shared(gate_);
  const StripeSet set = stripes();
  for (std::uint32_t i = 0; i < set.count(); ++i) {
    Stripe& stripe = set[i];
    const std::uint32_t buckets = stripe.bucket_count();
    if (index >= buckets) {
      index -= buckets;
      continue;
    }
    StripeReader reader(stripe, i);
    Status status = Status::kOk;
    // It may have shrunk before the lock was taken: then its rows are in another bucket.
    if (index >= stripe.bucket_count()) return status;
    stripe.VisitBucketAt(static_cast<std::uint32_t>(index), [&](SlotPlace place) {
      status = AppendRows(stripe, place, reply);
      return status == Status::kOk;
    });
    return status;
  }
  return index == 0 ? Status::kNotFound : Status::kBadArg;
}

Status HashTable::Range(const RangeRequest&, Reply&, ChunkResult&) noexcept { return Status::kTableType; }

// The rows of one slot, or its key alone, as a part of a chunk. False when memory is short.
bool HashTable::Deliver(const Stripe& stripe, SlotPlace place, bool keys_only, Reply& reply,
                        ChunkResult& result) const noexcept {
  if (keys_only) {
    ++result.rows;
    return reply.AppendSized(RowView(stripe.FirstRow(place)).KeyElement(traits().keypos));
  }
  bool fits = true;
  stripe.VisitRows(place, [&](RowRef ref) {
    ++result.rows;
    return fits = AppendSizedRow(traits().codec, RowView(stripe.Cell(ref)).payload(), reply);
  });
  return fits;
}

// A bucket is delivered as a whole, from `position` on, so a position between two buckets says everything.
bool HashTable::DeliverBucket(const Stripe& stripe, const Stripe::Span& span, std::uint64_t position,
                              bool keys_only, Reply& reply, ChunkResult& result) const noexcept {
  bool fits = true;
  stripe.VisitChain(span.bucket, [&](SlotPlace place) {
    if (position != span.start && ReverseBits(SlotHash(place.slot())) < position) return true;
    return fits = Deliver(stripe, place, keys_only, reply, result);
  });
  return fits;
}

Status HashTable::Scan(HashCursor& cursor, const RangeRequest& limits, Reply& reply,
                       ChunkResult& result) noexcept {
  SharedGate shared(gate_);
  const StripeSet set = stripes();
  while (cursor.position < StripeSet::kEnd) {
    const std::uint32_t number = set.NumberAt(cursor.position);
    Stripe& stripe = set[number];
    StripeReader reader(stripe, number);
    std::uint64_t position = stripe.rows() == 0 ? StripeSet::kEnd : set.PositionInside(cursor.position);
    BucketWalk walk(stripe, position);
    while (position < StripeSet::kEnd) {
      if (result.rows >= limits.max_rows || reply.size() >= limits.max_bytes) return Status::kOk;
      const Stripe::Span span = walk.span();
      const std::size_t size_before = reply.size();
      const std::uint32_t rows_before = result.rows;
      walk.Step();
      if (!DeliverBucket(stripe, span, position, limits.keys_only, reply, result)) return Status::kNoMemory;
      // A bucket that would push the chunk beyond the limit waits for the next one.
      if (reply.size() > limits.max_bytes && rows_before > 0) {
        reply.Truncate(size_before);
        result.rows = rows_before;
        return Status::kOk;
      }
      position = span.end;
      cursor.position = set.PositionOf(number, position);
    }
    cursor.position = set.PositionOf(number, position);
  }
  result.done = true;
  return Status::kOk;
}

}  // namespace termstore
