#include "core/persistent/area.h"

#include "core/memory/pages.h"
#include "core/term/compare.h"

namespace termstore {

namespace {

std::string KeyString(Bytes key) { return std::string(reinterpret_cast<const char*>(key.data), key.size); }

}  // namespace

PersistentArea::PersistentArea(const HashSecret& secret) : terms_(16, KeyHash{&secret}) {
  pages_.reserve(kMaxPages);
}

PersistentArea::~PersistentArea() {
  for (auto& item : terms_) item.second.term->Release();
  for (auto* page : pages_) FreePages(page, kPageSlots * sizeof(std::atomic<std::uint32_t>));
}

std::atomic<std::uint32_t>* PersistentArea::Word(std::uint32_t slot) const noexcept {
  return pages_[slot / kPageSlots] + slot % kPageSlots;
}

std::uint32_t* PersistentArea::GenerationPage(std::uint32_t page) const noexcept {
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  LockGuard guard(lock_, LockLevel::kArea);
  return page < pages_.size() ? reinterpret_cast<std::uint32_t*>(pages_[page]) : nullptr;
}

bool PersistentArea::TakeSlot(std::uint32_t* slot) noexcept {
  if (!free_slots_.empty()) {
    *slot = free_slots_.back();
    free_slots_.pop_back();
    return true;
  }
  if (next_slot_ / kPageSlots == pages_.size()) {
    if (pages_.size() == kMaxPages) return false;
    void* page = AllocatePages(kPageSlots * sizeof(std::atomic<std::uint32_t>));
    if (page == nullptr) return false;
    pages_.push_back(static_cast<std::atomic<std::uint32_t>*>(page));
  }
  *slot = next_slot_++;
  return true;
}

Status PersistentArea::Raise(Entry& entry) noexcept {
  std::atomic<std::uint32_t>* word = Word(entry.slot);
  const std::uint32_t next = word->load(std::memory_order_relaxed) + 1;
  if (next < kLastGeneration) {
    // seq_cst: pairs with Atomics.load in JavaScript; the new term is in place, and this call has not
    // returned.
    word->store(next, std::memory_order_seq_cst);
    return Status::kOk;
  }
  std::uint32_t fresh = 0;
  if (!TakeSlot(&fresh)) return Status::kLimit;
  word->store(kDead, std::memory_order_seq_cst);
  entry.slot = fresh;
  std::atomic<std::uint32_t>* fresh_word = Word(fresh);
  fresh_word->store(fresh_word->load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
  return Status::kOk;
}

Status PersistentArea::Put(const RowInput& row, bool only_new) noexcept {
  StoredTerm* const term = StoredTerm::Make(
      row.payload, &live_bytes_);  // outside the lock: readers wait for a pointer, not for a copy
  if (term == nullptr) return Status::kNoMemory;
  TermRef fresh(term);
  const std::string key = KeyString(row.key);
  for (;;) {
    TermRef old;
    {
      LockGuard guard(lock_, LockLevel::kArea);
      const auto found = terms_.find(key);
      if (found == terms_.end()) {
        const Status status = Add(key, term);
        if (status == Status::kOk) fresh.Adopt(nullptr);
        return status;
      }
      old.Take(found->second.term);
    }
    // Compared outside the lock, too; whoever replaced the term meanwhile makes it necessary again.
    if (TermsEqual(old.get()->value(), term->value())) return Status::kOk;
    if (only_new) return Status::kExists;
    bool replaced = false;
    const Status status = Replace(key, old.get(), term, &replaced);
    if (status != Status::kOk) return status;
    if (!replaced) continue;
    fresh.Adopt(nullptr);
    return Status::kOk;
  }
}

// Puts `term` under a key that is not there. REQUIRES: lock_.
Status PersistentArea::Add(const std::string& key, StoredTerm* term) noexcept {
  Entry entry{term, 0};
  if (!TakeSlot(&entry.slot)) return Status::kLimit;
  if (const Status status = Raise(entry); status != Status::kOk) return status;
  bytes_ += term->block_bytes() + key.size() + sizeof(Map::value_type);
  terms_.emplace(key, entry);
  return Status::kOk;
}

// Puts `term` in the place of `expected`, if that is still there. The caller's reference keeps `expected`
// beyond the lock.
Status PersistentArea::Replace(const std::string& key, StoredTerm* expected, StoredTerm* term,
                               bool* replaced) noexcept {
  LockGuard guard(lock_, LockLevel::kArea);
  const auto found = terms_.find(key);
  if (found == terms_.end() || found->second.term != expected) return Status::kOk;
  Entry& entry = found->second;
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
  TermRef term;
  const std::string wanted = KeyString(key);
  {
    LockGuard guard(lock_, LockLevel::kArea);
    const auto found = terms_.find(wanted);
    if (found == terms_.end()) return Status::kNotFound;
    term.Take(found->second.term);
    ref.slot = found->second.slot;
    ref.generation = Word(ref.slot)->load(std::memory_order_relaxed);
  }
  return reply.Append(term.get()->payload()) ? Status::kOk : Status::kNoMemory;
}

Status PersistentArea::View(Bytes key, StoredTerm** term, GenerationRef& ref) noexcept {
  const std::string wanted = KeyString(key);
  LockGuard guard(lock_, LockLevel::kArea);
  const auto found = terms_.find(wanted);
  if (found == terms_.end()) return Status::kNotFound;
  found->second.term->Take();
  *term = found->second.term;
  ref.slot = found->second.slot;
  ref.generation = Word(ref.slot)->load(std::memory_order_relaxed);
  return Status::kOk;
}

Status PersistentArea::Erase(Bytes key) noexcept {
  TermRef old;
  const std::string wanted = KeyString(key);
  LockGuard guard(lock_, LockLevel::kArea);
  const auto found = terms_.find(wanted);
  if (found == terms_.end()) return Status::kNotFound;
  const Entry entry = found->second;
  std::atomic<std::uint32_t>* word = Word(entry.slot);
  const std::uint32_t next = word->load(std::memory_order_relaxed) + 1;
  word->store(next < kLastGeneration ? next : kDead, std::memory_order_seq_cst);  // as in Raise()
  if (next < kLastGeneration) free_slots_.push_back(entry.slot);
  bytes_ -= entry.term->block_bytes() + found->first.size() + sizeof(Map::value_type);
  old.Adopt(entry.term);
  terms_.erase(found);
  return Status::kOk;
}

Status PersistentArea::GetAll(Reply& reply, std::uint32_t* count) noexcept {
  struct Item {
    StoredTerm* term;
    GenerationRef ref;
  };
  std::vector<Item> items;
  {
    LockGuard guard(lock_, LockLevel::kArea);
    items.reserve(terms_.size());
    for (auto& term : terms_) {
      const Entry& entry = term.second;
      entry.term->Take();
      items.push_back({entry.term, {entry.slot, Word(entry.slot)->load(std::memory_order_relaxed)}});
    }
  }
  Status status = Status::kOk;
  for (const Item& item : items) {
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
  *count = static_cast<std::uint32_t>(items.size());
  return status;
}

void PersistentArea::Info(std::uint64_t* count, std::uint64_t* bytes) noexcept {
  LockGuard guard(lock_, LockLevel::kArea);
  *count = terms_.size();
  *bytes = bytes_;
}

void PersistentArea::SetGenerationForTest(Bytes key, std::uint32_t generation) noexcept {
  LockGuard guard(lock_, LockLevel::kArea);
  const auto found = terms_.find(KeyString(key));
  if (found != terms_.end()) Word(found->second.slot)->store(generation, std::memory_order_seq_cst);
}

}  // namespace termstore
