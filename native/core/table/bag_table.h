// Tables of type bag and duplicate_bag: hash tables where a key has several rows, in the order of insertion.
//
// What concerns keys is HashTable's (traversal, deletion, insertNew); here is what concerns the rows of a
// key. Replies of several rows are sized rows, also when there is only one.
#pragma once

#include "core/table/hash_table.h"
#include "core/table/known_rows.h"

namespace termstore {

class BagTable final : public HashTable {
 public:
  BagTable(const TableTraits& traits, Epochs& epochs, const HashSecret& secret,
           const AdaptLimits& limits) noexcept
      : HashTable(traits, epochs, secret, limits), unique_(traits.type == TableType::kBag) {}

  Status Lookup(Bytes key, Reply& reply) noexcept override;
  Status LookupElement(Bytes key, std::uint32_t position, Reply& reply) noexcept override;
  // Cost: in a bag a comparison with each row of the key.
  Status Insert(const RowInput& row) noexcept override;
  Status InsertKnowing(const RowInput& row, KnownRows& known) noexcept override;
  Status Take(Bytes key, Reply& reply) noexcept override;
  Status Edit(Bytes key, Editor& editor, const RowInput* fallback) noexcept override;

 private:
  // Adds `row`; `*added` is its cell, kNoRow when an equal row is there. kOk, kNoMemory (nothing has
  // changed).
  Status Add(const RowInput& row, const Home& home, RowRef* added) noexcept;
  // Adds `row` without a comparison; `place` is that of its key, if it is there.
  Status AddNew(Stripe& stripe, SlotPlace place, const RowInput& row, std::uint32_t hash,
                RowRef* added) noexcept;
  // Whether an equal row is there: kOk, kNotFound, kNoMemory.
  Status FindEqual(const Stripe& stripe, SlotPlace place, const RowInput& row) const noexcept;
  static constexpr std::uint32_t kFewRows = 16;
  // Makes `known` hold the rows of the key and `row`, and tells whether that is new. kUnknown: compare.
  KnownRows::Answer Learn(const Stripe& stripe, SlotPlace place, const RowInput& row,
                          KnownRows& known) const noexcept;
  bool LearnAll(const Stripe& stripe, SlotPlace place, KnownRows& known) const noexcept;

  Status PutOne(const RowInput& row, const Home& home, BulkStep& step) noexcept override;
  void UndoOne(const RowInput& row, const Home& home, const BulkStep& step) noexcept override;

  const bool unique_;
};

}  // namespace termstore
