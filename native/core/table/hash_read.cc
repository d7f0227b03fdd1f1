// Reading one row of a hash table.
#include "core/table/hash_table.h"

namespace termstore {
namespace {

constexpr std::uint32_t kLongestChain = 8;  // overflow buckets; a torn chain must not become an endless one

}  // namespace

bool HashTable::CopiedRowHasKey(const std::uint8_t* payload, std::uint32_t size, Bytes key) const noexcept {
  if (traits().keypos == 0 && *payload < 0x80) {
    // Terms delimit themselves: the same bytes at the same place are the same term.
    return key.size < size && SameShort(payload + 1, key.data, key.size);
  }
  return SameBytes(RowElement({payload, size}, traits().keypos), key);
}

// Part of each of its callers: most of a lookup is here, and in registers it costs a third less.
TERMSTORE_INLINE HashTable::Optimistic HashTable::TryCopy(const Stripe& stripe, Bytes key, const Home& home,
                                                          Reply& reply, std::uint32_t* size) const noexcept {
  const std::atomic<std::uint64_t>& version = stripe.version();
  const std::uint64_t before =
      version.load(std::memory_order_acquire);  // pairs with the release in EndWrite()
  if ((before & 1) != 0) return Optimistic::kRetry;
  const auto unchanged = [&] { return version.load(std::memory_order_acquire) == before; };
  const bool in_words = traits().keypos == 0 && key.size <= kKeyWordsBytes;

  const Bucket* bucket = stripe.BucketOf(home.hash);
  // Checked before the bucket is touched: only then is it one of the array that the index was made for.
  if (!unchanged()) return Optimistic::kRetry;
  for (std::uint32_t hops = 0; bucket != nullptr; ++hops) {
    if (hops > kLongestChain) return Optimistic::kRetry;
    for (std::uint32_t mask = MatchingSlots(bucket, home.hash); mask != 0; mask &= mask - 1) {
      const std::uint64_t slot = LoadWord(&bucket->slots[std::countr_zero(mask)]);
      if (slot == 0) continue;
      const std::uint8_t* cell = stripe.arena().At(SlotRef(slot));
      // Checked before the cell is touched: only then does this reference belong to this slab. From here on
      // the pin keeps the slab's memory, whatever happens to the row in it.
      if (cell == nullptr || !unchanged()) return Optimistic::kRetry;
      const std::uint64_t first = LoadWord(reinterpret_cast<const std::uint64_t*>(cell));
      const auto header = static_cast<std::uint32_t>(first);
      const std::uint32_t bytes = header & kRowSizeMask;
      if ((header & (kRowHasKey | kRowIsGroup)) != 0 || bytes > kMostOptimisticBytes ||
          bytes > reply.region_capacity())
        return Optimistic::kRetry;
      // Checked before the size is used: only a whole header bounds the copy to the cell.
      if (!unchanged()) return Optimistic::kRetry;
      // An arity of several bytes: rare enough for the lock.
      if (in_words && (first >> 32 & 0x80) != 0) return Optimistic::kRetry;
      if (in_words && !FirstElementIs(cell, first, home.words, key.size)) continue;
      CopyPayload(reply.region(), reinterpret_cast<const std::uint64_t*>(cell), first, bytes);
      if (!unchanged()) return Optimistic::kRetry;
      if (!in_words && !CopiedRowHasKey(reply.region(), bytes, key)) continue;
      *size = bytes;
      return Optimistic::kHit;
    }
    const std::uint64_t overflow = LoadWord(&bucket->overflow);
    if (overflow == 0) break;
    bucket = reinterpret_cast<const Bucket*>(stripe.arena().At(static_cast<RowRef>(overflow)));
    if (!unchanged()) return Optimistic::kRetry;
  }
  return unchanged() ? Optimistic::kMiss : Optimistic::kRetry;
}

Status HashTable::Lookup(Bytes key, Reply& reply) noexcept {
  const Home home = HomeOf(key);
  std::uint32_t size = 0;
  switch (TryCopy(home.stripe(), key, home, reply, &size)) {
    case Optimistic::kHit:
      return reply.Extend(size) != nullptr ? Status::kOk : Status::kNoMemory;
    case Optimistic::kMiss:
      return Status::kNotFound;
    case Optimistic::kRetry:
      break;
  }
  return WithKey(key, home, [&](const Stripe& held, SlotPlace place) {
    return reply.Append(RowView(held.FirstRow(place)).payload()) ? Status::kOk : Status::kNoMemory;
  });
}

HashTable::Optimistic HashTable::TryCopyRow(Bytes key, const Home& home, Reply& reply,
                                            std::uint32_t* size) const noexcept {
  return TryCopy(home.stripe(), key, home, reply, size);
}

Status HashTable::Member(Bytes key) noexcept {
  const Home home = HomeOf(key);
  // The reply region of a throw-away reply serves as room for the copy.
  alignas(8) std::uint8_t room[512 + 8];
  Reply copy(room, 512);
  std::uint32_t size = 0;
  const Optimistic outcome = TryCopy(home.stripe(), key, home, copy, &size);
  if (outcome != Optimistic::kRetry) return outcome == Optimistic::kHit ? Status::kOk : Status::kNotFound;
  return WithKey(key, home, [](const Stripe&, SlotPlace) { return Status::kOk; });
}

Status HashTable::LookupElement(Bytes key, std::uint32_t position, Reply& reply) noexcept {
  const Home home = HomeOf(key);
  std::uint32_t size = 0;
  switch (TryCopy(home.stripe(), key, home, reply, &size)) {
    case Optimistic::kHit: {
      const Bytes element = RowElement({reply.region(), size}, position);
      if (element.data == nullptr) return Status::kPosition;
      return reply.AnswerPart(element) ? Status::kOk : Status::kNoMemory;
    }
    case Optimistic::kMiss:
      return Status::kNotFound;
    case Optimistic::kRetry:
      break;
  }
  return WithKey(key, home, [&](const Stripe& held, SlotPlace place) {
    const Bytes element = RowElement(RowView(held.FirstRow(place)).payload(), position);
    if (element.data == nullptr) return Status::kPosition;
    return reply.Append(element) ? Status::kOk : Status::kNoMemory;
  });
}

}  // namespace termstore
