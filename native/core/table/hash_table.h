// Tables of type set: rows under canonical keys, in stripes.
//
// LOCKS   A point operation takes the lock of its key's stripe; point reads take none while no writer is in
// that
//         stripe. Several stripes are locked in ascending order, under the gate (docs/concurrency.md).
// ATOMIC  InsertMany and DeleteAll hold every stripe they touch until they are done, and the gate alone:
// neither a
//         point read nor a traversal's chunk sees a part of them.
#pragma once

#include <memory>

#include "core/table/hash_stripe.h"
#include "core/table/table.h"
#include "core/term/hash.h"

namespace termstore {

class HashTable final : public Table {
 public:
  static constexpr std::uint32_t kStripes = 64;

  // Null when memory is short. `secret` must outlive the table.
  static std::unique_ptr<Table> Make(const TableTraits& traits, Epochs& epochs,
                                     const HashSecret& secret) noexcept;
  ~HashTable() override;

  Status Lookup(Bytes key, Reply& reply) noexcept override;
  Status Member(Bytes key) noexcept override;
  Status LookupElement(Bytes key, std::uint32_t position, Reply& reply) noexcept override;

  Status Insert(const RowInput& row) noexcept override;
  Status InsertNew(const RowInput& row) noexcept override;
  Status InsertMany(const RowInput* rows, std::uint32_t count, bool only_new) noexcept override;

  Status Delete(Bytes key) noexcept override;
  Status DeleteObject(const RowInput& row) noexcept override;
  Status Take(Bytes key, Reply& reply) noexcept override;
  Status DeleteAll() noexcept override;
  Status Edit(Bytes key, Editor& editor, const RowInput* fallback) noexcept override;

  Status Step(Direction direction, Bytes key, StepPart part, Reply& reply) noexcept override;
  Status Range(const RangeRequest& request, Reply& reply, ChunkResult& result) noexcept override;
  Status Scan(HashCursor& cursor, const RangeRequest& limits, Reply& reply,
              ChunkResult& result) noexcept override;

  std::uint64_t Size() const noexcept override;
  std::size_t Memory() const noexcept override;

 private:
  friend struct HashTableProbe;  // native/test: looks at stripes and at single optimistic reads

  HashTable(const TableTraits& traits, Epochs& epochs, const HashSecret& secret) noexcept
      : Table(traits, epochs), secret_(secret) {}

  // Where a key belongs: the stripe by the highest bits of its hash, everything else by the lowest 32.
  struct Home {
    std::uint32_t stripe;
    std::uint32_t hash;
    KeyWords words;  // of keys up to 16 bytes
  };
  Home HomeOf(Bytes key) const noexcept {
    Home home{0, 0, {}};
    const bool small = key.size <= kKeyWordsBytes;
    if (small) home.words = LoadKeyWords(key);
    const std::uint64_t hash = small ? HashWords(home.words, key.size, secret_) : HashBytes(key, secret_);
    home.stripe = static_cast<std::uint32_t>((hash >> 32) >> stripe_shift_);
    home.hash = static_cast<std::uint32_t>(hash);
    return home;
  }

  enum class Optimistic : std::uint8_t { kHit, kMiss, kRetry };
  // Copies the row with its header to region - 4. kRetry: a writer was there, or the row is large or has a
  // separate key; then the lock decides.
  Optimistic TryCopy(const Stripe& stripe, Bytes key, const Home& home, Reply& reply,
                     std::uint32_t* size) const noexcept;
  bool CopiedRowHasKey(const std::uint8_t* payload, std::uint32_t size, Bytes key) const noexcept;

  Status Place(Stripe& stripe, const RowInput& row, std::uint32_t hash) noexcept;
  Status Replace(Stripe& stripe, SlotPlace place, const RowInput& row) noexcept;
  Status ApplyEdit(Stripe& stripe, SlotPlace place, const RowEdit& edit) noexcept;
  Status EditFallback(Stripe& stripe, std::uint32_t hash, Editor& editor, const RowInput& fallback) noexcept;

  struct BulkStep;
  class BulkLocks;
  Status ApplyBulk(const RowInput* rows, std::uint32_t count, BulkStep* steps) noexcept;

  Status FirstFrom(std::uint32_t stripe, std::uint64_t position, StepPart part, Reply& reply) noexcept;
  Status AppendStep(const Stripe& stripe, SlotPlace place, StepPart part, Reply& reply) const noexcept;

  const HashSecret& secret_;
  std::uint32_t stripe_count_ = 0;
  std::uint32_t stripe_shift_ = 32;  // 32 - log2(stripe_count_)
  Stripe* stripes_ = nullptr;        // stripe_count_ of them, cache-line aligned
};

}  // namespace termstore
