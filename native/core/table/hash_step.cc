// Steps from key to key in a hash table, in the order of bit-reversed hashes.
#include <algorithm>

#include "core/table/hash_table.h"

namespace termstore {
namespace {

bool BytesBefore(Bytes a, Bytes b) noexcept {
  const int order = std::memcmp(a.data, b.data, std::min(a.size, b.size));
  return order != 0 ? order < 0 : a.size < b.size;
}

}  // namespace

Status HashTable::AppendStep(const Stripe& stripe, SlotPlace place, StepPart part,
                             Reply& reply) const noexcept {
  if (part == StepPart::kRows) return AppendRows(stripe, place, reply);
  const RowView row(stripe.FirstRow(place));
  return reply.Append(row.KeyElement(traits().keypos)) ? Status::kOk : Status::kNoMemory;
}

bool HashTable::IsPlace(const Home& home, Bytes key) const noexcept {
  return home.Find(key, traits().keypos) || home.stripe().HasGhost(key, home.words, home.hash);
}

// Keys of one hash follow each other by their bytes, so that a deleted one, too, has a place among them.
bool HashTable::KeyBefore(const Stripe& stripe, SlotPlace a, SlotPlace b) const noexcept {
  return BytesBefore(CanonicalKey(stripe, a), CanonicalKey(stripe, b));
}

template <typename Found>
bool HashTable::FirstFrom(StripeSet set, std::uint64_t from, Found found, Status* status) noexcept {
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
        *status = found(stripe, lowest);
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

template <typename Found>
bool HashTable::TryStep(Bytes key, Found found, Status* status) noexcept {
  if (!key) return FirstFrom(stripes(), 0, found, status);
  const Home home = HomeOf(key);
  {
    Stripe& stripe = home.stripe();
    StripeReader reader(stripe, home.number);
    if (home.set != stripes()) return false;
    if (!IsPlace(home, key)) {
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
      *status = found(stripe, twin);
      return true;
    }
  }
  const std::uint64_t position = ReverseBits(home.set.Outside(home.hash));
  return FirstFrom(home.set, position + 1, found, status);
}

Status HashTable::Step(Direction, Bytes key, StepPart part, Reply& reply) noexcept {
  // A hash table has one order: backwards is forwards, as in OTP.
  Status status = Status::kOk;
  const auto append = [&](const Stripe& stripe, SlotPlace place) {
    return AppendStep(stripe, place, part, reply);
  };
  while (!TryStep(key, append, &status)) {
  }
  return status;
}

// The slots of one bucket, in the order of traversals.
class HashTable::BucketInOrder {
 public:
  explicit BucketInOrder(const HashTable& table) noexcept : table_(table) {}

  // Those for which want(position, place) is true. False when there are too many to be sorted here.
  template <typename Want>
  bool Read(const Stripe& stripe, Bucket* bucket, Want want) noexcept {
    count_ = 0;
    bool fits = true;
    stripe.VisitChain(bucket, [&](SlotPlace place) {
      const std::uint32_t at = ReverseBits(SlotHash(place.slot()));
      if (want(at, place)) fits = Add(stripe, {at, place});
      return fits;
    });
    return fits;
  }

  struct Entry {
    std::uint32_t at;  // position inside the stripe
    SlotPlace place;
  };
  const Entry* begin() const noexcept { return entries_; }
  const Entry* end() const noexcept { return entries_ + count_; }

 private:
  static constexpr std::uint32_t kMost = 32;

  bool Add(const Stripe& stripe, const Entry& entry) noexcept {
    if (count_ == kMost) return false;
    std::uint32_t i = count_++;
    for (; i > 0 && Before(stripe, entry, entries_[i - 1]); --i) entries_[i] = entries_[i - 1];
    entries_[i] = entry;
    return true;
  }
  bool Before(const Stripe& stripe, const Entry& a, const Entry& b) const noexcept {
    return a.at != b.at ? a.at < b.at : table_.KeyBefore(stripe, a.place, b.place);
  }

  const HashTable& table_;
  Entry entries_[kMost];
  std::uint32_t count_ = 0;
};

Status HashTable::StepRun(Direction, Bytes key, const RangeRequest& limits, Reply& reply,
                          ChunkResult& result) noexcept {
  if (traits().IsBag() && !limits.keys_only) return Status::kTableType;
  Status status = Status::kOk;
  while (!TryStepRun(key, limits, reply, result, &status)) {
  }
  return status;
}

// Positions inside the stripe are compared: the stripe's part of a hash is the same for all of them.
bool HashTable::TryStepRun(Bytes key, const RangeRequest& limits, Reply& reply, ChunkResult& result,
                           Status* status) noexcept {
  const Home home = HomeOf(key);
  result.unstamped = false;
  {
    Stripe& stripe = home.stripe();
    StripeReader reader(stripe, home.number);
    if (home.set != stripes()) return false;
    if (!IsPlace(home, key)) {
      *status = Status::kBadKey;
      return true;
    }
    const std::uint32_t from = ReverseBits(home.hash);
    const std::uint64_t end = versions_.EndOfWord(from, home.set.bits());
    const auto wanted = [&](std::uint32_t at, SlotPlace place) {
      if (at != from) return at > from && at < end;
      return BytesBefore(key, CanonicalKey(stripe, place));
    };
    BucketInOrder rows(*this);
    Stripe::Span span = stripe.SpanAt(from);
    for (std::uint64_t position = from; position < end; position = span.end) {
      if (position != from) span = stripe.SpanAt(position);
      // Of what follows as well: rows of a large table would be waited for one by one.
      stripe.PrefetchRows(span.bucket);
      if (span.end < end) Prefetch(stripe.SpanAt(span.end).bucket);
      if (!rows.Read(stripe, span.bucket, wanted)) break;
      for (const BucketInOrder::Entry& row : rows) {
        if (result.rows >= limits.max_rows || reply.size() >= limits.max_bytes) return true;
        if (!Deliver(stripe, row.place, limits.keys_only, reply, result)) {
          *status = Status::kNoMemory;
          return true;
        }
      }
    }
  }
  if (result.rows > 0) return true;
  // What comes next has another word.
  result.unstamped = true;
  const auto deliver = [&](const Stripe& stripe, SlotPlace place) {
    return Deliver(stripe, place, limits.keys_only, reply, result) ? Status::kOk : Status::kNoMemory;
  };
  if (!TryStep(key, deliver, status)) return false;
  result.done = *status == Status::kNotFound;
  if (result.done) *status = Status::kOk;
  return true;
}

}  // namespace termstore
