// Traversals of a hash table, in the order of bit-reversed hashes.
#include <algorithm>

#include "core/table/buckets_ahead.h"
#include "core/table/hash_table.h"

namespace termstore {
namespace {

bool BytesBefore(Bytes a, Bytes b) noexcept {
  const int order = std::memcmp(a.data, b.data, std::min(a.size, b.size));
  return order != 0 ? order < 0 : a.size < b.size;
}

}  // namespace

Status HashTable::AppendRows(const Stripe& stripe, SlotPlace place, Reply& reply) noexcept {
  bool fits = true;
  stripe.VisitRows(place,
                   [&](RowRef ref) { return fits = reply.AppendSized(RowView(stripe.Cell(ref)).payload()); });
  return fits ? Status::kOk : Status::kNoMemory;
}

Status HashTable::AppendStep(const Stripe& stripe, SlotPlace place, StepPart part,
                             Reply& reply) const noexcept {
  if (part == StepPart::kRows) return AppendRows(stripe, place, reply);
  const RowView row(stripe.FirstRow(place));
  return reply.Append(row.KeyElement(traits().keypos)) ? Status::kOk : Status::kNoMemory;
}

// Keys of one hash follow each other by their bytes, so that a deleted one, too, has a place among them.
bool HashTable::KeyBefore(const Stripe& stripe, SlotPlace a, SlotPlace b) const noexcept {
  return BytesBefore(CanonicalKey(stripe, a), CanonicalKey(stripe, b));
}

bool HashTable::FirstFrom(StripeSet set, std::uint64_t from, StepPart part, Reply& reply,
                          Status* status) noexcept {
  *status = Status::kNotFound;
  while (from < StripeSet::kEnd) {
    const std::uint32_t number = set.NumberAt(from);
    Stripe& stripe = set[number];
    StripeReader reader(stripe, number);
    if (set != stripes()) return false;
    std::uint64_t position = stripe.rows() == 0 ? StripeSet::kEnd : set.PositionInside(from);
    while (position < StripeSet::kEnd) {
      const std::uint32_t hash = ReverseBits(static_cast<std::uint32_t>(position));
      const SlotPlace lowest = LowestFrom(stripe, hash, position);
      if (lowest) {
        *status = AppendStep(stripe, lowest, part, reply);
        return true;
      }
      position = stripe.BucketEnd(hash);
    }
    from = set.PositionOf(number, StripeSet::kEnd);
  }
  return true;
}

// Of the keys in the bucket of `hash`, the first one from `position` on.
SlotPlace HashTable::LowestFrom(const Stripe& stripe, std::uint32_t hash,
                                std::uint64_t position) const noexcept {
  SlotPlace lowest;
  std::uint32_t lowest_at = 0;
  stripe.VisitBucket(hash, [&](SlotPlace place) {
    const std::uint32_t at = ReverseBits(SlotHash(place.slot()));
    if (at < position) return true;
    if (!lowest || at < lowest_at || (at == lowest_at && KeyBefore(stripe, place, lowest))) {
      lowest = place;
      lowest_at = at;
    }
    return true;
  });
  return lowest;
}

Status HashTable::Step(Direction, Bytes key, StepPart part, Reply& reply) noexcept {
  // A hash table has one order: backwards is forwards, as in OTP.
  Status status = Status::kOk;
  while (!TryStep(key, part, reply, &status)) {
  }
  return status;
}

bool HashTable::TryStep(Bytes key, StepPart part, Reply& reply, Status* status) noexcept {
  if (!key) return FirstFrom(stripes(), 0, part, reply, status);
  const Home home = HomeOf(key);
  {
    Stripe& stripe = home.stripe();
    StripeReader reader(stripe, home.number);
    if (home.set != stripes()) return false;
    if (!home.Find(key, traits().keypos) && !stripe.HasGhost(key, home.words, home.hash)) {
      *status = Status::kBadKey;
      return true;
    }
    SlotPlace twin;
    stripe.VisitBucket(home.hash, [&](SlotPlace place) {
      if (SlotHash(place.slot()) == home.hash && BytesBefore(key, CanonicalKey(stripe, place)) &&
          (!twin || KeyBefore(stripe, place, twin)))
        twin = place;
      return true;
    });
    if (twin) {
      *status = AppendStep(stripe, twin, part, reply);
      return true;
    }
  }
  const std::uint64_t position = ReverseBits(home.set.Outside(home.hash));
  return FirstFrom(home.set, position + 1, part, reply, status);
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
