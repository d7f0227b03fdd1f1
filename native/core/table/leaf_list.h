// The leaves of an ordered body: blocks of sorted keys, and the list of them in order.
//
// READERS  Point reads look at leaves without the shard's lock and check its version afterwards
//          (ordered_shard.h). So the words of a leaf and of a list are atomic (base/atomic_word.h), a list's
//          block is found through an atomic pointer, and leaves and blocks that are replaced are retired
//          through Epochs. Counts never exceed the block or leaf that they are in, whenever they are read.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/atomic_word.h"
#include "core/base/platform.h"
#include "core/memory/arena.h"
#include "core/memory/epoch.h"

namespace termstore {

// Moves `count` words that others may read one place up: words[0] stays as it is.
template <typename T>
inline void MoveUp(T* words, std::uint32_t count) noexcept {
  for (std::uint32_t i = count; i > 0; --i) StoreWord(words + i, words[i - 1]);
}

// Moves `count` words that others may read one place down, the first of them to words[-1].
template <typename T>
inline void MoveDown(T* words, std::uint32_t count) noexcept {
  for (std::uint32_t i = 0; i < count; ++i) StoreWord(words + i - 1, words[i]);
}

// As memcpy(), into words that others may read.
template <typename T>
inline void CopyWords(T* to, T const* from, std::uint32_t count) noexcept {
  for (std::uint32_t i = 0; i < count; ++i) StoreWord(to + i, from[i]);
}

// The heads of up to 64 keys and the references of their rows side by side. Behind the last key heads are
// kNoHead, so that a search need not know how many there are.
struct Leaf {
  static constexpr std::uint64_t kNoHead = ~std::uint64_t{0};
  static constexpr std::uint32_t kCapacity = 64;
  // Fill of leaves that are built from others: leaves of random inserts settle near it anyway.
  static constexpr std::uint32_t kBuiltFill = 48;
  // Below it a leaf joins a neighbour, if both then have at most kBuiltFill.
  static constexpr std::uint32_t kSparse = 16;

  std::uint32_t count = 0;
  Leaf* next_unlinked = nullptr;  // not for readers
  std::uint64_t heads[kCapacity];
  RowRef rows[kCapacity];

  // Null when memory is short.
  static Leaf* Make() noexcept;

  void Set(std::uint32_t entry, std::uint64_t head, RowRef row) noexcept {
    StoreWord(&heads[entry], head);
    StoreWord(&rows[entry], row);
  }
  void SetRow(std::uint32_t entry, RowRef row) noexcept { StoreWord(&rows[entry], row); }
  void SetHead(std::uint32_t entry, std::uint64_t head) noexcept { StoreWord(&heads[entry], head); }
  // REQUIRES: there is room.
  void Insert(std::uint32_t entry, std::uint64_t head, RowRef row) noexcept {
    MoveUp(heads + entry, count - entry);
    MoveUp(rows + entry, count - entry);
    Set(entry, head, row);
    StoreWord(&count, count + 1);
  }
  void Erase(std::uint32_t entry) noexcept {
    const std::uint32_t behind = count - entry - 1;
    MoveDown(heads + entry + 1, behind);
    MoveDown(rows + entry + 1, behind);
    Truncate(count - 1);
  }
  void Truncate(std::uint32_t rows_left) noexcept {
    for (std::uint32_t i = rows_left; i < count; ++i) StoreWord(&heads[i], kNoHead);
    StoreWord(&count, rows_left);
  }
  // REQUIRES: there is room.
  void Push(std::uint64_t head, RowRef row) noexcept {
    Set(count, head, row);
    StoreWord(&count, count + 1);
  }
  // Adds entries [first, first + number) of `from` behind the last one. REQUIRES: there is room.
  void Append(const Leaf& from, std::uint32_t first, std::uint32_t number) noexcept {
    CopyWords(heads + count, from.heads + first, number);
    CopyWords(rows + count, from.rows + first, number);
    StoreWord(&count, count + number);
  }

  // Fetches what a walk reads.
  void PrefetchRows() const noexcept {
    const auto* at = reinterpret_cast<const std::uint8_t*>(rows);
    termstore::Prefetch(&count);
    for (std::size_t i = 0; i < sizeof rows; i += kCacheLineBytes) termstore::Prefetch(at + i);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // as in Prefetch()
  }
  // How many heads are below `head`. Three steps of a binary search for the group of eight, which wait for
  // each other and for three lines, and one round of comparisons that do not.
  std::uint32_t CountBelow(std::uint64_t head) const noexcept {
    constexpr std::uint32_t kGroup = 8;
    const std::uint64_t* group = heads;
    for (std::uint32_t half = kCapacity / 2; half >= kGroup; half /= 2) {
      const std::uint64_t* upper = group + half;
      group = LoadWord(upper - 1) < head ? upper : group;
    }
    auto below = static_cast<std::uint32_t>(group - heads);
    for (std::uint32_t i = 0; i < kGroup; ++i)
      below += static_cast<std::uint32_t>(LoadWord(&group[i]) < head);
    return below;
  }

  // Fetches what a search reads. It would wait for one line after the other.
  void Prefetch() const noexcept {
    const auto* at = reinterpret_cast<const std::uint8_t*>(this);
    for (std::size_t i = 0; i < sizeof(Leaf); i += kCacheLineBytes) termstore::Prefetch(at + i);
    // To gcc nothing of this is an effect, and it drops calls that have none.
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
};

// Leaves that are in no body any more. Declare it before the lock is taken: they are retired after the
// unlock.
class UnlinkedLeaves {
 public:
  explicit UnlinkedLeaves(Epochs& epochs) noexcept : epochs_(epochs) {}
  ~UnlinkedLeaves();
  UnlinkedLeaves(const UnlinkedLeaves&) = delete;
  UnlinkedLeaves& operator=(const UnlinkedLeaves&) = delete;

  void Add(Leaf* leaf) noexcept {
    leaf->next_unlinked = first_;
    first_ = leaf;
  }

 private:
  // For Epochs::Retire: all of them.
  static void Free(void* first, std::size_t) noexcept;

  Epochs& epochs_;
  Leaf* first_ = nullptr;
};

// Leaves in order, each with the head of its first key. The leaves are the owner's.
class LeafList {
 public:
  // What a reader without the lock looks at.
  class Block {
   public:
    std::uint32_t count() const noexcept { return LoadWord(&count_); }
    const std::uint64_t* heads() const noexcept { return reinterpret_cast<const std::uint64_t*>(this + 1); }
    const Leaf* leaf(std::uint32_t i) const noexcept { return LoadWord(leaves() + i); }

   private:
    friend class LeafList;

    explicit constexpr Block(std::uint32_t capacity) noexcept : capacity_(capacity) {}
    std::uint64_t* heads() noexcept { return reinterpret_cast<std::uint64_t*>(this + 1); }
    Leaf** leaves() noexcept { return reinterpret_cast<Leaf**>(heads() + capacity_); }
    Leaf* const* leaves() const noexcept { return reinterpret_cast<Leaf* const*>(heads() + capacity_); }

    alignas(8) std::uint32_t count_ = 0;
    const std::uint32_t capacity_;
  };

  explicit LeafList(Epochs& epochs) noexcept : epochs_(epochs) {}
  // REQUIRES: no reader can reach the list any more.
  ~LeafList();
  LeafList(const LeafList&) = delete;
  LeafList& operator=(const LeafList&) = delete;

  const Block& block() const noexcept {
    return *block_.load(std::memory_order_acquire);  // pairs with the release in Publish()
  }

  std::uint32_t size() const noexcept { return Own()->count_; }
  std::size_t memory() const noexcept { return Own()->capacity_ == 0 ? 0 : BytesFor(Own()->capacity_); }
  // REQUIRES, here and below: i < size().
  Leaf* operator[](std::uint32_t i) const noexcept { return Own()->leaves()[i]; }
  std::uint64_t head(std::uint32_t i) const noexcept { return heads()[i]; }
  const std::uint64_t* heads() const noexcept { return Own()->heads(); }
  void SetHead(std::uint32_t i, std::uint64_t head) noexcept { StoreWord(Own()->heads() + i, head); }

  // False when memory is short; nothing has changed then.
  bool Reserve(std::uint32_t capacity) noexcept;
  bool Push(std::uint64_t head, Leaf* leaf) noexcept;
  // REQUIRES: room was reserved.
  void Insert(std::uint32_t at, std::uint64_t head, Leaf* leaf) noexcept;
  void Erase(std::uint32_t at) noexcept;
  void Truncate(std::uint32_t size) noexcept;
  // Becomes what `other` is, which is empty afterwards.
  void TakeOver(LeafList& other) noexcept;

 private:
  static std::size_t BytesFor(std::uint32_t capacity) noexcept {
    return sizeof(Block) + std::size_t{capacity} * (sizeof(std::uint64_t) + sizeof(Leaf*));
  }
  static Block* NoLeaves() noexcept {
    static constinit Block none(0);
    return &none;
  }
  Block* Own() const noexcept { return block_.load(std::memory_order_relaxed); }
  void Publish(Block* block) noexcept;

  Epochs& epochs_;
  std::atomic<Block*> block_{NoLeaves()};
};

}  // namespace termstore
