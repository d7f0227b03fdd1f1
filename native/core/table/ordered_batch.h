// Many rows for one shard: prepared on the side, then taken over in one step that cannot fail.
#pragma once

#include <cstdint>

#include "core/base/status.h"
#include "core/memory/pod_array.h"
#include "core/table/ordered_body.h"

namespace termstore {

// A row of an insertMany: its key, and which of the rows it is.
struct BatchItem {
  std::uint64_t head;
  Bytes key;
  std::uint32_t row;
};

// <0, 0, >0: the order of the keys.
inline int CompareItemKeys(const BatchItem& item, std::uint64_t head, Bytes key) noexcept {
  if (item.head != head) return item.head < head ? -1 : 1;
  return CompareTerms(item.key, key);
}

// Builds new leaves for those a batch touches; all other leaves are shared with the body until the commit.
// Without Commit() the destructor leaves the body as it was. Everything under the shard's lock.
class BodyBatch {
 public:
  explicit BodyBatch(ShardBody& body) noexcept : body_(body), leaves_(body.epochs_) {}
  ~BodyBatch();
  BodyBatch(const BodyBatch&) = delete;
  BodyBatch& operator=(const BodyBatch&) = delete;

  // `items`: ascending, without equal keys, with heads by OrderHead(), which become those of the body;
  // `rows`: what their numbers refer to. kOk, kNoMemory, and with `only_new` kExists.
  Status Prepare(BatchItem* items, std::uint32_t count, const RowInput* rows, bool only_new) noexcept;
  void Commit(UnlinkedLeaves& unlinked) noexcept;

 private:
  struct Entry {
    std::uint64_t head;
    RowRef row;
  };

  // Items [first, result) belong into leaf `leaf`.
  std::uint32_t EndOfLeaf(const BatchItem* items, std::uint32_t first, std::uint32_t count,
                          std::uint32_t leaf) const noexcept;
  bool ShareLeaves(std::uint32_t from, std::uint32_t to) noexcept;
  // Merges the items into the rows of `leaf` (null: none) and adds the leaves that result.
  Status MergeLeaf(Leaf* leaf, const BatchItem* items, std::uint32_t count, const RowInput* rows,
                   bool only_new) noexcept;
  bool AddLeaves() noexcept;

  ShardBody& body_;
  bool committed_ = false;
  LeafList leaves_;             // after the commit
  PodArray<Leaf*> new_leaves_;  // those of them that are new
  PodArray<Leaf*> replaced_leaves_;
  PodArray<RowRef> new_rows_;
  PodArray<RowRef> replaced_rows_;
  PodArray<Entry> merged_;  // of the leaf at hand
};

}  // namespace termstore
