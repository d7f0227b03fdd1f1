// Traversals of a hash table, in the order of (stripe, bit-reversed hash).
#include <algorithm>

#include "core/table/hash_table.h"

namespace termstore {
namespace {

constexpr std::uint64_t kEndOfStripe = std::uint64_t{1} << 32;

}  // namespace

Status HashTable::AppendStep(const Stripe& stripe, SlotPlace place, StepPart part,
                             Reply& reply) const noexcept {
  const RowView row(stripe.Cell(SlotRef(place.slot())));
  const bool fits = part == StepPart::kKey ? reply.Append(row.KeyElement(traits().keypos))
                                           : reply.AppendSized(row.payload());
  return fits ? Status::kOk : Status::kNoMemory;
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
        if (at >= position && (!best || at < best_position)) {
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
  std::uint64_t position = 0;
  {
    Stripe& stripe = stripes_[home.stripe];
    StripeReader reader(stripe, home.stripe);
    const SlotPlace current = stripe.Find(key, home.words, home.hash, traits().keypos);
    if (!current) return Status::kBadKey;
    // Another key with the same 32 bits comes after this one in the chain.
    bool passed = false;
    SlotPlace twin;
    stripe.VisitBucket(home.hash, [&](SlotPlace place) {
      if (passed && SlotHash(place.slot()) == home.hash) {
        twin = place;
        return false;
      }
      passed = passed || (place.bucket == current.bucket && place.index == current.index);
      return true;
    });
    if (twin) return AppendStep(stripe, twin, part, reply);
    position = static_cast<std::uint64_t>(ReverseBits(home.hash)) + 1;
  }
  return FirstFrom(home.stripe, position, part, reply);
}

Status HashTable::Range(const RangeRequest&, Reply&, ChunkResult&) noexcept { return Status::kTableType; }

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
      // A bucket is delivered as a whole, so a position between two buckets says everything.
      stripe.VisitBucket(hash, [&](SlotPlace place) {
        if (ReverseBits(SlotHash(place.slot())) < cursor.position) return true;
        const RowView row(stripe.Cell(SlotRef(place.slot())));
        const Bytes part = limits.keys_only ? row.KeyElement(traits().keypos) : row.payload();
        if (!reply.AppendSized(part)) status = Status::kNoMemory;
        ++result.rows;
        return status == Status::kOk;
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
