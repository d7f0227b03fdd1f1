#include "core/persistent/stored_term.h"

#include <cstdlib>
#include <new>

#include "core/persistent/key_index.h"
#include "core/term/reader.h"

namespace termstore {

StoredTerm* StoredTerm::Make(Bytes payload, std::atomic<std::uint64_t>* live) noexcept {
  const KeyIndexSize index = MeasureKeyIndex(RowElement(payload, 1));
  const std::size_t padded = (payload.size + 3) & ~std::size_t{3};
  const std::size_t content = index.words == 0 ? payload.size : padded + index.words * sizeof(std::uint32_t);
  if (content > 0xffffffffu) return nullptr;
  void* block = std::malloc(sizeof(StoredTerm) + content);
  if (block == nullptr) return nullptr;
  auto* term = new (block) StoredTerm(static_cast<std::uint32_t>(payload.size), content, live);
  std::memcpy(term->data(), payload.data, payload.size);
  if (index.words != 0) {
    std::memset(term->data() + payload.size, 0, padded - payload.size);
    WriteKeyIndex(term->payload(), term->value(), index,
                  reinterpret_cast<std::uint32_t*>(term->data() + padded));
  }
  live->fetch_add(term->block_bytes(), std::memory_order_relaxed);  // a count, orders nothing
  return term;
}

Bytes StoredTerm::value() noexcept { return RowElement(payload(), 1); }

void StoredTerm::Release() noexcept {
  // acq_rel: whoever frees the bytes has seen every use of them.
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  live_->fetch_sub(block_bytes(), std::memory_order_relaxed);  // a count, orders nothing
  std::free(this);
}

}  // namespace termstore
