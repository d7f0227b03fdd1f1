// Where the rows of one stripe (or shard) live.
//
// Rows come from slabs of equal cells, one list of slabs per size class; a row beyond the largest class has a
// slab of its own. A row is named by a 32-bit reference (slab number, cell offset in units of 16 bytes),
// which halves a hash slot against a pointer and stays valid when tables of slabs grow.
//
// Rows that go leave holes, and a slab is given back when it is empty. Where most slabs have become half
// empty the owner may evacuate: the rows that fit into fewer slabs are moved out of the others, a few at a
// time.
//
// Not thread-safe: one writer at a time, under the stripe's or shard's lock. At() may be called by readers
// without the lock inside a Pin: slab memory that such a reader may still see is handed to Epochs, never
// freed directly.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/base/atomic_word.h"
#include "core/memory/epoch.h"
#include "core/memory/pod_array.h"

namespace termstore {

using RowRef = std::uint32_t;
inline constexpr RowRef kNoRow = 0;

class Arena {
 public:
  static constexpr std::uint32_t kUnit = 16;
  static constexpr std::uint32_t kMaxCell = 16384;      // beyond it a row has a slab of its own
  static constexpr std::uint32_t kMaxSlab = 65536;      // 4096 units: 12 bits of a reference
  static constexpr std::uint32_t kMaxSlabs = 1u << 20;  // 20 bits of a reference

  explicit Arena(Epochs& epochs) noexcept : epochs_(epochs) {}
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // A cell of at least `bytes` bytes, 16-byte aligned; kNoRow when memory is short.
  RowRef Allocate(std::uint32_t bytes) noexcept;

  // True when a cell that was allocated for `old_bytes` also holds `new_bytes` without wasting a size class.
  static bool SameCell(std::uint32_t old_bytes, std::uint32_t new_bytes) noexcept {
    return CellBytes(old_bytes) == CellBytes(new_bytes);
  }

  void Free(RowRef ref) noexcept;

  // Null when `ref` is not of this arena (a reader without the lock may hold a stale one).
  std::uint8_t* At(RowRef ref) const noexcept {
    const SlabTable* table = table_.load(std::memory_order_acquire);  // pairs with the release in AddSlab()
    const std::uint32_t slab = ref >> 12;
    if (table == nullptr || slab >= table->capacity) return nullptr;
    std::uint8_t* memory = LoadWord(&table->memory[slab]);
    return memory == nullptr ? nullptr : memory + (ref & 0xfff) * kUnit;
  }

  // Bytes taken from the system for slabs and their tables.
  // Any thread may ask; exact when no operation runs.
  std::size_t memory() const noexcept { return memory_.load(std::memory_order_relaxed); }

  // True when more than half of the memory is in slabs with more holes than rows.
  bool IsSparse() const noexcept { return sparse_bytes_ >= kLeastSparse && 2 * sparse_bytes_ > memory(); }
  // Chooses slabs whose rows have room in the others of their class; no row is placed in them any more. False
  // when there are none. REQUIRES: no evacuation is under way. Cost: O(slabs).
  bool BeginEvacuation() noexcept;
  // Whether this row is to be moved: Allocate(), copy, Free().
  bool IsLeaving(RowRef ref) const noexcept { return slabs_[ref >> 12].leaving; }
  // Slabs that still have rows are as good as any again. Cost: O(slabs).
  void EndEvacuation() noexcept;

  // Gives everything back (through Epochs): all rows are gone, memory() is 0. Cost: O(slabs).
  void Clear() noexcept;

 private:
  static constexpr std::size_t kLeastSparse = 4096;
  static constexpr std::uint32_t kClasses = 36;
  static constexpr std::uint32_t kLarge = kClasses;  // class number of slabs with a single row

  struct Slab {
    std::uint8_t* memory = nullptr;
    std::size_t bytes = 0;
    std::uint32_t size_class = 0;
    std::uint32_t cells = 0;
    std::uint32_t used = 0;
    std::uint32_t bumped = 0;     // cells ever handed out
    std::uint32_t free_head = 0;  // 1 + unit offset of the first freed cell, 0: none
    // 1 + number of the next slab of this class with room, 0: none; of a slab that is gone, the next such
    // one.
    std::uint32_t next_open = 0;
    std::uint32_t previous_open = 0;
    bool open = false;
    bool leaving = false;

    bool IsSparse() const noexcept { return used <= cells / 2 && size_class != kLarge; }
  };
  struct SlabTable {
    std::uint32_t capacity = 0;
    std::uint8_t* memory[1];  // `capacity` entries
  };

  static std::uint32_t ClassOf(std::uint32_t bytes) noexcept;
  static std::uint32_t ClassBytes(std::uint32_t size_class) noexcept;
  static std::uint32_t CellBytes(std::uint32_t bytes) noexcept;

  void AddMemory(std::size_t bytes) noexcept { memory_.store(memory() + bytes, std::memory_order_relaxed); }
  bool GrowTable() noexcept;
  // Number of a new slab, or kMaxSlabs when memory is short.
  std::uint32_t AddSlab(std::uint32_t size_class, std::size_t bytes, std::uint32_t cells) noexcept;
  void ReleaseSlab(std::uint32_t number) noexcept;
  // For Epochs::Retire: an array of slabs, and their memory.
  static void FreeSlabs(void* slabs, std::size_t bytes) noexcept;
  void Open(std::uint32_t number) noexcept;
  void Close(std::uint32_t number) noexcept;
  RowRef TakeCell(std::uint32_t number) noexcept;

  std::atomic<SlabTable*> table_{nullptr};  // first: on its owner's line, if that is the owner's wish
  Epochs& epochs_;
  PodArray<Slab> slabs_;
  std::uint32_t unused_ = 0;                  // the first slab number to use again, 0: none
  std::uint32_t open_[kClasses] = {};         // 1 + number of the first slab with room
  std::uint32_t class_slabs_[kClasses] = {};  // slabs alive
  std::size_t sparse_bytes_ = 0;              // of slabs that are IsSparse()
  std::atomic<std::size_t> memory_{0};        // one writer, so load and store suffice
};

}  // namespace termstore
