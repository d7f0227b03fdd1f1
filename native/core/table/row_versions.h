// Which rows of a table may have changed since somebody has read them.
//
// A reader that wants to keep what it reads takes a stamp of the key first, then reads, and may answer from
// what it kept as long as the stamp's word holds the stamp's version. Rows share words by their hash; ordered
// tables have one word.
//
// COHERENT  A writer raises the word of a row inside its stripe's (shard's) exclusion, after the change and
//           before anybody can read it. So a stamp from before that finds another version as soon as the
//           operation has returned, and whoever takes one afterwards reads behind the writer. Rights and the
//           end of a table (Close) count as changes of every row.
// COST      A table that was never asked for a stamp has no words, and writers only look for them.
// Source: the scheme of a seqlock whose reader keeps its copy; see "generations" in docs/architecture.md.
#pragma once

#include "core/base/sabotage.h"
#include "core/memory/version_words.h"

namespace termstore {

struct RowStamp {
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::uint32_t place = kNone;  // of the word in the area; kNone: nothing may be kept
  std::uint32_t version = 0;
};

class RowVersions {
 public:
  RowVersions() = default;
  ~RowVersions() {
    if (area_ != nullptr) area_->GiveBack(words_.load(std::memory_order_relaxed), bits_);
  }
  RowVersions(const RowVersions&) = delete;
  RowVersions& operator=(const RowVersions&) = delete;

  // Where words come from, and how many there will be: 2^bits, of which a hash chooses one where bits >= 6.
  // Before any other use; without it there are no stamps.
  void Offer(VersionWords& area, std::uint32_t bits) noexcept {
    area_ = &area;
    bits_ = bits;
  }
  bool offered() const noexcept { return area_ != nullptr && !closed_.load(std::memory_order_relaxed); }

  // acquire: pairs with the release in Begin().
  bool begun() const noexcept { return begun_.load(std::memory_order_acquire); }
  // Makes writers raise words. `pass` holds each lock under which they do so once, so that when it is over no
  // writer is left who has seen no words. False when there are none. REQUIRES: offered(); one caller at a
  // time.
  template <typename Pass>
  bool Begin(Pass pass) noexcept {
    if (begun()) return true;
    Word* words = area_->Take(bits_);
    if (words == nullptr) return false;
    words_.store(words,
                 std::memory_order_release);  // pairs with the acquires of who raises words
    pass();
    begun_.store(true, std::memory_order_release);  // pairs with begun()
    return true;
  }

  // REQUIRES: begun(). To be taken before the rights of the reader are checked and before the row is read.
  RowStamp Stamp(std::uint32_t hash) const noexcept { return StampAt(IndexOf(hash)); }
  // As Stamp() in a table with one word.
  RowStamp StampOnly() const noexcept { return StampAt(0); }
  // A row with this hash has changed. REQUIRES: nobody else raises that word: who may is excluded by the lock
  // of the row's stripe.
  void Raise(std::uint32_t hash) noexcept {
    // acquire: pairs with Begin(), whose words a writer may see before the pass has come to its lock.
    Word* words = words_.load(std::memory_order_acquire);
    if (words == nullptr || IsBroken(Sabotage::kNearCache)) return;
    Word& word = words[IndexOf(hash)];
    const std::uint32_t version = word.load(std::memory_order_relaxed);
    if (version != VersionWords::kSpent) word.store(version + 1, std::memory_order_release);
  }
  // As Raise() for each row whose hash is `hash` in its lowest bits; `step` is the power of two beyond them.
  void RaiseEvery(std::uint32_t hash, std::uint64_t step) noexcept {
    if (words_.load(std::memory_order_relaxed) == nullptr) return;
    for (std::uint64_t each = hash & Mask(); each <= Mask(); each += step)
      Raise(static_cast<std::uint32_t>(each));
  }
  // As Raise() in a table with one word, whose writers do not exclude each other.
  void RaiseOnly() noexcept {
    Word* words = words_.load(std::memory_order_acquire);  // as Raise()
    if (words != nullptr && !IsBroken(Sabotage::kNearCache)) RaiseShared(words[0]);
  }
  // As Raise() for every row, beside others who do.
  void RaiseAll() noexcept {
    Word* words = words_.load(std::memory_order_acquire);  // pairs with Begin()
    for (std::uint32_t i = 0; words != nullptr && i <= Mask(); ++i) RaiseShared(words[i]);
  }
  // The table is gone: no stamp from here on, and none from before is good.
  void Close() noexcept {
    closed_.store(true, std::memory_order_release);  // pairs with the acquire in Stamp()
    RaiseAll();
  }

  // In the order of traversals rows that share a word lie together: where those end that share it with a row
  // at `position` of a stripe, which is one of 2^stripe_bits.
  std::uint64_t EndOfWord(std::uint32_t position, std::uint32_t stripe_bits) const noexcept {
    const std::uint32_t inside = bits_ > stripe_bits ? bits_ - stripe_bits : 0;
    const std::uint64_t width = std::uint64_t{1} << (32 - inside);
    return (position & ~(width - 1)) + width;
  }

  std::size_t memory() const noexcept { return begun() ? sizeof(Word) << bits_ : 0; }

 private:
  using Word = VersionWords::Word;
  static constexpr std::uint32_t kStripeBits = 6;
  static_assert(VersionWords::kMostBits - kStripeBits == VersionWords::kLeastBits);

  RowStamp StampAt(std::uint32_t index) const noexcept {
    const Word* word = words_.load(std::memory_order_relaxed) + index;
    // acquire: pairs with the releases in Raise() and RaiseAll(); what changed before is visible to the
    // reader.
    const std::uint32_t version = word->load(std::memory_order_acquire);
    if (version == VersionWords::kSpent || closed_.load(std::memory_order_acquire)) return {};
    return {area_->PlaceOf(word), version};
  }
  // The lowest bits of a hash choose its stripe: here those come first that choose among 64, so that what the
  // writers of one of 64 raise lies together, with kMostBits on a cache line of its own. Of 512 eight share
  // it.
  std::uint32_t IndexOf(std::uint32_t hash) const noexcept {
    const std::uint32_t rest = bits_ - kStripeBits;
    const std::uint32_t low = hash & ((1u << kStripeBits) - 1);
    return (low << rest) | ((hash >> kStripeBits) & ((1u << rest) - 1));
  }
  std::uint32_t Mask() const noexcept { return (std::uint32_t{1} << bits_) - 1; }
  // A raise that is lost to another one at the same time does no harm: the word has changed.
  static void RaiseShared(Word& word) noexcept {
    std::uint32_t version = word.load(std::memory_order_relaxed);
    while (version != VersionWords::kSpent &&
           !word.compare_exchange_weak(version, version + 1, std::memory_order_acq_rel,
                                       std::memory_order_relaxed)) {
    }
  }

  VersionWords* area_ = nullptr;
  std::uint32_t bits_ = 0;
  std::atomic<Word*> words_{nullptr};
  std::atomic<bool> begun_{false};
  std::atomic<bool> closed_{false};
};

}  // namespace termstore
