#include "core/table/ordered_body.h"

#include <new>

namespace termstore {

namespace {

void FreeWindow(void* window, std::size_t) noexcept { delete static_cast<const OrderWindow*>(window); }

}  // namespace

std::unique_ptr<ShardBody> ShardBody::Make(Epochs& epochs, std::uint32_t keypos) noexcept {
  return std::unique_ptr<ShardBody>(new (std::nothrow) ShardBody(epochs, keypos));
}

ShardBody::~ShardBody() {
  for (std::uint32_t i = 0; i < leaves_.size(); ++i) std::free(leaves_[i]);
  delete Window();
}

bool ShardBody::SetWindow(const OrderWindow& window) noexcept {
  const OrderWindow* old = Window();
  const OrderWindow* fresh = window.at_start() ? nullptr : new (std::nothrow) OrderWindow(window);
  if (fresh == nullptr && !window.at_start()) return false;
  window_.store(fresh, std::memory_order_release);  // pairs with window()
  if (old != nullptr) epochs_.Retire(const_cast<OrderWindow*>(old), 0, FreeWindow);
  return true;
}

bool ShardBody::Find(Bytes key, std::uint64_t head, Position* at) const noexcept {
  head = HeadOf(key, head);
  const Cut after = Cut::At(key, head, Cut::Side::kAfter);
  const std::uint32_t started =
      CountLeft(leaves_.heads(), leaf_count(), after, [this](std::uint32_t i) { return FirstKey(i); });
  *at = {started == 0 ? 0 : started - 1, 0};
  if (started == 0) return false;
  const Leaf* leaf = leaves_[at->leaf];
  leaf->Prefetch();
  bool found = false;
  at->entry = FindAmong(
      leaf->heads, leaf->count, leaf->CountBelow(head), head, key,
      [&](std::uint32_t i) { return KeyOf(leaf->rows[i]); }, &found);
  return found;
}

ShardBody::Position ShardBody::Locate(const Cut& place) const noexcept {
  const Cut cut = InWindow(place);
  const std::uint32_t started =
      CountLeft(leaves_.heads(), leaf_count(), cut, [this](std::uint32_t i) { return FirstKey(i); });
  if (started == 0) return begin();
  const Leaf* leaf = leaves_[started - 1];
  leaf->Prefetch();
  const std::uint32_t left = CountLeft(leaf->heads, leaf->count, leaf->CountBelow(cut.head()), cut,
                                       [&](std::uint32_t i) { return KeyOf(leaf->rows[i]); });
  return left < leaf->count ? Position{started - 1, left} : Position{started, 0};
}

std::uint64_t ShardBody::RowsBefore(Position at) const noexcept {
  std::uint64_t rows = at.entry;
  for (std::uint32_t leaf = 0; leaf < at.leaf; ++leaf) rows += leaves_[leaf]->count;
  return rows;
}

ShardBody::Position ShardBody::Advance(Position at, std::uint64_t n) const noexcept {
  while (at.leaf < leaf_count()) {
    const std::uint32_t here = leaves_[at.leaf]->count - at.entry;
    if (n < here) return {at.leaf, at.entry + static_cast<std::uint32_t>(n)};
    n -= here;
    at = {at.leaf + 1, 0};
  }
  return end();
}

std::uint64_t ShardBody::RowsBetween(Position from, Position to) const noexcept {
  if (from.leaf > to.leaf || (from.leaf == to.leaf && from.entry >= to.entry)) return 0;
  std::uint64_t rows = to.entry;
  for (std::uint32_t leaf = from.leaf; leaf < to.leaf; ++leaf) rows += leaves_[leaf]->count;
  return rows - from.entry;
}

RowRef ShardBody::WriteNew(Bytes payload) noexcept {
  const RowInput row{payload, {}, false};
  const RowRef ref = arena_.Allocate(row.CellBytes());
  if (ref == kNoRow) return kNoRow;
  WriteRow(arena_.At(ref), row);
  live_bytes_ += row.CellBytes();
  return ref;
}

void ShardBody::FreeRow(RowRef row) noexcept {
  live_bytes_ -= RowView(arena_.At(row)).CellBytes();
  arena_.Free(row);
}

bool ShardBody::Insert(Position* at, std::uint64_t head, Bytes payload) noexcept {
  const RowRef row = WriteNew(payload);
  if (row == kNoRow) return false;
  const bool full = leaf_count() == 0 || leaves_[at->leaf]->count == Leaf::kCapacity;
  if (full && !SplitLeaf(at)) {
    FreeRow(row);
    return false;
  }
  Leaf* leaf = leaves_[at->leaf];
  const std::uint64_t own_head = HeadOf(KeyOf(row), head);
  leaf->Insert(at->entry, own_head, row);
  if (at->entry == 0) leaves_.SetHead(at->leaf, own_head);
  ++rows_;
  if (rows_ >= rows_for_window_) [[unlikely]]
    ChooseWindow();
  return true;
}

bool ShardBody::SplitLeaf(Position* at) noexcept {
  const std::uint32_t count = leaf_count();
  if (!leaves_.Reserve(count + 1)) return false;
  Leaf* right = Leaf::Make();
  if (right == nullptr) return false;
  if (count == 0) {
    leaves_.Insert(0, 0, right);
    *at = {};
    return true;
  }
  Leaf* left = leaves_[at->leaf];
  // Rows that arrive in ascending order fill their leaves: nothing comes between them later.
  const bool ascending = at->leaf + 1 == count && at->entry == left->count;
  const std::uint32_t keep = ascending ? left->count : left->count / 2;
  right->Append(*left, keep, left->count - keep);
  left->Truncate(keep);
  leaves_.Insert(at->leaf + 1, right->count > 0 ? right->heads[0] : 0, right);
  if (ascending || at->entry > keep) *at = {at->leaf + 1, at->entry - keep};
  return true;
}

bool ShardBody::Replace(Position at, Bytes payload) noexcept {
  const RowRef row = leaves_[at.leaf]->rows[at.entry];
  const RowInput input{payload, {}, false};
  std::uint8_t* cell = arena_.At(row);
  const std::uint32_t old_bytes = RowView(cell).CellBytes();
  if (Arena::SameCell(old_bytes, input.CellBytes())) {
    WriteRow(cell, input);
    live_bytes_ = live_bytes_ - old_bytes + input.CellBytes();
    return true;
  }
  const RowRef fresh = WriteNew(payload);
  if (fresh == kNoRow) return false;
  leaves_[at.leaf]->SetRow(at.entry, fresh);
  FreeRow(row);
  return true;
}

ShardBody::Position ShardBody::Remove(Position at, UnlinkedLeaves& unlinked) noexcept {
  Leaf* leaf = leaves_[at.leaf];
  FreeRow(leaf->rows[at.entry]);
  --rows_;
  leaf->Erase(at.entry);
  if (leaf->count == 0) {
    EraseLeaf(at.leaf, unlinked);
    return {at.leaf, 0};
  }
  if (at.entry == 0) leaves_.SetHead(at.leaf, leaf->heads[0]);
  if (leaf->count < Leaf::kSparse) {
    if (at.leaf + 1 < leaf_count() && leaf->count + leaves_[at.leaf + 1]->count <= Leaf::kBuiltFill) {
      JoinLeaves(at.leaf, unlinked);
    } else if (at.leaf > 0 && leaf->count + leaves_[at.leaf - 1]->count <= Leaf::kBuiltFill) {
      at = {at.leaf - 1, leaves_[at.leaf - 1]->count + at.entry};
      JoinLeaves(at.leaf, unlinked);
    }
  }
  return at.entry < leaves_[at.leaf]->count ? at : Position{at.leaf + 1, 0};
}

void ShardBody::EraseLeaf(std::uint32_t leaf, UnlinkedLeaves& unlinked) noexcept {
  unlinked.Add(leaves_[leaf]);
  leaves_.Erase(leaf);
}

void ShardBody::JoinLeaves(std::uint32_t left, UnlinkedLeaves& unlinked) noexcept {
  Leaf* to = leaves_[left];
  const Leaf* from = leaves_[left + 1];
  to->Append(*from, 0, from->count);
  EraseLeaf(left + 1, unlinked);
}

void ShardBody::Truncate(Position from, UnlinkedLeaves& unlinked) noexcept {
  if (from == end()) return;
  for (std::uint32_t i = from.leaf; i < leaf_count(); ++i) {
    Leaf* leaf = leaves_[i];
    const std::uint32_t keep = i == from.leaf ? from.entry : 0;
    for (std::uint32_t entry = keep; entry < leaf->count; ++entry) FreeRow(leaf->rows[entry]);
    rows_ -= leaf->count - keep;
    leaf->Truncate(keep);
    if (keep == 0) unlinked.Add(leaf);
  }
  const std::uint32_t kept = from.leaf + (from.entry > 0 ? 1 : 0);
  leaves_.Truncate(kept);
  ChooseWindow();
}

OrderWindow ShardBody::WindowFor(Position from, Position to) const noexcept {
  if (rows_ == 0 || from == to) return {};
  std::uint64_t ties = 0;
  std::uint64_t rows = 0;
  for (Position at = from; at != to; at = {at.leaf + 1, 0}) {
    const Leaf* leaf = leaves_[at.leaf];
    const std::uint32_t end = at.leaf == to.leaf ? to.entry : leaf->count;
    for (std::uint32_t i = at.entry + 1; i < end; ++i) ties += leaf->heads[i] == leaf->heads[i - 1] ? 1 : 0;
    rows += end - at.entry;
    if (at.leaf == to.leaf) break;
  }
  // Where heads are good as they are, no row needs to be touched; a window that was needed for all rows is
  // needed for some.
  if (Window() == nullptr && ties < rows / 4) return {};
  return OrderWindow::Between(Key(from), Key(Previous(to)));
}

void ShardBody::ChooseWindow() noexcept {
  rows_for_window_ = rows_ < Leaf::kCapacity / 2 ? Leaf::kCapacity : 2 * rows_;
  const OrderWindow window = WindowFor(begin(), end());
  if (HasWindow(window) || !SetWindow(window)) return;
  for (std::uint32_t i = 0; i < leaf_count(); ++i) {
    Leaf* leaf = leaves_[i];
    for (std::uint32_t entry = 0; entry < leaf->count; ++entry) {
      PrefetchAhead({i, entry});
      leaf->SetHead(entry, HeadOf(KeyOf(leaf->rows[entry])));
    }
    leaves_.SetHead(i, leaf->heads[0]);
  }
}

bool ShardBody::AppendCopies(const ShardBody& source, Position from, Position to) noexcept {
  if (rows_ == 0 && !SetWindow(source.WindowFor(from, to))) return false;
  const bool same_heads = source.HasWindow(Window() == nullptr ? OrderWindow() : *Window());
  const auto new_leaves = static_cast<std::uint32_t>(source.RowsBetween(from, to) / Leaf::kBuiltFill) + 1;
  if (!leaves_.Reserve(leaf_count() + new_leaves)) return false;
  Leaf* leaf = nullptr;
  for (Position at = from; at != to; at = source.Next(at)) {
    source.PrefetchAhead(at);
    if (leaf == nullptr || leaf->count == Leaf::kBuiltFill) {
      leaf = Leaf::Make();
      if (leaf == nullptr) return false;
      leaves_.Insert(leaf_count(), 0, leaf);
    }
    const RowRef row = WriteNew(source.Payload(at));
    if (row == kNoRow) return false;
    const std::uint64_t head = same_heads ? source.leaves_[at.leaf]->heads[at.entry] : HeadOf(KeyOf(row));
    if (leaf->count == 0) leaves_.SetHead(leaf_count() - 1, head);
    leaf->Push(head, row);
    ++rows_;
  }
  rows_for_window_ = rows_ < Leaf::kCapacity / 2 ? Leaf::kCapacity : 2 * rows_;
  built_memory_ = memory();
  built_live_bytes_ = live_bytes_;
  return true;
}

bool ShardBody::IsWasteful() const noexcept {
  constexpr std::size_t kIgnored = 65536;
  constexpr std::size_t kOverheadPerRow = 32;  // its place in a leaf and what its cell may waste, generously
  const std::size_t bytes = memory();
  if (bytes <= kIgnored + 3 * (live_bytes_ + kOverheadPerRow * rows_)) return false;
  // Rows of many sizes never fill their slabs: copy again only when something changed since the last time.
  return bytes > 2 * built_memory_ || 2 * live_bytes_ < built_live_bytes_;
}

const char* ShardBody::Check() const noexcept {
  std::uint64_t rows = 0;
  std::size_t bytes = 0;
  Bytes before;
  for (std::uint32_t i = 0; i < leaf_count(); ++i) {
    const Leaf* leaf = leaves_[i];
    if (leaf->count == 0 || leaf->count > Leaf::kCapacity) return "leaves are neither empty nor overfull";
    if (leaves_.head(i) != leaf->heads[0]) return "the head of a leaf is that of its first key";
    for (std::uint32_t entry = leaf->count; entry < Leaf::kCapacity; ++entry) {
      if (leaf->heads[entry] != Leaf::kNoHead) return "there are no heads behind the last key";
    }
    for (std::uint32_t entry = 0; entry < leaf->count; ++entry) {
      const Bytes key = Key({i, entry});
      if (!key || HeadOf(key) != leaf->heads[entry]) return "heads belong to their rows";
      if (before && CompareTerms(before, key) >= 0) return "keys ascend";
      before = key;
      bytes += RowView(Cell({i, entry})).CellBytes();
    }
    rows += leaf->count;
  }
  if (rows != rows_) return "rows are counted";
  return bytes == live_bytes_ ? nullptr : "bytes are counted";
}

}  // namespace termstore
