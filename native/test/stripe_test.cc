// One stripe of a hash table: chains, growth and shrinking.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "core/table/hash_stripe.h"
#include "test/support/seed.h"

namespace termstore::test {
namespace {

std::uint64_t BucketsOf(const Stripe& stripe) {
  std::uint64_t buckets = 0;
  for (std::uint64_t position = 0; position < std::uint64_t{1} << 32; ++buckets) {
    position = stripe.BucketEnd(ReverseBits(static_cast<std::uint32_t>(position)));
  }
  return buckets;
}

std::vector<RowRef> Chain(const Stripe& stripe, std::uint32_t hash) {
  std::vector<RowRef> refs;
  stripe.VisitBucket(hash, [&](SlotPlace place) {
    refs.push_back(SlotRef(place.slot()));
    return true;
  });
  return refs;
}

RowRef AddRow(Stripe& stripe, std::uint32_t hash) {
  const RowRef ref = stripe.arena().Allocate(16);
  REQUIRE(stripe.Append(hash, ref));
  return ref;
}

void RemoveRow(Stripe& stripe, std::uint32_t hash, RowRef ref) {
  const SlotPlace place = stripe.FindRef(hash, ref);
  REQUIRE(place);
  stripe.Remove(place);
  stripe.arena().Free(ref);
}

// Slots met when walking the buckets from position 0 to the end.
std::uint64_t WalkAll(const Stripe& stripe, std::uint64_t* buckets) {
  std::uint64_t slots = 0;
  *buckets = 0;
  for (std::uint64_t position = 0; position < std::uint64_t{1} << 32;) {
    const std::uint32_t hash = ReverseBits(static_cast<std::uint32_t>(position));
    const Stripe::Span span = stripe.SpanAt(position);
    CHECK(span.bucket == stripe.BucketOf(hash));
    CHECK(span.start == position);
    CHECK(span.end == stripe.BucketEnd(hash));
    const Stripe::Span inside = stripe.SpanAt(position + (span.end - span.start) / 3);
    CHECK((inside.bucket == span.bucket && inside.start == position && inside.end == span.end));
    stripe.VisitBucket(hash, [&](SlotPlace place) {
      const std::uint32_t at = ReverseBits(SlotHash(place.slot()));
      CHECK(at >= position);
      CHECK(at < stripe.BucketEnd(hash));
      ++slots;
      return true;
    });
    REQUIRE(stripe.BucketEnd(hash) > position);
    position = stripe.BucketEnd(hash);
    ++*buckets;
  }
  return slots;
}

}  // namespace

TEST_CASE("a stripe grows with its rows and shrinks with them, one bucket at a time") {
  for (const std::uint32_t first : {1u, 8u}) {
    Epochs epochs;
    Stripe stripe(epochs);
    REQUIRE(stripe.Start(first));
    CHECK(BucketsOf(stripe) == first);
    Rng rng(RunSeed());
    std::vector<std::pair<std::uint32_t, RowRef>> rows;
    std::uint64_t before = first;
    for (int i = 0; i < 3000; ++i) {
      const auto hash = static_cast<std::uint32_t>(rng.Next());
      rows.emplace_back(hash, AddRow(stripe, hash));
      const std::uint64_t now = BucketsOf(stripe);
      REQUIRE(now - before <= 2);
      before = now;
      if (i % 97 == 0) {
        std::uint64_t buckets = 0;
        REQUIRE(WalkAll(stripe, &buckets) == rows.size());
        REQUIRE(buckets == BucketsOf(stripe));
      }
    }
    CHECK(before > 500);
    for (const auto& row : rows) REQUIRE(stripe.FindRef(row.first, row.second));
    while (!rows.empty()) {
      std::swap(rows[rng.Below(rows.size())], rows.back());
      RemoveRow(stripe, rows.back().first, rows.back().second);
      rows.pop_back();
      const std::uint64_t now = BucketsOf(stripe);
      REQUIRE(before - now <= 2);
      before = now;
      if (rows.size() % 97 == 0) {
        std::uint64_t buckets = 0;
        REQUIRE(WalkAll(stripe, &buckets) == rows.size());
        REQUIRE(buckets == BucketsOf(stripe));
      }
    }
    CHECK(BucketsOf(stripe) == first);
    CHECK(stripe.rows() == 0);
    epochs.Collect();
  }
}

TEST_CASE("a chain keeps the order of insertion wherever a slot is removed") {
  Rng rng(RunSeed());
  for (int round = 0; round < 300; ++round) {
    Epochs epochs;
    Stripe stripe(epochs);
    REQUIRE(stripe.Start(1));
    constexpr std::uint32_t kHash = 0x12345678;
    std::vector<RowRef> model;
    for (std::uint64_t n = 1 + rng.Below(40); n > 0; --n) model.push_back(AddRow(stripe, kHash));
    REQUIRE(Chain(stripe, kHash) == model);
    while (!model.empty()) {
      const std::size_t at = rng.Below(model.size());
      RemoveRow(stripe, kHash, model[at]);
      model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
      REQUIRE(Chain(stripe, kHash) == model);
      if (rng.OneIn(3)) model.push_back(AddRow(stripe, kHash));
      REQUIRE(Chain(stripe, kHash) == model);
    }
  }
}

TEST_CASE("splits and merges keep the order of rows with one hash, among others in their bucket") {
  Rng rng(RunSeed());
  Epochs epochs;
  Stripe stripe(epochs);
  REQUIRE(stripe.Start(1));
  std::vector<std::uint32_t> hashes;
  for (int i = 0; i < 5; ++i) hashes.push_back(static_cast<std::uint32_t>(rng.Next()));
  std::vector<std::vector<RowRef>> model(hashes.size());
  std::vector<std::pair<std::uint32_t, RowRef>> others;
  for (std::uint64_t round = Scaled(20000); round > 0; --round) {
    const std::size_t which = rng.Below(hashes.size());
    if (rng.OneIn(10)) {
      if (model[which].size() < 20) {
        model[which].push_back(AddRow(stripe, hashes[which]));
      } else {
        const std::size_t at = rng.Below(model[which].size());
        RemoveRow(stripe, hashes[which], model[which][at]);
        model[which].erase(model[which].begin() + static_cast<std::ptrdiff_t>(at));
      }
    } else if ((round / 2000) % 2 == 0 || others.empty()) {
      const auto hash = static_cast<std::uint32_t>(rng.Next());
      others.emplace_back(hash, AddRow(stripe, hash));
    } else {
      RemoveRow(stripe, others.back().first, others.back().second);
      others.pop_back();
    }
    std::vector<RowRef> same;
    stripe.VisitBucket(hashes[which], [&](SlotPlace place) {
      if (SlotHash(place.slot()) == hashes[which]) same.push_back(SlotRef(place.slot()));
      return true;
    });
    REQUIRE(same == model[which]);
    if (rng.OneIn(1000)) epochs.Collect();
  }
}

TEST_CASE("Clear leaves an empty stripe of the first size that works on") {
  Epochs epochs;
  Stripe stripe(epochs);
  REQUIRE(stripe.Start(8));
  const std::size_t memory = stripe.Memory();
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t i = 0; i < 1000; ++i) AddRow(stripe, i * 2654435761u);
    CHECK(stripe.rows() == 1000);
    stripe.Clear();
    CHECK(stripe.rows() == 0);
    CHECK(stripe.Memory() == memory);
    std::uint64_t buckets = 0;
    CHECK(WalkAll(stripe, &buckets) == 0);
    CHECK(buckets == 8);
  }
}

TEST_CASE("reversed bits are reversed") {
  CHECK(ReverseBits(1) == 0x80000000u);
  CHECK(ReverseBits(0x80000000u) == 1);
  Rng rng(RunSeed());
  for (int i = 0; i < 1000; ++i) {
    const auto word = static_cast<std::uint32_t>(rng.Next());
    REQUIRE(ReverseBits(ReverseBits(word)) == word);
    for (int bit = 0; bit < 32; ++bit)
      REQUIRE(((word >> bit) & 1) == ((ReverseBits(word) >> (31 - bit)) & 1));
  }
}

}  // namespace termstore::test
