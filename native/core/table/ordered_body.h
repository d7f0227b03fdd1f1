// The rows of one shard of an ordered table: an arena that holds them and leaves that keep them in order.
//
// A leaf has the heads of up to 64 keys and the references of their rows side by side; the body has the head
// of every leaf's first key and the leaves side by side (leaf_list.h). No leaf is empty. Everything is
// changed under the shard's lock and between its BeginWrite() and EndWrite(); point reads look at it without
// (ordered_glance.h).
//
// Heads are those of the body's window (term/order_form.h), which is chosen when rows are copied to a new
// body, when the upper rows were cut off, and each time the rows have doubled.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/memory/arena.h"
#include "core/table/leaf_list.h"
#include "core/table/ordered_cut.h"
#include "core/term/order_form.h"
#include "core/term/row.h"

namespace termstore {

class alignas(kCacheLineBytes) ShardBody {
 public:
  // A place in the body. `entry` may be the leaf's count: between its last row and the next leaf.
  struct Position {
    std::uint32_t leaf = 0;
    std::uint32_t entry = 0;
    friend bool operator==(const Position&, const Position&) = default;
  };

  // Null when memory is short.
  static std::unique_ptr<ShardBody> Make(Epochs& epochs, std::uint32_t keypos) noexcept;
  // For Epochs::Retire.
  static void Delete(void* body, std::size_t) noexcept { delete static_cast<ShardBody*>(body); }
  // REQUIRES: no reader can reach the body any more.
  ~ShardBody();
  ShardBody(const ShardBody&) = delete;
  ShardBody& operator=(const ShardBody&) = delete;

  std::uint64_t rows() const noexcept { return rows_; }
  std::uint32_t leaf_count() const noexcept { return leaves_.size(); }
  // Bytes of the rows themselves, without what their cells waste.
  std::size_t live_bytes() const noexcept { return live_bytes_; }
  // Bytes taken from the system.
  std::size_t memory() const noexcept {
    return sizeof(ShardBody) + arena_.memory() + leaves_.memory() + leaves_.size() * sizeof(Leaf) +
           (Window() == nullptr ? 0 : sizeof(OrderWindow));
  }

  // --- Readers without the lock, inside a Pin (ordered_glance.h) ---

  const LeafList& leaves() const noexcept { return leaves_; }
  const Arena& arena() const noexcept { return arena_; }
  std::uint32_t keypos() const noexcept { return keypos_; }
  // Fetches the leaf around a key with the head `head`.
  void PrefetchLeaf(std::uint64_t head) const noexcept {
    if (window() != nullptr) return;
    const LeafList::Block& leaves = leaves_.block();
    const std::uint32_t started = CountBelow(leaves.heads(), leaves.count(), head);
    if (started > 0) leaves.leaf(started - 1)->Prefetch();
  }
  // Which heads keys have in this body; null: OrderHead(). Immutable.
  const OrderWindow* window() const noexcept {
    return window_.load(std::memory_order_acquire);  // pairs with the release in SetWindow()
  }

  // --- REQUIRES: the shard's lock is held (for those that change something: between
  // BeginWrite() and EndWrite() of the shard, unless no other thread knows the body) ---

  // Where `key` is (true) or belongs (false). `head`, here and below: OrderHead(key).
  bool Find(Bytes key, std::uint64_t head, Position* at) const noexcept;
  // The first row right of `cut`, or end().
  Position Locate(const Cut& cut) const noexcept;
  // `n` rows further, or end().
  Position Advance(Position at, std::uint64_t n) const noexcept;
  // Cost: one step per leaf.
  std::uint64_t RowsBefore(Position at) const noexcept;

  // Rows in [from, to). Cost: one step per leaf.
  std::uint64_t RowsBetween(Position from, Position to) const noexcept;

  Position begin() const noexcept { return {}; }
  Position end() const noexcept { return {leaf_count(), 0}; }
  Position Next(Position at) const noexcept {
    return at.entry + 1 < leaves_[at.leaf]->count ? Position{at.leaf, at.entry + 1}
                                                  : Position{at.leaf + 1, 0};
  }
  // REQUIRES: at is not begin().
  Position Previous(Position at) const noexcept {
    return at.entry > 0 ? Position{at.leaf, at.entry - 1}
                        : Position{at.leaf - 1, leaves_[at.leaf - 1]->count - 1};
  }
  bool IsLast(Position at) const noexcept {
    return at.leaf + 1 == leaf_count() && at.entry + 1 == leaves_[at.leaf]->count;
  }

  Bytes Payload(Position at) const noexcept { return RowView(Cell(at)).payload(); }
  Bytes Key(Position at) const noexcept { return RowView(Cell(at)).KeyElement(keypos_); }
  // The row as a sized row (u32 size, payload): what its cell begins with, readable in whole words.
  Bytes SizedRow(Position at) const noexcept {
    const std::uint8_t* cell = Cell(at);
    return {cell, kRowHeaderBytes + std::size_t{Load<std::uint32_t>(cell) & kRowSizeMask}};
  }
  // For a change that keeps the size and the key.
  std::uint8_t* MutableCell(Position at) noexcept { return arena_.At(leaves_[at.leaf]->rows[at.entry]); }
  // Gets the row into the cache that a scan will reach soon.
  void PrefetchAhead(Position at) const noexcept {
    constexpr std::uint32_t kAhead = 6;
    const Leaf* leaf = leaves_[at.leaf];
    if (at.entry + kAhead < leaf->count) Prefetch(arena_.At(leaf->rows[at.entry + kAhead]));
    if (at.entry == 0 && at.leaf + 1 < leaf_count()) leaves_[at.leaf + 1]->PrefetchRows();
  }

  // Inserts at the place Find() gave; `*at` becomes where the row is. False, and no change, when memory is
  // short.
  bool Insert(Position* at, std::uint64_t head, Bytes payload) noexcept;
  // Replaces the row by one with an equal key. False, and no change, when memory is short.
  bool Replace(Position at, Bytes payload) noexcept;
  // Where the row after the removed one is now, or end().
  Position Remove(Position at, UnlinkedLeaves& unlinked) noexcept;
  // Removes everything from `from` on.
  void Truncate(Position from, UnlinkedLeaves& unlinked) noexcept;
  // Whether copying all rows to a new body would give back much more than it did when this one was built.
  bool IsWasteful() const noexcept;
  // Copies the rows [from, to) of `source` behind the last one. False when memory is short: throw the body
  // away.
  bool AppendCopies(const ShardBody& source, Position from, Position to) noexcept;

  // Looks for a window that tells the keys apart, and gives all keys their heads in it. Cost: one step for
  // each row, and only where many neighbours have equal heads is a row touched.
  void ChooseWindow() noexcept;

  // Null when everything fits together; else what does not. For tests.
  const char* Check() const noexcept;

 private:
  friend class BodyBatch;

  ShardBody(Epochs& epochs, std::uint32_t keypos) noexcept
      : leaves_(epochs), arena_(epochs), keypos_(keypos), epochs_(epochs) {}

  const OrderWindow* Window() const noexcept { return window_.load(std::memory_order_relaxed); }
  // The window for the rows [from, to).
  OrderWindow WindowFor(Position from, Position to) const noexcept;
  bool HasWindow(const OrderWindow& window) const noexcept {
    return Window() == nullptr ? window.at_start() : window == *Window();
  }
  // False, and the window stays, when memory is short.
  bool SetWindow(const OrderWindow& window) noexcept;
  std::uint64_t HeadOf(Bytes key) const noexcept {
    return Window() == nullptr ? OrderHead(key) : Window()->HeadOf(key);
  }
  // `head`: OrderHead(key).
  std::uint64_t HeadOf(Bytes key, std::uint64_t head) const noexcept {
    return Window() == nullptr ? head : Window()->HeadOf(key);
  }
  Cut InWindow(const Cut& cut) const noexcept {
    return Window() == nullptr ? cut : cut.WithHead(Window()->HeadOf(cut.key()));
  }

  const std::uint8_t* Cell(Position at) const noexcept { return arena_.At(leaves_[at.leaf]->rows[at.entry]); }
  Bytes KeyOf(RowRef row) const noexcept { return RowView(arena_.At(row)).KeyElement(keypos_); }
  Bytes FirstKey(std::uint32_t leaf) const noexcept { return KeyOf(leaves_[leaf]->rows[0]); }

  // A new cell with `payload`; kNoRow when memory is short.
  RowRef WriteNew(Bytes payload) noexcept;
  void FreeRow(RowRef row) noexcept;
  // Makes room in a full leaf; `*at` stays the same place. False when memory is short.
  bool SplitLeaf(Position* at) noexcept;
  void EraseLeaf(std::uint32_t leaf, UnlinkedLeaves& unlinked) noexcept;
  // Moves the rows of leaf `left + 1` behind those of `left`. REQUIRES: they fit.
  void JoinLeaves(std::uint32_t left, UnlinkedLeaves& unlinked) noexcept;

  // What a point read looks at comes first.
  LeafList leaves_;
  std::atomic<const OrderWindow*> window_{nullptr};
  Arena arena_;
  const std::uint32_t keypos_;
  Epochs& epochs_;
  std::uint64_t rows_for_window_ = Leaf::kCapacity;  // with so many rows it is chosen again
  std::uint64_t rows_ = 0;
  std::size_t live_bytes_ = 0;
  // As of the last AppendCopies(): what a copy could not improve.
  std::size_t built_memory_ = 0;
  std::size_t built_live_bytes_ = 0;
};

}  // namespace termstore
