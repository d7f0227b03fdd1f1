#include "core/match/data.h"

#include "core/match/arithmetic.h"
#include "core/match/containers.h"
#include "core/match/values.h"
#include "core/term/reader.h"

namespace termstore {
namespace {

bool IsPlainBinary(Bytes term) noexcept { return *term.data == kTagBytes || *term.data == kTagBuffer; }

// The bytes of a string or binary; none for other terms.
Bytes BytesOf(Bytes term) noexcept {
  switch (RankOf(*term.data)) {
    case kRankString:
      return StringBody(term);
    case kRankBinary: {
      const std::size_t header = *term.data == kTagTyped ? 6 : 5;
      return term.size < header ? Bytes{} : Bytes{term.data + header, term.size - header};
    }
    default:
      return {};
  }
}

// A string starts and ends between characters.
bool IsBoundary(Bytes text, std::size_t at) noexcept {
  return at == text.size || (text.data[at] & 0xc0) != 0x80;
}

Tag StringTag(Bytes text) noexcept {
  bool ascii = true;
  for (std::size_t i = 0; i < text.size; ++i) {
    if (text.data[i] == 0xed && i + 1 < text.size && text.data[i + 1] >= 0xa0) return kTagWtf8;
    ascii = ascii && text.data[i] < 0x80;
  }
  return ascii ? kTagAscii : kTagUtf8;
}

Bytes SizedTerm(MatchHeap& heap, std::uint8_t tag, Bytes body) noexcept {
  std::uint8_t* to = heap.Take(5 + body.size);
  if (to == nullptr) return {};
  *to = tag;
  Store(to + 1, static_cast<std::uint32_t>(body.size));
  if (body.size > 0) std::memcpy(to + 5, body.data, body.size);
  return {to, 5 + body.size};
}

Bytes StringTerm(MatchHeap& heap, Bytes text) noexcept {
  const Tag tag = StringTag(text);
  if (tag != kTagAscii || text.size > kMaxShortString) return SizedTerm(heap, tag, text);
  std::uint8_t* to = heap.Take(1 + text.size);
  if (to == nullptr) return {};
  *to = static_cast<std::uint8_t>(kTagShort | text.size);
  if (text.size > 0) std::memcpy(to + 1, text.data, text.size);
  return {to, 1 + text.size};
}

}  // namespace

Bytes TailOf(MatchHeap& heap, Bytes array) noexcept {
  const Container container = ReadContainer(array);
  if (!container || container.count == 0) return {};
  auto* parts = reinterpret_cast<Bytes*>(heap.Take(sizeof(Bytes) * container.count));
  if (parts == nullptr) return {};
  const std::uint8_t* at = container.first;
  for (std::uint32_t i = 0; i < container.count; ++i) {
    const std::uint8_t* next = Skip(at, container.end);
    if (next == nullptr) return {};
    parts[i] = {at, static_cast<std::size_t>(next - at)};
    at = next;
  }
  return BuildContainer(heap, kTagArray, parts + 1, container.count - 1);
}

Bytes SizeOf(MatchHeap& heap, Bytes term) noexcept {
  switch (RankOf(*term.data)) {
    case kRankArray:
    case kRankMap:
    case kRankSet:
      return IntegerTerm(heap, CountOf(term));
    default:
      return ByteSizeOf(heap, term);
  }
}

Bytes ByteSizeOf(MatchHeap& heap, Bytes term) noexcept {
  const Bytes bytes = BytesOf(term);
  return bytes ? IntegerTerm(heap, static_cast<std::int64_t>(bytes.size)) : Bytes{};
}

Bytes MapSizeOf(MatchHeap& heap, Bytes map) noexcept {
  return IsMapLike(map) ? IntegerTerm(heap, CountOf(map)) : Bytes{};
}

Bytes MapValue(Bytes map, Bytes key) noexcept {
  if (!IsMapLike(map)) return {};
  if (*map.data == kTagMap) return FindMapValue(map, key);
  return RankOf(*key.data) == kRankString ? FindProperty(map, key) : Bytes{};
}

Bytes BinaryPart(MatchHeap& heap, Bytes whole, Bytes start, Bytes length) noexcept {
  if (!length) {
    if (*start.data != kTagArray || CountOf(start) != 2) return {};
    length = ArrayElement(start, 1);
    start = ArrayElement(start, 0);
    if (!start || !length) return {};
  }
  const Bytes bytes = BytesOf(whole);
  std::int64_t from = 0;
  std::int64_t count = 0;
  if (!bytes || !ReadIndex(start, &from) || !ReadIndex(length, &count)) return {};
  const auto size = static_cast<std::int64_t>(bytes.size);
  if (from < 0 || from > size || count > size - from || count < -from) return {};
  if (count < 0) {
    from += count;
    count = -count;
  }
  const Bytes part{bytes.data + from, static_cast<std::size_t>(count)};
  if (IsPlainBinary(whole)) return SizedTerm(heap, *whole.data, part);
  if (RankOf(*whole.data) != kRankString) return {};
  const auto first = static_cast<std::size_t>(from);
  return IsBoundary(bytes, first) && IsBoundary(bytes, first + part.size) ? StringTerm(heap, part) : Bytes{};
}

}  // namespace termstore
