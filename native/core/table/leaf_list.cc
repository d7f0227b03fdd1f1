#include "core/table/leaf_list.h"

#include <cstdlib>
#include <new>

#include "core/memory/pod_array.h"

namespace termstore {

Leaf* Leaf::Make() noexcept {
  void* memory = TryAllocate(sizeof(Leaf));
  if (memory == nullptr) return nullptr;
  auto* leaf = new (memory) Leaf;
  for (std::uint64_t& head : leaf->heads) head = kNoHead;
  return leaf;
}

UnlinkedLeaves::~UnlinkedLeaves() {
  if (first_ != nullptr) epochs_.Retire(first_, 0, Free);
}

void UnlinkedLeaves::Free(void* first, std::size_t) noexcept {
  for (auto* leaf = static_cast<Leaf*>(first); leaf != nullptr;) {
    Leaf* next = leaf->next_unlinked;
    std::free(leaf);
    leaf = next;
  }
}

LeafList::~LeafList() {
  if (Own() != NoLeaves()) std::free(Own());
}

void LeafList::Publish(Block* block) noexcept {
  Block* old = Own();
  block_.store(block, std::memory_order_release);  // pairs with block()
  if (old != NoLeaves()) epochs_.Retire(old, 0, Epochs::FreeMemory);
}

bool LeafList::Reserve(std::uint32_t capacity) noexcept {
  const Block* old = Own();
  const std::uint32_t present = old->capacity_;
  if (capacity <= present) return true;
  const std::uint32_t wanted = capacity > 2 * present ? (capacity < 4 ? 4 : capacity) : 2 * present;
  void* memory = TryAllocate(BytesFor(wanted));
  if (memory == nullptr) return false;
  // The analyser supposes that BytesFor() may be 0.
  auto* block = new (memory) Block(wanted);  // NOLINT(clang-analyzer-cplusplus.PlacementNew)
  block->count_ = old->count_;
  CopyWords(block->heads(), old->heads(), old->count_);
  CopyWords(block->leaves(), old->leaves(), old->count_);
  Publish(block);
  return true;
}

bool LeafList::Push(std::uint64_t head, Leaf* leaf) noexcept {
  const std::uint32_t count = size();
  if (!Reserve(count + 1)) return false;
  Insert(count, head, leaf);
  return true;
}

void LeafList::Insert(std::uint32_t at, std::uint64_t head, Leaf* leaf) noexcept {
  Block& block = *Own();
  MoveUp(block.heads() + at, block.count_ - at);
  MoveUp(block.leaves() + at, block.count_ - at);
  StoreWord(block.heads() + at, head);
  StoreWord(block.leaves() + at, leaf);
  StoreWord(&block.count_, block.count_ + 1);
}

void LeafList::Erase(std::uint32_t at) noexcept {
  Block& block = *Own();
  const std::uint32_t behind = block.count_ - at - 1;
  MoveDown(block.heads() + at + 1, behind);
  MoveDown(block.leaves() + at + 1, behind);
  StoreWord(&block.count_, block.count_ - 1);
}

void LeafList::Truncate(std::uint32_t size) noexcept {
  if (size < this->size()) StoreWord(&Own()->count_, size);
}

void LeafList::TakeOver(LeafList& other) noexcept {
  Publish(other.Own());
  other.block_.store(NoLeaves(), std::memory_order_relaxed);
}

}  // namespace termstore
