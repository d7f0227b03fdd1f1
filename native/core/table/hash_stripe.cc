#include "core/table/hash_stripe.h"

#include "core/memory/pages.h"

namespace termstore {
namespace {

void FreeSegment(void* memory, std::size_t bytes) noexcept { FreePages(memory, bytes); }

}  // namespace

Stripe::~Stripe() {
  FreePages(flat_.load(std::memory_order_relaxed),
            std::size_t{flat_count_.load(std::memory_order_relaxed)} * sizeof(Bucket));
  for (std::uint32_t i = 0; i < kSegments; ++i)
    FreePages(segments_[i].load(std::memory_order_relaxed), SegmentBytes(i));
}

bool Stripe::Start(std::uint32_t floor, std::uint64_t rows) noexcept {
  first_count_ = floor;
  std::uint32_t buckets = floor;
  while (buckets < kFlatBuckets && buckets * std::uint64_t{kGrowAt} < rows) buckets *= 2;
  if (!ResizeFlat(buckets)) return false;
  SetActive(buckets);
  return true;
}

bool Stripe::ResizeFlat(std::uint32_t count) noexcept {
  auto* fresh = static_cast<Bucket*>(AllocatePages(std::size_t{count} * sizeof(Bucket)));
  if (fresh == nullptr) return false;
  Bucket* old = flat_.load(std::memory_order_relaxed);
  const std::uint32_t old_count = flat_count_.load(std::memory_order_relaxed);
  const std::uint32_t kept = old_count < count ? old_count : count;
  if (kept > 0) std::memcpy(static_cast<void*>(fresh), old, std::size_t{kept} * sizeof(Bucket));
  flat_.store(fresh, std::memory_order_release);  // both pair with the acquires in BucketAt()
  flat_count_.store(count, std::memory_order_release);
  if (old != nullptr) epochs_.Retire(old, std::size_t{old_count} * sizeof(Bucket), FreeSegment);
  return true;
}

std::size_t Stripe::Memory() const noexcept {
  // Pages of the newest segment that no bucket has used yet are not memory.
  const std::uint32_t flat = flat_count_.load(std::memory_order_relaxed);
  const std::uint32_t buckets = active() > flat ? active() : flat;
  return sizeof(Stripe) + arena_.memory() + std::size_t{buckets} * sizeof(Bucket) +
         ghost_bytes_.load(std::memory_order_relaxed);
}

bool Stripe::HasKey(std::uint8_t* cell, Bytes key, std::uint32_t keypos) const noexcept {
  return SameBytes(RowView(FirstRow(cell)).CanonicalKey(keypos), key);
}

SlotPlace Stripe::FindLong(Bytes key, std::uint32_t hash, std::uint32_t keypos) const noexcept {
  for (Bucket* bucket = BucketAt(Index(hash)); bucket != nullptr; bucket = Overflow(bucket)) {
    for (std::uint32_t mask = MatchingSlots(bucket, hash); mask != 0; mask &= mask - 1) {
      const SlotPlace place{bucket, static_cast<std::uint32_t>(std::countr_zero(mask))};
      if (place.slot() != 0 && HasKey(Cell(SlotRef(place.slot())), key, keypos)) return place;
    }
  }
  return {};
}

SlotPlace Stripe::FindRef(std::uint32_t hash, RowRef ref) const noexcept {
  SlotPlace found;
  VisitBucket(hash, [&](SlotPlace place) {
    if (place.slot() != MakeSlot(hash, ref)) return true;
    found = place;
    return false;
  });
  return found;
}

// The first empty place, or the place after the last slot of a full last bucket (index kBucketSlots).
SlotPlace Stripe::EndOfChain(Bucket* bucket) noexcept {
  for (;;) {
    for (std::uint32_t i = 0; i < kBucketSlots; ++i) {
      if (bucket->slots[i] == 0) return {bucket, i};
    }
    Bucket* next = Overflow(bucket);
    if (next == nullptr) return {bucket, kBucketSlots};
    bucket = next;
  }
}

Bucket* Stripe::AddOverflow(Bucket* bucket) noexcept {
  const RowRef ref = arena_.Allocate(sizeof(Bucket));
  if (ref == kNoRow) return nullptr;
  auto* added = reinterpret_cast<Bucket*>(arena_.At(ref));
  for (std::uint64_t& slot : added->slots) StoreWord(&slot, std::uint64_t{0});
  StoreWord(&added->overflow, std::uint64_t{0});
  StoreWord(&bucket->overflow, std::uint64_t{ref});
  return added;
}

bool Stripe::Append(std::uint32_t hash, RowRef ref) noexcept {
  SlotPlace place = EndOfChain(BucketAt(Index(hash)));
  if (place.index == kBucketSlots) {
    place = {AddOverflow(place.bucket), 0};
    if (!place) return false;
  }
  place.Set(MakeSlot(hash, ref));
  SetKeys(keys() + 1);
  for (int i = 0; i < kStepsPerOperation && keys() > std::uint64_t{active()} * kGrowAt; ++i) {
    if (!Grow()) break;  // a table that cannot grow works on, with longer chains
  }
  return true;
}

std::uint32_t Stripe::Reserve(std::uint64_t keys) noexcept {
  const std::uint32_t before = active();
  const std::uint64_t wanted = (keys + kGrowAt - 1) / kGrowAt;
  // The flat array takes its size in one step; a copy for each doubling would be made for nothing.
  const std::uint32_t present = flat_count_.load(std::memory_order_relaxed);
  std::uint32_t flat = present;
  while (flat < kFlatBuckets && flat < wanted) flat *= 2;
  if (flat > present && !ResizeFlat(flat)) return before;
  while (active() < wanted && Grow()) {
  }
  return before;
}

void Stripe::Remove(SlotPlace place) noexcept {
  Bucket* const primary = BucketAt(Index(SlotHash(place.slot())));
  Bucket* bucket = place.bucket;
  std::uint32_t hole = place.index;
  for (;;) {
    for (; hole + 1 < kBucketSlots && bucket->slots[hole] != 0; ++hole)
      StoreWord(&bucket->slots[hole], bucket->slots[hole + 1]);
    Bucket* next = Overflow(bucket);
    if (bucket->slots[hole] == 0 || next == nullptr) break;
    StoreWord(&bucket->slots[hole], next->slots[0]);
    bucket = next;
    hole = 0;
  }
  StoreWord(&bucket->slots[hole], std::uint64_t{0});
  if (bucket->slots[0] == 0 && bucket != primary) DropLastOverflow(primary);
  SetKeys(keys() - 1);
  for (int i = 0; i < kStepsPerOperation && keys() < std::uint64_t{active()} * kShrinkAt; ++i) {
    if (!Shrink()) break;
  }
}

void Stripe::DropLastOverflow(Bucket* bucket) noexcept {
  for (Bucket* next = Overflow(bucket); Overflow(next) != nullptr; next = Overflow(bucket)) bucket = next;
  const auto ref = static_cast<RowRef>(bucket->overflow);
  StoreWord(&bucket->overflow, std::uint64_t{0});
  arena_.Free(ref);
}

// Moves the slots with (hash & mask) == want from one chain to the end of another, keeping the order of both.
bool Stripe::MoveMatching(Bucket* from, Bucket* to, std::uint32_t mask, std::uint32_t want) noexcept {
  // Room first, so that a failure leaves both chains as they were.
  std::uint32_t moving = 0;
  for (Bucket* b = from; b != nullptr; b = Overflow(b)) {
    for (std::uint64_t slot : b->slots) moving += slot != 0 && (SlotHash(slot) & mask) == want ? 1u : 0u;
  }
  SlotPlace end = EndOfChain(to);
  Bucket* last = end.bucket;
  for (std::uint32_t room = kBucketSlots - end.index; room < moving; room += kBucketSlots) {
    last = AddOverflow(last);
    if (last == nullptr) break;
  }
  const bool enough = last != nullptr;

  SlotPlace keep{from, 0};
  auto advance = [this](SlotPlace& place) {
    if (++place.index == kBucketSlots && place.bucket->overflow != 0) place = {Overflow(place.bucket), 0};
  };
  if (enough) {
    for (Bucket* b = from; b != nullptr; b = Overflow(b)) {
      for (std::uint32_t i = 0; i < kBucketSlots && b->slots[i] != 0; ++i) {
        const std::uint64_t slot = b->slots[i];
        if ((SlotHash(slot) & mask) == want) {
          if (end.index == kBucketSlots) end = {Overflow(end.bucket), 0};
          end.Set(slot);
          advance(end);
        } else {
          if (keep.bucket != b || keep.index != i) keep.Set(slot);
          advance(keep);
        }
      }
    }
    for (SlotPlace rest = keep; rest.index < kBucketSlots; ++rest.index) rest.Set(0);
  }
  // Drop overflow buckets that hold nothing any more: behind `keep`, or those added in vain.
  auto trim = [this](Bucket* bucket) {
    std::uint64_t next = bucket->overflow;
    StoreWord(&bucket->overflow, std::uint64_t{0});
    while (next != 0) {
      const auto ref = static_cast<RowRef>(next);
      next = reinterpret_cast<Bucket*>(arena_.At(ref))->overflow;
      arena_.Free(ref);
    }
  };
  if (enough) {
    trim(keep.bucket);
  } else {
    trim(end.bucket);
  }
  return enough;
}

bool Stripe::Grow() noexcept {
  const std::uint32_t target = active();
  if (target >= 1u << 31) return false;
  if (target < kFlatBuckets) {
    if (target == flat_count_.load(std::memory_order_relaxed) && !ResizeFlat(2 * target)) return false;
  } else if (BucketAt(target) == nullptr) {
    const std::uint32_t segment = SegmentOf(target);
    void* memory = AllocatePages(SegmentBytes(segment));
    if (memory == nullptr) return false;
    segments_[segment].store(static_cast<Bucket*>(memory),
                             std::memory_order_release);  // pairs with BucketAt()
  }
  const std::uint32_t half = std::bit_floor(target);
  const std::uint32_t source = target - half;
  if (!MoveMatching(BucketAt(source), BucketAt(target), 2 * half - 1, target)) return false;
  SetActive(target + 1);
  return true;
}

bool Stripe::Shrink() noexcept {
  const std::uint32_t last = active() - 1;
  if (last < first_count_) return false;
  const std::uint32_t half = std::bit_floor(last);
  if (!MoveMatching(BucketAt(last), BucketAt(last - half), 0, 0)) return false;
  SetActive(last);
  const std::uint32_t flat = flat_count_.load(std::memory_order_relaxed);
  if (last >= kFlatBuckets) {
    const std::uint32_t segment = SegmentOf(last);
    if (last != SegmentStart(segment)) return true;
    Bucket* buckets = segments_[segment].load(std::memory_order_relaxed);
    segments_[segment].store(nullptr, std::memory_order_release);
    epochs_.Retire(buckets, SegmentBytes(segment), FreeSegment);
  } else if (last == first_count_ && flat > first_count_) {
    (void)ResizeFlat(first_count_);  // a larger array than needed does no harm
  } else if (last == flat / 4) {
    // At a quarter, so that a table around a power of two does not copy back and forth.
    (void)ResizeFlat(flat / 2);
  }
  return true;
}

void Stripe::Clear() noexcept {
  for (std::uint32_t i = 0; i < kSegments; ++i) {
    Bucket* buckets = segments_[i].load(std::memory_order_relaxed);
    if (buckets == nullptr) continue;
    segments_[i].store(nullptr, std::memory_order_release);
    epochs_.Retire(buckets, SegmentBytes(i), FreeSegment);
  }
  SetActive(first_count_);
  // Keeps the larger array when memory is short.
  if (flat_count_.load(std::memory_order_relaxed) > first_count_) (void)ResizeFlat(first_count_);
  Bucket* flat = flat_.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < flat_count_.load(std::memory_order_relaxed); ++i) {
    for (std::uint64_t& slot : flat[i].slots) StoreWord(&slot, std::uint64_t{0});
    StoreWord(&flat[i].overflow, std::uint64_t{0});
  }
  arena_.Clear();
  to_compact_ = 0;
  rest_ = 0;
  SetKeys(0);
  SetMoreRows(0);
}

}  // namespace termstore
