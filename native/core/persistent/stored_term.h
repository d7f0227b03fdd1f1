// One immutable, counted term: the payload of [key, value] and the index of its big containers behind it.
#pragma once

#include <atomic>

#include "core/base/bytes.h"

namespace termstore {

// The area holds one reference, so does every thread that copies the bytes, and every view of them.
class StoredTerm {
 public:
  // A copy of `payload` with one reference, counted in `live`; null when memory is short or the index would
  // pass what 32 bits can count. REQUIRES: `live` outlives every reference.
  static StoredTerm* Make(Bytes payload, std::atomic<std::uint64_t>* live) noexcept;

  StoredTerm(const StoredTerm&) = delete;
  StoredTerm& operator=(const StoredTerm&) = delete;

  Bytes payload() noexcept { return {data(), payload_bytes_}; }
  Bytes value() noexcept;
  // Payload, padding to whole words, index: what a view needs.
  Bytes content() noexcept { return {data(), content_bytes_}; }
  std::size_t block_bytes() const noexcept { return sizeof(StoredTerm) + content_bytes_; }

  // REQUIRES: `data` is content().data of a term.
  static StoredTerm* OfContent(std::uint8_t* data) noexcept {
    return reinterpret_cast<StoredTerm*>(data) - 1;
  }

  // REQUIRES: a reference that cannot go meanwhile.
  void Take() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release() noexcept;

 private:
  StoredTerm(std::uint32_t payload_bytes, std::size_t content_bytes,
             std::atomic<std::uint64_t>* live) noexcept
      : payload_bytes_(payload_bytes), content_bytes_(content_bytes), live_(live) {}
  std::uint8_t* data() noexcept { return reinterpret_cast<std::uint8_t*>(this + 1); }

  std::atomic<std::uint32_t> references_{1};
  std::uint32_t payload_bytes_;
  std::size_t content_bytes_;
  std::atomic<std::uint64_t>* live_;
};
static_assert(sizeof(StoredTerm) % sizeof(std::uint32_t) == 0, "the index is an array of words");

// One reference for a scope; may be empty.
class TermRef {
 public:
  explicit TermRef(StoredTerm* term = nullptr) noexcept : term_(term) {}
  ~TermRef() {
    // The analyser does not follow the count and takes every Release() for a free().
    if (term_ != nullptr) term_->Release();  // NOLINT(clang-analyzer-unix.Malloc)
  }
  TermRef(const TermRef&) = delete;
  TermRef& operator=(const TermRef&) = delete;
  // REQUIRES: a reference that cannot go meanwhile, as the area's own under its lock.
  void Take(StoredTerm* term) noexcept {
    term->Take();
    term_ = term;
  }
  void Adopt(StoredTerm* term) noexcept { term_ = term; }
  StoredTerm* get() const noexcept { return term_; }

 private:
  StoredTerm* term_;
};

}  // namespace termstore
