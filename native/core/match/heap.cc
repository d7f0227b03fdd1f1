#include "core/match/heap.h"

#include <cstdlib>

namespace termstore {

struct alignas(8) MatchHeap::Block {
  Block* older;
  std::size_t bytes;  // behind this header

  std::uint8_t* memory() noexcept { return reinterpret_cast<std::uint8_t*>(this + 1); }
};

namespace {

constexpr std::size_t kFirstBlock = 4096;
constexpr std::size_t kLargestKept = std::size_t{1} << 20;

}  // namespace

MatchHeap::~MatchHeap() {
  while (newest_ != nullptr) {
    Block* older = newest_->older;
    std::free(newest_);
    newest_ = older;
  }
}

void MatchHeap::Use(Block* block) noexcept {
  newest_ = block;
  start_ = at_ = block == nullptr ? nullptr : block->memory();
  end_ = block == nullptr ? nullptr : start_ + block->bytes;
}

std::uint8_t* MatchHeap::TakeFromNewBlock(std::size_t bytes) noexcept {
  std::size_t size = newest_ == nullptr ? kFirstBlock : 2 * newest_->bytes;
  if (size > kLargestKept) size = kLargestKept;
  if (size < bytes) size = bytes;
  auto* block = static_cast<Block*>(std::malloc(sizeof(Block) + size));
  if (block == nullptr) {
    failed_ = true;
    return nullptr;
  }
  block->older = newest_;
  block->bytes = size;
  Use(block);
  at_ += bytes;
  return start_;
}

void MatchHeap::ResetBlocks() noexcept {
  Block* kept = nullptr;
  while (newest_ != nullptr) {
    Block* block = newest_;
    newest_ = block->older;
    if (block->bytes <= kLargestKept && (kept == nullptr || block->bytes > kept->bytes)) {
      std::free(kept);
      kept = block;
    } else {
      std::free(block);
    }
  }
  if (kept != nullptr) kept->older = nullptr;
  Use(kept);
}

}  // namespace termstore
