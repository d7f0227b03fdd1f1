#include "core/persistent/area.h"

#include <new>
#include <utility>

#include "core/memory/pages.h"
#include "core/term/compare.h"

namespace termstore {

PersistentArea::~PersistentArea() {
  terms_.Visit([](const Entry& entry) { entry.term->Release(); });
  while (free_slots_ != nullptr) std::free(std::exchange(free_slots_, free_slots_->next));
  for (std::uint32_t i = 0; i < page_count_; ++i) FreePages(pages_[i], kPageSlots * sizeof(Word32));
}

PersistentArea::Word32* PersistentArea::Word(std::uint32_t slot) const noexcept {
  return pages_[slot / kPageSlots] + slot % kPageSlots;
}

std::uint32_t* PersistentArea::GenerationPage(std::uint32_t page) const noexcept {
  static_assert(sizeof(Word32) == sizeof(std::uint32_t));
  LockGuard guard(lock_, LockLevel::kArea);
  return page < page_count_ ? reinterpret_cast<std::uint32_t*>(pages_[page]) : nullptr;
}

Status PersistentArea::TakeSlot(std::uint32_t* slot) noexcept {
  if (free_slots_ == nullptr) return NewSlot(slot);
  *slot = free_slots_->slot;
  std::free(std::exchange(free_slots_, free_slots_->next));
  return Status::kOk;
}

Status PersistentArea::NewSlot(std::uint32_t* slot) noexcept {
  if (next_slot_ / kPageSlots == page_count_) {
    if (page_count_ == kMaxPages) return Status::kLimit;
    if (!pages_) pages_.reset(new (std::nothrow) Word32*[kMaxPages]);
    void* page = pages_ ? AllocatePages(kPageSlots * sizeof(Word32)) : nullptr;
    if (page == nullptr) return Status::kNoMemory;
    pages_[page_count_++] = static_cast<Word32*>(page);
  }
  *slot = next_slot_++;
  return Status::kOk;
}

// REQUIRES: `entry` was removed.
void PersistentArea::FreeSlot(Entry* entry) noexcept {
  // The key is not needed any more, and may be large.
  void* smaller = std::realloc(entry, sizeof(Entry));
  if (smaller != nullptr) entry = static_cast<Entry*>(smaller);
  entry->next = free_slots_;
  free_slots_ = entry;
}

Status PersistentArea::Raise(Entry& entry) noexcept {
  Word32* word = Word(entry.slot);
  const std::uint32_t next = word->load(std::memory_order_relaxed) + 1;
  if (next < kLastGeneration) {
    // seq_cst: pairs with Atomics.load in JavaScript; the new term is in place, and this call has not
    // returned.
    word->store(next, std::memory_order_seq_cst);
    return Status::kOk;
  }
  std::uint32_t fresh = 0;
  if (const Status status = TakeSlot(&fresh); status != Status::kOk) return status;
  word->store(kDead, std::memory_order_seq_cst);
  entry.slot = fresh;
  Word32* fresh_word = Word(fresh);
  fresh_word->store(fresh_word->load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
  return Status::kOk;
}

Status PersistentArea::Put(const RowInput& row, bool only_new) noexcept {
  StoredTerm* const term = StoredTerm::Make(
      row.payload, &live_bytes_);  // outside the lock: readers wait for a pointer, not for a copy
  if (term == nullptr) return Status::kNoMemory;
  TermRef fresh(term);
  const std::uint64_t hash = terms_.Hash(row.key);
  for (;;) {
    TermRef old;
    {
      LockGuard guard(lock_, LockLevel::kArea);
      const Entry* found = terms_.Find(row.key, hash);
      if (found == nullptr) {
        const Status status = Add(row.key, hash, term);
        if (status == Status::kOk) fresh.Adopt(nullptr);
        return status;
      }
      old.Take(found->term);
    }
    // Compared outside the lock, too; whoever replaced the term meanwhile makes it necessary again.
    if (TermsEqual(old.get()->value(), term->value())) return Status::kOk;
    if (only_new) return Status::kExists;
    bool replaced = false;
    const Status status = Replace(row.key, hash, old.get(), term, &replaced);
    if (status != Status::kOk) return status;
    if (!replaced) continue;
    fresh.Adopt(nullptr);
    return Status::kOk;
  }
}

// Puts `term` under a key that is not there. REQUIRES: lock_.
Status PersistentArea::Add(Bytes key, std::uint64_t hash, StoredTerm* term) noexcept {
  Entry* entry = terms_.Add(key, hash);
  if (entry == nullptr) return Status::kNoMemory;
  Status status = TakeSlot(&entry->slot);
  if (status == Status::kOk) status = Raise(*entry);
  if (status != Status::kOk) {
    terms_.Remove(entry);
    std::free(entry);
    return status;
  }
  entry->term = term;
  bytes_ += term->block_bytes() + entry->block_bytes();
  return Status::kOk;
}

// Puts `term` in the place of `expected`, if that is still there. The caller's reference keeps `expected`
// beyond the lock.
Status PersistentArea::Replace(Bytes key, std::uint64_t hash, StoredTerm* expected, StoredTerm* term,
                               bool* replaced) noexcept {
  LockGuard guard(lock_, LockLevel::kArea);
  Entry* found = terms_.Find(key, hash);
  if (found == nullptr || found->term != expected) return Status::kOk;
  Entry& entry = *found;
  entry.term = term;
  if (const Status status = Raise(entry); status != Status::kOk) {
    entry.term = expected;
    return status;
  }
  bytes_ += term->block_bytes() - expected->block_bytes();
  expected->Release();
  *replaced = true;
  return Status::kOk;
}

Status PersistentArea::Get(Bytes key, Reply& reply, GenerationRef& ref) noexcept {
  StoredTerm* found = nullptr;
  const Status status = View(key, &found, ref);
  if (status != Status::kOk) return status;
  const TermRef term(found);
  return reply.Append(found->payload()) ? Status::kOk : Status::kNoMemory;
}

Status PersistentArea::View(Bytes key, StoredTerm** term, GenerationRef& ref) noexcept {
  const std::uint64_t hash = terms_.Hash(key);
  LockGuard guard(lock_, LockLevel::kArea);
  const Entry* found = terms_.Find(key, hash);
  if (found == nullptr) return Status::kNotFound;
  found->term->Take();
  *term = found->term;
  ref.slot = found->slot;
  ref.generation = Word(ref.slot)->load(std::memory_order_relaxed);
  return Status::kOk;
}

Status PersistentArea::Erase(Bytes key) noexcept {
  TermRef old;
  const std::uint64_t hash = terms_.Hash(key);
  LockGuard guard(lock_, LockLevel::kArea);
  Entry* found = terms_.Find(key, hash);
  if (found == nullptr) return Status::kNotFound;
  Word32* word = Word(found->slot);
  const std::uint32_t next = word->load(std::memory_order_relaxed) + 1;
  word->store(next < kLastGeneration ? next : kDead, std::memory_order_seq_cst);  // as in Raise()
  bytes_ -= found->term->block_bytes() + found->block_bytes();
  old.Adopt(found->term);
  terms_.Remove(found);
  next < kLastGeneration ? FreeSlot(found) : std::free(found);
  return Status::kOk;
}

Status PersistentArea::GetAll(Reply& reply, std::uint32_t* count) noexcept {
  struct Item {
    StoredTerm* term;
    GenerationRef ref;
  };
  std::unique_ptr<Item[]> items;
  std::uint32_t taken = 0;
  {
    LockGuard guard(lock_, LockLevel::kArea);
    items.reset(new (std::nothrow) Item[terms_.size() + 1]);
    if (!items) return Status::kNoMemory;
    terms_.Visit([&](const Entry& entry) {
      entry.term->Take();
      items[taken++] = {entry.term, {entry.slot, Word(entry.slot)->load(std::memory_order_relaxed)}};
    });
  }
  Status status = Status::kOk;
  for (std::uint32_t i = 0; i < taken; ++i) {
    const Item& item = items[i];
    const TermRef term(item.term);
    const Bytes payload = item.term->payload();
    std::uint8_t* at = status == Status::kOk ? reply.Extend(std::size_t{12} + payload.size) : nullptr;
    if (at == nullptr) {
      status = Status::kNoMemory;
      continue;
    }
    Store(at, item.ref.slot);
    Store(at + 4, item.ref.generation);
    Store(at + 8, static_cast<std::uint32_t>(payload.size));
    std::memcpy(at + 12, payload.data, payload.size);
  }
  *count = taken;
  return status;
}

void PersistentArea::Info(std::uint64_t* count, std::uint64_t* bytes) noexcept {
  LockGuard guard(lock_, LockLevel::kArea);
  *count = terms_.size();
  *bytes = bytes_;
}

void PersistentArea::SetGenerationForTest(Bytes key, std::uint32_t generation) noexcept {
  LockGuard guard(lock_, LockLevel::kArea);
  const Entry* found = terms_.Find(key, terms_.Hash(key));
  if (found != nullptr) Word(found->slot)->store(generation, std::memory_order_seq_cst);
}

}  // namespace termstore
