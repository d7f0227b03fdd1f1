#include "core/term/canonical.h"

#include <algorithm>
#include <memory>
#include <new>

#include "core/term/reader.h"

namespace termstore {
namespace {

constexpr std::size_t kContainerHeader = 9;

std::uint8_t* Copy(Bytes term, std::uint8_t tag, std::uint8_t* to) noexcept {
  std::memcpy(to, term.data, term.size);
  *to = tag;
  return to + term.size;
}

std::uint8_t* WriteFloat(Bytes term, std::uint8_t* to) noexcept {
  // Every other double that is an int32 has been written as one: only -0 is left.
  if (Load<double>(term.data + 1) != 0) return Copy(term, kTagFloat64, to);
  *to = kTagInt32;
  Store(to + 1, std::int32_t{0});
  return to + 5;
}

// The canonical forms of `count` terms from `*at` on; steps over them.
std::uint8_t* WriteTerms(const std::uint8_t** at, const std::uint8_t* end, std::uint32_t count,
                         std::uint8_t* to) noexcept {
  for (std::uint32_t i = 0; i < count && to != nullptr; ++i) {
    const std::uint8_t* next = Skip(*at, end);
    if (next == nullptr) return nullptr;  // not of a sound term
    to = WriteCanonical({*at, static_cast<std::size_t>(next - *at)}, to);
    *at = next;
  }
  return to;
}

void EndContainer(std::uint8_t* container, const std::uint8_t* end) noexcept {
  Store(container + 1, static_cast<std::uint32_t>(end - container - 5));
}

std::uint8_t* WriteError(Bytes term, std::uint8_t* to) noexcept {
  const std::uint8_t flags = term.data[5];
  const std::uint32_t parts =
      2u + ((flags & kErrorHasStack) != 0 ? 1u : 0u) + ((flags & kErrorHasCause) != 0 ? 1u : 0u);
  *to = kTagError;
  to[5] = flags;
  const std::uint8_t* at = term.data + 6;
  std::uint8_t* out = WriteTerms(&at, term.end(), parts, to + 6);
  if (out != nullptr) EndContainer(to, out);
  return out;
}

// One entry of a container whose entries are sorted: a key, for DICT and MAP with its value behind it.
struct Entry {
  const std::uint8_t* start;
  const std::uint8_t* key_end;
  const std::uint8_t* end;

  Bytes key() const noexcept { return {start, static_cast<std::size_t>(key_end - start)}; }
  Bytes value() const noexcept { return {key_end, static_cast<std::size_t>(end - key_end)}; }
};

bool Before(const Entry& a, const Entry& b) noexcept {
  const int order = CompareBytes(a.key(), b.key());
  return order != 0 ? order < 0 : CompareBytes(a.value(), b.value()) < 0;
}

// Brings the bytes [first, end) into the order of `entries`, which point into them. False: memory is short.
bool Sort(Entry* entries, std::uint32_t count, std::uint8_t* first, const std::uint8_t* end) noexcept {
  if (std::is_sorted(entries, entries + count, Before)) return true;
  std::sort(entries, entries + count, Before);
  const auto size = static_cast<std::size_t>(end - first);
  const std::unique_ptr<std::uint8_t[]> unsorted(new (std::nothrow) std::uint8_t[size]);
  if (!unsorted) return false;
  std::memcpy(unsorted.get(), first, size);
  const std::uint8_t* base = first;
  for (std::uint32_t i = 0; i < count; ++i) {
    Entry& entry = entries[i];
    const auto bytes = static_cast<std::size_t>(entry.end - entry.start);
    std::memcpy(first, unsorted.get() + (entry.start - base), bytes);
    entry.end = first + bytes;
    entry.start = first;
    first += bytes;
  }
  return true;
}

std::uint8_t* WriteSorted(Bytes term, const Container& container, std::uint8_t* first) noexcept {
  const std::uint32_t values = *term.data == kTagSet ? 0 : 1;
  const std::unique_ptr<Entry[]> entries(new (std::nothrow) Entry[container.count]);
  if (!entries) return nullptr;
  const std::uint8_t* at = container.first;
  std::uint8_t* out = first;
  for (std::uint32_t i = 0; i < container.count; ++i) {
    Entry& entry = entries[i];
    entry.start = out;
    out = WriteTerms(&at, container.end, 1, out);
    entry.key_end = out;
    if (out != nullptr) out = WriteTerms(&at, container.end, values, out);
    if (out == nullptr) return nullptr;
    entry.end = out;
  }
  return Sort(entries.get(), container.count, first, out) ? out : nullptr;
}

// The offsets of the elements that lie in [first, end), `step` terms each.
void WriteIndex(std::uint8_t* container, std::uint32_t count, std::uint32_t step, const std::uint8_t* first,
                const std::uint8_t* end) noexcept {
  if (count < kIndexThreshold) return;
  const std::uint8_t* at = first;
  for (std::uint32_t i = 0; i < count; ++i) {
    Store(container + kContainerHeader + std::size_t{4} * i, static_cast<std::uint32_t>(at - first));
    for (std::uint32_t part = 0; part < step && at != nullptr; ++part) at = Skip(at, end);
  }
}

std::uint8_t* WriteContainer(Bytes term, std::uint8_t* to) noexcept {
  const std::uint8_t tag = *term.data;
  const Container container = ReadContainer(term);
  *to = tag;
  Store(to + 5, container.count);
  std::uint8_t* first =
      to + kContainerHeader + (container.count >= kIndexThreshold ? std::size_t{4} * container.count : 0);
  const std::uint8_t* at = container.first;
  std::uint8_t* out = tag == kTagArray ? WriteTerms(&at, container.end, container.count, first)
                                       : WriteSorted(term, container, first);
  if (out == nullptr) return nullptr;
  WriteIndex(to, container.count, tag == kTagDict || tag == kTagMap ? 2 : 1, first, out);
  EndContainer(to, out);
  return out;
}

}  // namespace

std::uint8_t* WriteCanonical(Bytes term, std::uint8_t* to) noexcept {
  switch (*term.data) {
    case kTagFloat64:
      return WriteFloat(term, to);
    case kTagBuffer:
      return Copy(term, kTagBytes, to);
    case kTagArray:
    case kTagDict:
    case kTagMap:
    case kTagSet:
      return WriteContainer(term, to);
    case kTagError:
      return WriteError(term, to);
    default:
      return Copy(term, *term.data, to);
  }
}

}  // namespace termstore
