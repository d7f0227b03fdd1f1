// Traversals of a hash table, in the order of (stripe, bit-reversed hash).
#include <algorithm>

#include "core/table/hash_table.h"

namespace termstore {
namespace {

constexpr std::uint64_t kEndOfStripe = std::uint64_t{1} << 32;

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

Status HashTable::FirstFrom(std::uint32_t stripe_number, std::uint64_t position, StepPart part,
                            Reply& reply) noexcept {
  for (; stripe_number < stripe_count_; ++stripe_number, position = 0) {
    Stripe& stripe = stripes_[stripe_number];
    StripeReader reader(stripe, stripe_number);
    if (stripe.rows() == 0) continue;
    while (position < kEndOfStripe) {
      const std::uint32_t hash = ReverseBits(static_cast<std::uint32_t>(position));
      SlotPlace best;
      std::uint32_t best_position = 0;
      stripe.VisitBucket(hash, [&](SlotPlace place) {
        const std::uint32_t at = ReverseBits(SlotHash(place.slot()));
        if (at < position) return true;
        if (!best || at < best_position || (at == best_position && KeyBefore(stripe, place, best))) {
          best = place;
          best_position = at;
        }
        return true;
      });
      if (best) return AppendStep(stripe, best, part, reply);
      position = stripe.BucketEnd(hash);
    }
  }
  return Status::kNotFound;
}

Status HashTable::Step(Direction, Bytes key, StepPart part, Reply& reply) noexcept {
  // A hash table has one order: backwards is forwards, as in OTP.
  if (!key) return FirstFrom(0, 0, part, reply);
  const Home home = HomeOf(key);
  {
    Stripe& stripe = stripes_[home.stripe];
    StripeReader reader(stripe, home.stripe);
    if (!stripe.Find(key, home.words, home.hash, traits().keypos) &&
        !stripe.HasGhost(key, home.words, home.hash))
      return Status::kBadKey;
    SlotPlace twin;
    stripe.VisitBucket(home.hash, [&](SlotPlace place) {
      if (SlotHash(place.slot()) == home.hash && BytesBefore(key, CanonicalKey(stripe, place)) &&
          (!twin || KeyBefore(stripe, place, twin)))
        twin = place;
      return true;
    });
    if (twin) return AppendStep(stripe, twin, part, reply);
  }
  return FirstFrom(home.stripe, static_cast<std::uint64_t>(ReverseBits(home.hash)) + 1, part, reply);
}

Status HashTable::Slot(std::uint64_t index, Reply& reply) noexcept {
  for (std::uint32_t i = 0; i < stripe_count_; ++i) {
    Stripe& stripe = stripes_[i];
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

Status HashTable::Scan(HashCursor& cursor, const RangeRequest& limits, Reply& reply,
                       ChunkResult& result) noexcept {
  SharedGate shared(gate_);
  Status status = Status::kOk;
  while (cursor.stripe < stripe_count_) {
    Stripe& stripe = stripes_[cursor.stripe];
    StripeReader reader(stripe, cursor.stripe);
    if (stripe.rows() == 0) cursor.position = kEndOfStripe;
    while (cursor.position < kEndOfStripe) {
      if (result.rows >= limits.max_rows || reply.size() >= limits.max_bytes) return Status::kOk;
      const std::uint32_t hash = ReverseBits(static_cast<std::uint32_t>(cursor.position));
      const std::size_t size_before = reply.size();
      const std::uint32_t rows_before = result.rows;
      stripe.PrefetchFrom(stripe.BucketEnd(hash));
      // A bucket is delivered as a whole, so a position between two buckets says everything.
      stripe.VisitBucket(hash, [&](SlotPlace place) {
        if (ReverseBits(SlotHash(place.slot())) < cursor.position) return true;
        const bool good = Deliver(stripe, place, limits.keys_only, reply, result);
        if (!good) status = Status::kNoMemory;
        return good;
      });
      if (status != Status::kOk) return status;
      // A bucket that would push the chunk beyond the limit waits for the next one.
      if (reply.size() > limits.max_bytes && rows_before > 0) {
        reply.Truncate(size_before);
        result.rows = rows_before;
        return Status::kOk;
      }
      cursor.position = stripe.BucketEnd(hash);
    }
    ++cursor.stripe;
    cursor.position = 0;
  }
  result.done = true;
  return Status::kOk;
}

}  // namespace termstore
