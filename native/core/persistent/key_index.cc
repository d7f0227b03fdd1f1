#include "core/persistent/key_index.h"

#include <algorithm>
#include <bit>

#include "core/term/reader.h"

namespace termstore {
namespace {

constexpr std::size_t kHeaderBytes = 9;  // tag, body, count

// A container with a table: its header and where its entries are.
struct Big {
  const std::uint8_t* at;
  Container container;

  Bytes Key(std::uint32_t entry) const noexcept {
    const std::uint8_t* key =
        container.first + Load<std::uint32_t>(at + kHeaderBytes + 4 * std::size_t{entry});
    return {key, static_cast<std::size_t>(Skip(key, container.end) - key)};
  }
  // The smallest power of two that leaves at most four entries per group on average.
  std::uint32_t groups() const noexcept { return std::bit_ceil((container.count + 3) / 4); }
  std::size_t table_words() const noexcept { return std::size_t{2} + groups() + container.count; }
};

// Whether the container's own index names each entry: on damaged bytes it may not, and there is no table.
bool IndexIsTrue(const Big& big, bool pairs) noexcept {
  const std::uint8_t* at = big.container.first;
  for (std::uint32_t i = 0; i < big.container.count; ++i) {
    const std::uint32_t noted = Load<std::uint32_t>(big.at + kHeaderBytes + 4 * std::size_t{i});
    if (noted != static_cast<std::size_t>(at - big.container.first)) return false;
    at = Skip(at, big.container.end);
    if (at != nullptr && pairs) at = Skip(at, big.container.end);
    if (at == nullptr) return false;
  }
  return true;
}

bool IsContainer(std::uint8_t tag) noexcept { return tag >= kTagArray && tag <= kTagSet; }

// Calls visit(Big) for every container with a table in [at, end), the outer ones first.
template <typename Visit>
void ForEachBig(const std::uint8_t* at, const std::uint8_t* end, std::uint32_t depth, Visit& visit) noexcept {
  while (at < end) {
    const std::uint8_t* next = Skip(at, end);
    if (next == nullptr) return;
    const Container container =
        IsContainer(*at) ? ReadContainer({at, static_cast<std::size_t>(next - at)}) : Container{};
    if (container && depth < kMaxDepth) {
      const Big big{at, container};
      const bool keyed = *at == kTagDict || *at == kTagMap || *at == kTagSet;
      if (keyed && container.count >= kIndexThreshold && IndexIsTrue(big, *at != kTagSet)) visit(big);
      ForEachBig(container.first, container.end, depth + 1, visit);
    }
    at = next;
  }
}

// FNV-1a with its high bits folded in.
std::uint32_t HashOf(Bytes key) noexcept {
  std::uint32_t hash = 2166136261u;
  for (const std::uint8_t byte : key) hash = (hash ^ byte) * 16777619u;
  return hash ^ (hash >> 15);
}

// Up to so many entries a group is not sorted, and searched one by one.
constexpr std::uint32_t kSmallGroup = 8;

// A counting sort by hash, then by the bytes within each large group.
void WriteTable(const Big& big, std::uint32_t* words) noexcept {
  const std::uint32_t groups = big.groups();
  const std::uint32_t mask = groups - 1;
  const std::uint32_t count = big.container.count;
  words[0] = mask;
  std::uint32_t* const starts = words + 1;
  std::uint32_t* const entries = starts + groups + 1;
  std::fill(starts, entries, 0u);
  for (std::uint32_t i = 0; i < count; ++i) ++starts[(HashOf(big.Key(i)) & mask) + 1];
  for (std::uint32_t group = 0; group < groups; ++group) starts[group + 1] += starts[group];
  // Filled from the back of each group; afterwards starts[group + 1] has become the group's own start.
  for (std::uint32_t i = 0; i < count; ++i) {
    entries[--starts[(HashOf(big.Key(i)) & mask) + 1]] = i;
  }
  std::copy(starts + 1, starts + groups + 1, starts);
  starts[groups] = count;
  for (std::uint32_t group = 0; group < groups; ++group) {
    if (starts[group + 1] - starts[group] <= kSmallGroup) continue;
    std::sort(entries + starts[group], entries + starts[group + 1],
              [&big](std::uint32_t a, std::uint32_t b) { return CompareBytes(big.Key(a), big.Key(b)) < 0; });
  }
}

// The first word of the table of the container at `offset`, 0 when it has none: a binary search.
std::uint32_t TableOf(const std::uint32_t* words, std::uint64_t offset) noexcept {
  std::uint32_t low = 0;
  std::uint32_t high = words[0];
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const std::uint32_t* place = words + 1 + std::size_t{2} * middle;
    if (place[0] == offset) return place[1];
    if (place[0] < offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return 0;
}

}  // namespace

std::int64_t FindInKeyIndex(Bytes content, std::size_t payload_bytes, std::uint64_t container,
                            Bytes key) noexcept {
  const std::size_t index = (payload_bytes + 3) & ~std::size_t{3};
  if (index >= content.size || container >= payload_bytes) return kNotIndexed;
  const auto* words = reinterpret_cast<const std::uint32_t*>(content.data + index);
  const std::uint32_t table = TableOf(words, container);
  if (table == 0) return kNotIndexed;
  const std::uint8_t* at = content.data + container;
  const Big big{at, ReadContainer({at, payload_bytes - static_cast<std::size_t>(container)})};
  const std::uint32_t mask = words[table];
  const std::uint32_t* group = words + table + 1 + (HashOf(key) & mask);
  const std::uint32_t* entries = words + table + mask + 3;
  if (group[1] - group[0] <= kSmallGroup) {
    for (std::uint32_t i = group[0]; i < group[1]; ++i) {
      if (SameBytes(key, big.Key(entries[i]))) return entries[i];
    }
    return kNoSuchEntry;
  }
  for (std::uint32_t low = group[0], high = group[1]; low < high;) {
    const std::uint32_t middle = low + (high - low) / 2;
    const int order = CompareBytes(key, big.Key(entries[middle]));
    if (order == 0) return entries[middle];
    if (order > 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return kNoSuchEntry;
}

KeyIndexSize MeasureKeyIndex(Bytes value) noexcept {
  KeyIndexSize size;
  auto count = [&](const Big& big) {
    ++size.containers;
    size.words += 2 + big.table_words();
  };
  ForEachBig(value.begin(), value.end(), 0, count);
  if (size.containers > 0) ++size.words;
  return size;
}

void WriteKeyIndex(Bytes payload, Bytes value, const KeyIndexSize& size, std::uint32_t* words) noexcept {
  words[0] = size.containers;
  std::uint32_t* place = words + 1;
  std::size_t table = std::size_t{1} + std::size_t{2} * size.containers;
  auto write = [&](const Big& big) {
    *place++ = static_cast<std::uint32_t>(big.at - payload.data);
    *place++ = static_cast<std::uint32_t>(table);
    WriteTable(big, words + table);
    table += big.table_words();
  };
  ForEachBig(value.begin(), value.end(), 0, write);
}

}  // namespace termstore
