#include "core/table/ordered_batch.h"

namespace termstore {

BodyBatch::~BodyBatch() {
  if (committed_) return;
  for (RowRef row : new_rows_) body_.FreeRow(row);
  for (Leaf* leaf : new_leaves_) std::free(leaf);
}

Status BodyBatch::Prepare(BatchItem* items, std::uint32_t count, const RowInput* rows,
                          bool only_new) noexcept {
  for (std::uint32_t i = 0; i < count; ++i) items[i].head = body_.HeadOf(items[i].key, items[i].head);
  if (!leaves_.Reserve(body_.leaf_count() + count / Leaf::kBuiltFill + 1)) return Status::kNoMemory;
  std::uint32_t next_leaf = 0;
  for (std::uint32_t i = 0; i < count;) {
    const Cut after = Cut::At(items[i].key, items[i].head, Cut::Side::kAfter);
    const std::uint32_t started = CountLeft(body_.leaves_.heads(), body_.leaf_count(), after,
                                            [this](std::uint32_t leaf) { return body_.FirstKey(leaf); });
    const std::uint32_t leaf = started == 0 ? 0 : started - 1;
    const bool exists = leaf < body_.leaf_count();
    const std::uint32_t end = EndOfLeaf(items, i, count, leaf);
    if (!ShareLeaves(next_leaf, leaf)) return Status::kNoMemory;
    const Status status =
        MergeLeaf(exists ? body_.leaves_[leaf] : nullptr, items + i, end - i, rows, only_new);
    if (status != Status::kOk) return status;
    next_leaf = exists ? leaf + 1 : leaf;
    i = end;
  }
  return ShareLeaves(next_leaf, body_.leaf_count()) ? Status::kOk : Status::kNoMemory;
}

std::uint32_t BodyBatch::EndOfLeaf(const BatchItem* items, std::uint32_t first, std::uint32_t count,
                                   std::uint32_t leaf) const noexcept {
  if (leaf + 1 >= body_.leaf_count()) return count;
  const Bytes next = body_.FirstKey(leaf + 1);
  const std::uint64_t next_head = body_.leaves_.head(leaf + 1);
  std::uint32_t end = first + 1;
  while (end < count && CompareItemKeys(items[end], next_head, next) < 0) ++end;
  return end;
}

bool BodyBatch::ShareLeaves(std::uint32_t from, std::uint32_t to) noexcept {
  for (std::uint32_t i = from; i < to; ++i) {
    if (!leaves_.Push(body_.leaves_.head(i), body_.leaves_[i])) return false;
  }
  return true;
}

Status BodyBatch::MergeLeaf(Leaf* leaf, const BatchItem* items, std::uint32_t count, const RowInput* rows,
                            bool only_new) noexcept {
  const std::uint32_t old_count = leaf == nullptr ? 0 : leaf->count;
  merged_.Truncate(0);
  // All room first: from here on an entry that is made is also remembered.
  if (!merged_.Reserve(old_count + count) || !new_rows_.Reserve(new_rows_.size() + count) ||
      !replaced_rows_.Reserve(replaced_rows_.size() + old_count) ||
      !replaced_leaves_.Reserve(replaced_leaves_.size() + 1)) {
    return Status::kNoMemory;
  }
  std::uint32_t old = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    int order = 1;
    for (; old < old_count; ++old) {
      // A head decides without touching the row.
      order = items[i].head != leaf->heads[old] ? (items[i].head < leaf->heads[old] ? -1 : 1)
                                                : CompareTerms(items[i].key, body_.KeyOf(leaf->rows[old]));
      if (order <= 0) break;
      merged_.Push({leaf->heads[old], leaf->rows[old]});
    }
    if (old < old_count && order == 0) {
      if (only_new) return Status::kExists;
      replaced_rows_.Push(leaf->rows[old++]);
    }
    const RowRef row = body_.WriteNew(rows[items[i].row].payload);
    if (row == kNoRow) return Status::kNoMemory;
    new_rows_.Push(row);
    merged_.Push({items[i].head, row});
  }
  for (; old < old_count; ++old) merged_.Push({leaf->heads[old], leaf->rows[old]});
  if (leaf != nullptr) replaced_leaves_.Push(leaf);
  return AddLeaves() ? Status::kOk : Status::kNoMemory;
}

bool BodyBatch::AddLeaves() noexcept {
  const std::uint32_t total = merged_.size();
  const std::uint32_t parts = (total + Leaf::kCapacity - 1) / Leaf::kCapacity;
  for (std::uint32_t part = 0, from = 0; part < parts; ++part) {
    // The same number in each, the remainder spread over the first ones.
    const std::uint32_t size = total / parts + (part < total % parts ? 1 : 0);
    if (!leaves_.Reserve(leaves_.size() + 1) || !new_leaves_.Reserve(new_leaves_.size() + 1)) return false;
    Leaf* leaf = Leaf::Make();
    if (leaf == nullptr) return false;
    for (std::uint32_t i = 0; i < size; ++i) leaf->Push(merged_[from + i].head, merged_[from + i].row);
    leaves_.Push(leaf->heads[0], leaf);  // room was reserved
    new_leaves_.Push(leaf);
    from += size;
  }
  return true;
}

void BodyBatch::Commit(UnlinkedLeaves& unlinked) noexcept {
  committed_ = true;
  body_.leaves_.TakeOver(leaves_);
  for (Leaf* leaf : replaced_leaves_) unlinked.Add(leaf);
  for (RowRef row : replaced_rows_) body_.FreeRow(row);
  body_.rows_ += new_rows_.size();
  body_.rows_ -= replaced_rows_.size();
  if (body_.rows_ >= body_.rows_for_window_) body_.ChooseWindow();
}

}  // namespace termstore
