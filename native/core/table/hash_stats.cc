// How the rows of a hash table are spread over its buckets.
#include <algorithm>

#include "core/table/hash_table.h"

namespace termstore {
namespace {

// Visited under one hold of a stripe's lock.
constexpr std::uint32_t kBucketsAtOnce = 1024;

struct ChainFigures {
  double buckets = 0;
  double rows = 0;
  double squares = 0;  // of the chains' lengths
  double shortest = 0;
  double longest = 0;

  void Add(std::uint32_t length) noexcept {
    const double rows_here = length;
    shortest = buckets == 0 ? rows_here : std::min(shortest, rows_here);
    longest = std::max(longest, rows_here);
    buckets += 1;
    rows += rows_here;
    squares += rows_here * rows_here;
  }
};

// Adds buckets [from, from + kBucketsAtOnce) of a stripe. False when those were the last.
bool AddBuckets(const Stripe& stripe, std::uint32_t from, ChainFigures& figures) noexcept {
  const std::uint32_t count = stripe.bucket_count();
  const std::uint32_t end = count - std::min(count, from) > kBucketsAtOnce ? from + kBucketsAtOnce : count;
  for (std::uint32_t bucket = from; bucket < end; ++bucket) {
    std::uint32_t length = 0;
    stripe.VisitBucketAt(bucket, [&](SlotPlace place) {
      stripe.VisitRows(place, [&](RowRef) {
        ++length;
        return true;
      });
      return true;
    });
    figures.Add(length);
  }
  return end < count;
}

}  // namespace

Status HashTable::Describe(Reply& reply) noexcept {
  ChainFigures figures;
  double ghosts = 0;
  const SharedGate shared(gate_);
  const StripeSet set = stripes();
  for (std::uint32_t i = 0; i < set.count(); ++i) {
    Stripe& stripe = set[i];
    bool more = true;
    // Buckets that a growing stripe adds meanwhile may count twice or not at all, which blurs the figures of
    // a table that changes and leaves those of one that does not exact.
    for (std::uint32_t from = 0; more; from += kBucketsAtOnce) {
      StripeReader reader(stripe, i);
      more = AddBuckets(stripe, from, figures);
      if (!more) ghosts += static_cast<double>(stripe.ghosts());
    }
  }
  bool fits = AppendNumber(reply, figures.buckets) && AppendNumber(reply, figures.rows) &&
              AppendNumber(reply, figures.squares) && AppendNumber(reply, figures.shortest) &&
              AppendNumber(reply, figures.longest) && AppendNumber(reply, ghosts);
  for (std::uint32_t i = 0; i < set.count() && fits; ++i)
    fits = AppendNumber(reply, static_cast<double>(set[i].waits()));
  return fits ? Status::kOk : Status::kNoMemory;
}

}  // namespace termstore
