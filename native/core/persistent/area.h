// The global area of immutable terms and its generations.
//
// A term is bytes that never change. Each key has a slot with a generation word; put and erase raise it
// before they return. A thread keeps what it decoded together with (slot, generation) and needs to look at
// nothing but the word to know that it is still true: no scan, no stop, no lock for readers.
//
// WRAP    A generation never repeats: a slot whose word reaches kLastGeneration is given up (its word becomes
// kDead,
//         which no reader ever kept) and its key moves to a fresh slot. Slots of erased keys are used again
//         with their generation counting on.
#pragma once

#include <atomic>
#include <memory>

#include "core/base/status.h"
#include "core/memory/lock.h"
#include "core/memory/reply.h"
#include "core/persistent/term_map.h"
#include "core/term/row.h"

namespace termstore {

struct GenerationRef {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};

class PersistentArea {
 public:
  static constexpr std::uint32_t kPageSlots = 16384;  // generation words of one page, shared with JavaScript
  static constexpr std::uint32_t kMaxPages = 65536;
  static constexpr std::uint32_t kLastGeneration = 0x7ffffff0;
  static constexpr std::uint32_t kDead = 0xffffffff;

  explicit PersistentArea(const HashSecret& secret) noexcept : terms_(secret) {}
  ~PersistentArea();
  PersistentArea(const PersistentArea&) = delete;
  PersistentArea& operator=(const PersistentArea&) = delete;

  // `row` is [key, value]. An equal value (TermsEqual) changes nothing, not even the generation. With
  // `only_new`: kExists when the key has another value. kOk, kExists, kNoMemory, kLimit. Cost: O(bytes); no
  // reader waits longer than for swapping a pointer.
  Status Put(const RowInput& row, bool only_new) noexcept;

  // Appends the row's payload. The bytes are copied outside the lock: they are counted, and immutable.
  // kOk, kNotFound, kNoMemory.
  Status Get(Bytes key, Reply& reply, GenerationRef& ref) noexcept;

  // Gives the caller a reference to the term itself, which keeps its bytes until Release(), also after a put
  // or an erase. kOk, kNotFound.
  Status View(Bytes key, StoredTerm** term, GenerationRef& ref) noexcept;

  // kOk or kNotFound.
  Status Erase(Bytes key) noexcept;

  // Appends for every term: u32 slot, u32 generation, u32 size, payload; all of one moment.
  Status GetAll(Reply& reply, std::uint32_t* count) noexcept;

  // The terms that are stored now.
  void Info(std::uint64_t* count, std::uint64_t* bytes) noexcept;
  // Bytes of all terms whose memory is not free yet: also of those that were replaced or erased and are still
  // copied or viewed.
  std::uint64_t live_bytes() const noexcept {
    return live_bytes_.load(std::memory_order_relaxed);  // a count, orders nothing
  }

  // The generation words of slots [page * kPageSlots, …), for reading with atomic loads. Never freed. Null
  // when no slot of that page was ever used.
  std::uint32_t* GenerationPage(std::uint32_t page) const noexcept;

  // For tests: lets a slot run out of generations soon.
  void SetGenerationForTest(Bytes key, std::uint32_t generation) noexcept;

 private:
  using Word32 = std::atomic<std::uint32_t>;
  using Entry = TermMap::Entry;

  Word32* Word(std::uint32_t slot) const noexcept;
  // kOk, kNoMemory, kLimit.
  Status TakeSlot(std::uint32_t* slot) noexcept;
  // A slot that nobody ever had. kOk, kNoMemory, kLimit.
  Status NewSlot(std::uint32_t* slot) noexcept;
  void FreeSlot(Entry* entry) noexcept;
  Status Add(Bytes key, std::uint64_t hash, StoredTerm* term) noexcept;
  Status Replace(Bytes key, std::uint64_t hash, StoredTerm* expected, StoredTerm* term,
                 bool* replaced) noexcept;
  // Raises the generation of an entry's slot; moves the entry when its slot is worn out.
  Status Raise(Entry& entry) noexcept;

  std::atomic<std::uint64_t> live_bytes_{0};
  mutable Lock lock_;  // LockLevel::kArea; protects everything below but the words
  TermMap terms_;      // by canonical key
  // Removed entries whose slots are free: what frees a slot needs no memory for it.
  Entry* free_slots_ = nullptr;
  std::uint32_t next_slot_ = 0;
  std::uint64_t bytes_ = 0;
  std::unique_ptr<Word32*[]> pages_;  // kMaxPages of them, from the first slot on
  std::uint32_t page_count_ = 0;
};

}  // namespace termstore
