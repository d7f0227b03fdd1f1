// The index of big containers: every key is found, no other, and damage makes no table.
#include "core/persistent/key_index.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <vector>

#include "core/persistent/stored_term.h"
#include "core/term/format.h"
#include "core/term/reader.h"
#include "test/support/seed.h"
#include "test/support/terms.h"

namespace termstore::test {
namespace {

void Append(Term* term, std::uint32_t word) {
  std::uint8_t bytes[4];
  Store(bytes, word);
  term->insert(term->end(), bytes, bytes + 4);
}

// A Set or Map of these keys; in a Map each key stands for itself.
Term Keyed(std::uint8_t tag, const std::vector<Term>& keys) {
  Term entries;
  Term index;
  for (const Term& key : keys) {
    Append(&index, static_cast<std::uint32_t>(entries.size()));
    for (int copies = tag == kTagSet ? 1 : 2; copies > 0; --copies)
      entries.insert(entries.end(), key.begin(), key.end());
  }
  if (keys.size() < kIndexThreshold) index.clear();
  Term term{tag};
  Append(&term, static_cast<std::uint32_t>(4 + index.size() + entries.size()));
  Append(&term, static_cast<std::uint32_t>(keys.size()));
  term.insert(term.end(), index.begin(), index.end());
  term.insert(term.end(), entries.begin(), entries.end());
  return term;
}

// Every group of more than eight entries is sorted by the bytes of its keys; counts those groups.
bool LargeGroupsAreSorted(const std::uint32_t* words, std::uint32_t table, const std::vector<Term>& keys,
                          std::uint32_t* large) {
  const std::uint32_t mask = words[table];
  const std::uint32_t* starts = words + table + 1;
  const std::uint32_t* entries = starts + mask + 2;
  for (std::uint32_t group = 0; group <= mask; ++group) {
    if (starts[group + 1] - starts[group] <= 8) continue;
    ++*large;
    for (std::uint32_t i = starts[group] + 1; i < starts[group + 1]; ++i) {
      if (CompareBytes(View(keys[entries[i - 1]]), View(keys[entries[i]])) >= 0) return false;
    }
  }
  return true;
}

const std::uint32_t* IndexOf(StoredTerm* term) {
  const std::size_t padded = (term->payload().size + 3) & ~std::size_t{3};
  return reinterpret_cast<const std::uint32_t*>(term->content().data + padded);
}

}  // namespace

TEST_CASE("the index of a stored term finds every key of its big containers, and no other") {
  Rng rng(RunSeed());
  std::uint32_t large = 0;
  for (const std::uint32_t count : {32u, 33u, 100u, 8000u}) {
    for (const std::uint8_t tag : {std::uint8_t{kTagSet}, std::uint8_t{kTagMap}, std::uint8_t{kTagDict}}) {
      std::vector<Term> keys;
      for (std::uint32_t i = 0; i < count; ++i) {
        const std::string text = std::to_string(i) + std::string(rng.Below(60), 'x');
        keys.push_back(tag == kTagDict || rng.OneIn(2) ? String(text) : Int(static_cast<std::int32_t>(i)));
      }
      const Term row = Row({Int(1), Keyed(tag, keys)});
      std::atomic<std::uint64_t> live{0};
      StoredTerm* term = StoredTerm::Make(View(row), &live);
      REQUIRE(term != nullptr);
      CHECK(live.load() == term->block_bytes());
      const std::uint32_t* words = IndexOf(term);
      REQUIRE(words[0] == 1);
      CHECK(words[1] == static_cast<std::size_t>(term->value().data - term->payload().data));
      CHECK(LargeGroupsAreSorted(words, words[2], keys, &large));
      const auto find = [&](std::uint64_t container, const Term& key) {
        return FindInKeyIndex(term->content(), term->payload().size, container, View(key));
      };
      for (std::uint32_t i = 0; i < count; ++i) CHECK(find(words[1], keys[i]) == i);
      CHECK(find(words[1], String("nobody")) == kNoSuchEntry);
      CHECK(find(words[1], Int(-1)) == kNoSuchEntry);
      CHECK(find(words[1] - 1, keys[0]) == kNotIndexed);
      CHECK(find(words[1] + 1, keys[0]) == kNotIndexed);
      CHECK(find(term->payload().size, keys[0]) == kNotIndexed);
      term->Release();
      CHECK(live.load() == 0);
    }
  }
  CHECK(large > 0);
}

TEST_CASE("a term without a big container of keys has no index") {
  std::vector<Term> few;
  for (std::int32_t i = 0; i < 31; ++i) few.push_back(Int(i));
  for (const Term& value : {Int(1), String("x"), Keyed(kTagSet, few), Keyed(kTagMap, few)}) {
    CHECK(MeasureKeyIndex(View(value)).words == 0);
    CHECK(FindInKeyIndex(View(value), value.size(), 0, View(Int(1))) == kNotIndexed);
  }
}

TEST_CASE("damaged containers have no table, and nothing is read outside") {
  std::vector<Term> keys;
  for (std::int32_t i = 0; i < 40; ++i) keys.push_back(Int(i));
  const Term whole = Keyed(kTagMap, keys);
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(20000); round > 0; --round) {
    Term damaged = whole;
    for (std::uint64_t changes = 1 + rng.Below(3); changes > 0; --changes)
      damaged[rng.Below(damaged.size())] = static_cast<std::uint8_t>(rng.Below(256));
    if (rng.OneIn(4)) damaged.resize(rng.Below(damaged.size()) + 1);
    const Term row = Row({Int(1), damaged});
    std::atomic<std::uint64_t> live{0};
    StoredTerm* term = StoredTerm::Make(View(row), &live);
    REQUIRE(term != nullptr);
    term->Release();
    REQUIRE(live.load() == 0);
  }
}

}  // namespace termstore::test
