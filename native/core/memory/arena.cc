#include "core/memory/arena.h"

#include <bit>
#include <cstdlib>
#include <new>

#include "core/memory/pages.h"

namespace termstore {
namespace {

constexpr std::uint32_t kSmallest = 512;  // bytes of the first slab of a class, where four cells are less

void FreeSlab(void* memory, std::size_t bytes) noexcept {
  ForgetPages(memory, bytes);
  std::free(memory);
}

}  // namespace

Arena::~Arena() {
  // REQUIRES of the owner: no reader can reach this arena any more (its table was retired through Epochs).
  for (const Slab& slab : slabs_) {
    if (slab.memory != nullptr) FreeSlab(slab.memory, slab.bytes);
  }
  std::free(table_.load(std::memory_order_relaxed));
}

// 16, 32 … 128, then four classes for each doubling up to kMaxCell.
std::uint32_t Arena::ClassOf(std::uint32_t bytes) noexcept {
  if (bytes <= 128) return bytes == 0 ? 0 : (bytes - 1) / kUnit;
  if (bytes > kMaxCell) return kLarge;
  const std::uint32_t doubling = 31u - static_cast<std::uint32_t>(std::countl_zero(bytes - 1));  // >= 7
  const std::uint32_t quarter = ((bytes - 1) >> (doubling - 2)) & 3;
  return 8 + (doubling - 7) * 4 + quarter;
}

std::uint32_t Arena::ClassBytes(std::uint32_t size_class) noexcept {
  if (size_class < 8) return (size_class + 1) * kUnit;
  const std::uint32_t doubling = 7 + (size_class - 8) / 4;
  const std::uint32_t quarter = (size_class - 8) % 4;
  return (1u << doubling) + (quarter + 1) * (1u << (doubling - 2));
}

std::uint32_t Arena::CellBytes(std::uint32_t bytes) noexcept {
  const std::uint32_t size_class = ClassOf(bytes);
  return size_class == kLarge ? (bytes + kUnit - 1) / kUnit * kUnit : ClassBytes(size_class);
}

bool Arena::GrowTable() noexcept {
  SlabTable* old = table_.load(std::memory_order_relaxed);
  const std::uint32_t capacity = old == nullptr ? 8 : old->capacity * 2;
  const std::size_t bytes = sizeof(SlabTable) + capacity * sizeof(std::uint8_t*);
  auto* table = static_cast<SlabTable*>(std::calloc(1, bytes));
  if (table == nullptr) return false;
  table->capacity = capacity;
  AddMemory(bytes);
  if (old != nullptr) {
    std::memcpy(table->memory, old->memory, old->capacity * sizeof(std::uint8_t*));
    AddMemory(std::size_t{0} - (sizeof(SlabTable) + old->capacity * sizeof(std::uint8_t*)));
  }
  table_.store(table, std::memory_order_release);  // pairs with the acquire in At()
  if (old != nullptr) epochs_.Retire(old, 0, Epochs::FreeMemory);
  return true;
}

std::uint32_t Arena::AddSlab(std::uint32_t size_class, std::size_t bytes, std::uint32_t cells) noexcept {
  std::uint32_t number = unused_;
  if (number == 0) {
    // Number 0 with unit 0 would be kNoRow, so numbering starts at 1.
    if (slabs_.size() == 0 && !slabs_.Push(Slab{})) return kMaxSlabs;
    number = slabs_.size();
    if (number >= kMaxSlabs || !slabs_.Reserve(number + 1)) return kMaxSlabs;
    const SlabTable* table = table_.load(std::memory_order_relaxed);
    if ((table == nullptr || number >= table->capacity) && !GrowTable()) return kMaxSlabs;
  }
  auto* memory = static_cast<std::uint8_t*>(std::malloc(bytes));
  if (memory == nullptr) return kMaxSlabs;
  if (number == unused_) {
    unused_ = slabs_[number].next_open;
  } else {
    (void)slabs_.Push(Slab{});  // there is room
  }
  Slab& slab = slabs_[number];
  slab = Slab{};
  slab.memory = memory;
  slab.bytes = bytes;
  slab.size_class = size_class;
  slab.cells = cells;
  if (slab.IsSparse()) sparse_bytes_ += bytes;
  AddMemory(bytes);
  StoreWord(&table_.load(std::memory_order_relaxed)->memory[number], memory);
  return number;
}

void Arena::ReleaseSlab(std::uint32_t number) noexcept {
  Slab& slab = slabs_[number];
  StoreWord(&table_.load(std::memory_order_relaxed)->memory[number], static_cast<std::uint8_t*>(nullptr));
  if (slab.IsSparse()) sparse_bytes_ -= slab.bytes;
  AddMemory(std::size_t{0} - slab.bytes);
  epochs_.Retire(slab.memory, slab.bytes, FreeSlab);
  slab = Slab{};
  slab.next_open = unused_;
  unused_ = number;
}

void Arena::FreeSlabs(void* slabs, std::size_t bytes) noexcept {
  const auto* const array = static_cast<const Slab*>(slabs);
  for (std::size_t i = 0; i < bytes / sizeof(Slab); ++i) std::free(array[i].memory);
  std::free(slabs);
}

void Arena::Open(std::uint32_t number) noexcept {
  Slab& slab = slabs_[number];
  std::uint32_t& head = open_[slab.size_class];
  slab.open = true;
  slab.previous_open = 0;
  slab.next_open = head;
  if (head != 0) slabs_[head - 1].previous_open = number + 1;
  head = number + 1;
}

void Arena::Close(std::uint32_t number) noexcept {
  Slab& slab = slabs_[number];
  if (slab.previous_open != 0) {
    slabs_[slab.previous_open - 1].next_open = slab.next_open;
  } else {
    open_[slab.size_class] = slab.next_open;
  }
  if (slab.next_open != 0) slabs_[slab.next_open - 1].previous_open = slab.previous_open;
  slab.next_open = slab.previous_open = 0;
  slab.open = false;
}

void Arena::Clear() noexcept {
  SlabTable* table = table_.load(std::memory_order_relaxed);
  const std::uint32_t count = slabs_.size();
  for (std::uint32_t number = 1; number < count; ++number)
    StoreWord(&table->memory[number], static_cast<std::uint8_t*>(nullptr));
  table_.store(nullptr, std::memory_order_release);  // pairs with the acquire in At()
  for (std::uint32_t& head : open_) head = 0;
  for (std::uint32_t& slabs : class_slabs_) slabs = 0;
  unused_ = 0;
  sparse_bytes_ = 0;
  memory_.store(0, std::memory_order_relaxed);
  // All slabs as one piece, because there may be more of them than notes.
  if (count > 0) epochs_.Retire(slabs_.Release(), count * sizeof(Slab), FreeSlabs);
  if (table != nullptr) epochs_.Retire(table, 0, Epochs::FreeMemory);
}

RowRef Arena::TakeCell(std::uint32_t number) noexcept {
  Slab& slab = slabs_[number];
  std::uint32_t unit;
  if (slab.free_head != 0) {
    unit = slab.free_head - 1;
    slab.free_head = LoadWord(reinterpret_cast<std::uint32_t*>(slab.memory + unit * kUnit));
  } else {
    unit = slab.bumped++ * (ClassBytes(slab.size_class) / kUnit);
  }
  if (slab.used == slab.cells / 2) sparse_bytes_ -= slab.bytes;
  if (++slab.used == slab.cells) Close(number);
  return (number << 12) | unit;
}

RowRef Arena::Allocate(std::uint32_t bytes) noexcept {
  const std::uint32_t size_class = ClassOf(bytes);
  if (size_class == kLarge) {
    const std::uint32_t number = AddSlab(kLarge, CellBytes(bytes), 1);
    if (number == kMaxSlabs) return kNoRow;
    slabs_[number].used = 1;
    return number << 12;
  }
  if (open_[size_class] == 0) {
    const std::uint32_t cell = ClassBytes(size_class);
    // Slabs of a class double, so a table with few rows stays small and one with many has few slabs.
    std::size_t wanted = kSmallest > 4 * cell ? kSmallest : 4 * cell;
    for (std::uint32_t i = 0; i < class_slabs_[size_class] && wanted < kMaxSlab; ++i) wanted *= 2;
    if (wanted > kMaxSlab) wanted = kMaxSlab;
    const std::uint32_t cells = static_cast<std::uint32_t>(wanted / cell);
    const std::uint32_t number = AddSlab(size_class, std::size_t{cells} * cell, cells);
    if (number == kMaxSlabs) return kNoRow;
    ++class_slabs_[size_class];
    Open(number);
  }
  return TakeCell(open_[size_class] - 1);
}

void Arena::Free(RowRef ref) noexcept {
  const std::uint32_t number = ref >> 12;
  Slab& slab = slabs_[number];
  if (slab.size_class == kLarge) {
    ReleaseSlab(number);
    return;
  }
  const std::uint32_t unit = ref & 0xfff;
  StoreWord(reinterpret_cast<std::uint32_t*>(slab.memory + unit * kUnit), slab.free_head);
  slab.free_head = unit + 1;
  if (slab.used-- == slab.cells && !slab.leaving) Open(number);
  if (slab.used == slab.cells / 2) sparse_bytes_ += slab.bytes;
  // One empty slab of a class stays, so that a row that comes and goes does not cost a slab each time.
  if (slab.used == 0 && class_slabs_[slab.size_class] > 1) {
    --class_slabs_[slab.size_class];
    if (slab.open) Close(number);
    ReleaseSlab(number);
  }
}

bool Arena::BeginEvacuation() noexcept {
  std::size_t used[kClasses] = {};
  for (const Slab& slab : slabs_) {
    if (slab.memory != nullptr && slab.size_class != kLarge) used[slab.size_class] += slab.used;
  }
  bool any = false;
  // The slabs that stay are the first of each class that have cells for all of its rows.
  std::size_t room[kClasses] = {};
  for (std::uint32_t number = 1; number < slabs_.size(); ++number) {
    Slab& slab = slabs_[number];
    if (slab.memory == nullptr || slab.size_class == kLarge) continue;
    if (room[slab.size_class] < used[slab.size_class] || used[slab.size_class] == 0) {
      room[slab.size_class] += slab.cells;
      continue;
    }
    slab.leaving = true;
    if (slab.open) Close(number);
    any = true;
  }
  return any;
}

void Arena::EndEvacuation() noexcept {
  for (std::uint32_t number = 1; number < slabs_.size(); ++number) {
    Slab& slab = slabs_[number];
    if (!slab.leaving) continue;
    slab.leaving = false;
    if (slab.used < slab.cells) Open(number);
  }
}

}  // namespace termstore
