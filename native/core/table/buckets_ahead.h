// Prefetching for those who walk over the buckets of a stripe.
#pragma once

#include "core/table/hash_stripe.h"

namespace termstore {

// What a traversal is going to look at next. Buckets and rows lie anywhere in memory: a scan that waits for
// each in turn takes ten times as long. What changes between two steps makes the guesses worse, not wrong.
class BucketsAhead {
 public:
  // REQUIRES of both: the stripe's lock. `position` (2^32: the end) is where the traversal begins.
  BucketsAhead(const Stripe& stripe, std::uint64_t position) noexcept
      : stripe_(stripe), next_(stripe.bucket_count() < kInCache ? kEnd : position) {
    for (std::uint32_t i = 0; i < kBuckets; ++i) Look();
  }
  // Before each bucket.
  void Step() noexcept {
    const std::uint64_t rows = ring_[(step_ + kRows) % kRing];
    if (rows < kEnd) stripe_.PrefetchRows(static_cast<std::uint32_t>(rows));
    ++step_;
    Look();
  }

 private:
  static constexpr std::uint64_t kEnd = std::uint64_t{1} << 32;
  static constexpr std::uint32_t kInCache = 1024;  // buckets; with their rows they fit into the second level
  static constexpr std::uint32_t kBuckets = 8;     // steps ahead
  static constexpr std::uint32_t kRows = 4;
  static constexpr std::uint32_t kRing = 16;
  static_assert(kBuckets < kRing);

  void Look() noexcept {
    std::uint64_t& place = ring_[looked_++ % kRing];
    place = kEnd;
    if (next_ >= kEnd) return;
    const std::uint32_t hash = ReverseBits(static_cast<std::uint32_t>(next_));
    place = hash;
    stripe_.PrefetchBucket(hash);
    next_ = stripe_.BucketEnd(hash);
  }

  const Stripe& stripe_;
  std::uint64_t next_;
  std::uint64_t ring_[kRing];  // hashes of the buckets to come; kEnd: none
  std::uint32_t step_ = 0;
  std::uint32_t looked_ = 0;
};

// A walk over the buckets of a stripe that nobody changes meanwhile. What was found out about a bucket to
// fetch it is kept until it is its turn.
class BucketWalk {
 public:
  // REQUIRES of everything here: the stripe's lock since before. `position` (2^32: the end) is where the walk
  // begins.
  BucketWalk(const Stripe& stripe, std::uint64_t position) noexcept
      : stripe_(stripe), fetches_(stripe.bucket_count() >= kInCache), next_(position) {
    for (std::uint32_t i = 0; i <= kBuckets; ++i) Look();
  }

  // The bucket under way; at the end there is none.
  const Stripe::Span& span() const noexcept { return ring_[step_ % kRing]; }
  // Goes on to the next one. To be called before its rows are looked at, and those of span() after.
  void Step() noexcept {
    ++step_;
    Look();
    if (!fetches_) return;
    const Stripe::Span& rows = ring_[(step_ + kRows) % kRing];
    if (rows.bucket != nullptr) stripe_.PrefetchRows(rows.bucket);
  }

 private:
  static constexpr std::uint64_t kEnd = std::uint64_t{1} << 32;
  static constexpr std::uint32_t kInCache = 1024;  // buckets; with their rows they fit into the second level
  static constexpr std::uint32_t kBuckets = 12;    // steps ahead
  static constexpr std::uint32_t kRows = 6;
  static constexpr std::uint32_t kRing = 16;
  static_assert(kBuckets < kRing);

  void Look() noexcept {
    Stripe::Span& span = ring_[looked_++ % kRing];
    if (next_ >= kEnd) {
      span = {nullptr, kEnd, kEnd};
      return;
    }
    span = stripe_.SpanAt(next_);
    if (fetches_) Prefetch(span.bucket);
    next_ = span.end;
  }

  const Stripe& stripe_;
  const bool fetches_;
  std::uint64_t next_;
  Stripe::Span ring_[kRing];
  std::uint32_t step_ = 0;
  std::uint32_t looked_ = 0;
};

}  // namespace termstore
