// Changing one row under its lock: what update_counter and update_element compute, apart from where rows
// live.
#pragma once

#include <cstdint>
#include <cstdlib>

#include "core/base/bytes.h"
#include "core/base/status.h"
#include "core/term/hash.h"
#include "core/term/row.h"

namespace termstore {

// What an Editor wants done to a row. Nothing, patches of equal size, or a whole new payload.
class RowEdit {
 public:
  // New bytes for a piece of the payload, in registers: what is written in pieces and read back whole stalls.
  struct Patch {
    std::uint32_t offset;  // into the payload
    std::uint32_t size;    // at most kKeyWordsBytes
    KeyWords words;

    // REQUIRES: `to` has room for `size` bytes.
    void CopyTo(std::uint8_t* to) const noexcept {
      std::uint8_t bytes[kKeyWordsBytes];
      Store(bytes, words.low);
      Store(bytes + 8, words.high);
      std::memcpy(to, bytes, size);
    }
  };
  static constexpr std::uint32_t kMaxPatches = 8;

  RowEdit() = default;
  ~RowEdit() {
    if (payload_ != nullptr) std::free(payload_);
  }
  RowEdit(const RowEdit&) = delete;
  RowEdit& operator=(const RowEdit&) = delete;

  // False when there is no more room for patches: replace the payload instead.
  bool AddPatch(std::uint32_t offset, Bytes bytes) noexcept {
    return bytes.size <= kKeyWordsBytes &&
           AddPatch(offset, static_cast<std::uint32_t>(bytes.size), LoadKeyWords(bytes));
  }
  bool AddPatch(std::uint32_t offset, std::uint32_t size, KeyWords words) noexcept {
    if (patch_count_ == kMaxPatches) return false;
    patches_[patch_count_++] = {offset, size, words};
    return true;
  }
  // Room for a new payload of `size` bytes; null when memory is short. Discards patches.
  std::uint8_t* NewPayload(std::uint32_t size) noexcept {
    patch_count_ = 0;
    std::free(payload_);
    payload_ = static_cast<std::uint8_t*>(std::malloc(size == 0 ? 1 : size));
    payload_size_ = size;
    return payload_;
  }

  // The first `size` bytes of the new payload are all of it.
  void TruncatePayload(std::size_t size) noexcept { payload_size_ = static_cast<std::uint32_t>(size); }

  const Patch* patches() const noexcept { return patches_; }
  std::uint32_t patch_count() const noexcept { return patch_count_; }
  // Applies the patches to the row in `cell`. Word by word: readers without the lock may look at it.
  void PatchCell(std::uint8_t* cell) const noexcept {
    for (std::uint32_t i = 0; i < patch_count_; ++i) {
      const Patch& patch = patches_[i];
      const std::uint32_t offset = kRowHeaderBytes + patch.offset;
      const std::uint32_t first = patch.size < 8 ? patch.size : 8;
      if (first > 0) PatchWord(cell, offset, patch.words.low, first);
      if (patch.size > 8) PatchWord(cell, offset + 8, patch.words.high, patch.size - 8);
    }
  }
  // None when the payload keeps its size and only patches apply.
  Bytes payload() const noexcept { return {payload_, payload_ == nullptr ? 0 : payload_size_}; }

 private:
  // Changes up to 8 bytes inside shared words, in registers.
  static void PatchWord(std::uint8_t* cell, std::uint32_t offset, std::uint64_t bytes,
                        std::uint32_t size) noexcept {
    auto* word = reinterpret_cast<std::uint64_t*>(cell + (offset & ~7u));
    const std::uint32_t shift = 8 * (offset & 7u);
    const std::uint64_t mask = ~std::uint64_t{0} >> (64 - 8 * size);
    StoreWord(word, (word[0] & ~(mask << shift)) | (bytes & mask) << shift);
    if (shift + 8 * size <= 64) return;
    const std::uint32_t rest = 64 - shift;  // shift > 0 here
    StoreWord(word + 1, (word[1] & ~(mask >> rest)) | (bytes & mask) >> rest);
  }

  Patch patches_[kMaxPatches];
  std::uint32_t patch_count_ = 0;
  std::uint8_t* payload_ = nullptr;
  std::uint32_t payload_size_ = 0;
};

// Computes an edit from the row's payload. Called under the row's lock: no callback into JavaScript, no other
// lock.
class Editor {
 public:
  virtual ~Editor() = default;
  // Anything but kOk means: change nothing. REQUIRES of implementations: the key element stays as it is.
  virtual Status Edit(Bytes payload, RowEdit& edit) noexcept = 0;
};

}  // namespace termstore
