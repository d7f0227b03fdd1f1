#include "core/match/values.h"

#include <bit>
#include <cmath>

#include "core/term/reader.h"

namespace termstore {
namespace {

constexpr std::uint8_t kTrueBytes[] = {kTagTrue};
constexpr std::uint8_t kFalseBytes[] = {kTagFalse};
constexpr std::uint8_t kExitBytes[] = {kTagSymbol, 4, 0, 0, 0, 'E', 'X', 'I', 'T'};

// No container has fewer bytes, so what is shorter than kMaxDepth of them cannot nest too deep.
constexpr std::size_t kLeastContainer = 8;

// True when at most `limit` containers nest in `term`.
bool NestsWithin(Bytes term, std::uint32_t limit) noexcept {
  if (term.size / kLeastContainer < limit) return true;
  const std::uint8_t* at = nullptr;
  switch (*term.data) {
    case kTagArray:
    case kTagObject:
    case kTagDict:
    case kTagMap:
    case kTagSet:
      at = ReadContainer(term).first;
      break;
    case kTagError:
      at = term.data + 6;
      break;
    default:
      return true;
  }
  if (limit == 0) return false;
  while (at != nullptr && at < term.end()) {
    const std::uint8_t* next = Skip(at, term.end());
    if (next == nullptr) return true;  // damage is the decoder's business
    if (!NestsWithin({at, static_cast<std::size_t>(next - at)}, limit - 1)) return false;
    at = next;
  }
  return true;
}

std::uint8_t* WriteHeader(std::uint8_t* to, Tag tag, std::size_t bytes, std::uint32_t count) noexcept {
  *to = tag;
  Store(to + 1, static_cast<std::uint32_t>(bytes - 5));
  Store(to + 5, count);
  return to + 9;
}

std::size_t HeaderBytes(std::uint32_t count) noexcept {
  return count >= kIndexThreshold ? 9 + std::size_t{4} * count : 9;
}

}  // namespace

Bytes BooleanTerm(bool value) noexcept { return {value ? kTrueBytes : kFalseBytes, 1}; }

Bytes ExitTerm() noexcept { return {kExitBytes, sizeof kExitBytes}; }

Bytes IntegerTerm(MatchHeap& heap, std::int64_t value) noexcept {
  if (value < INT32_MIN || value > INT32_MAX) return NumberTerm(heap, static_cast<double>(value));
  std::uint8_t* to = heap.Take(5);
  if (to == nullptr) return {};
  *to = kTagInt32;
  Store(to + 1, static_cast<std::int32_t>(value));
  return {to, 5};
}

Bytes NumberTerm(MatchHeap& heap, double value) noexcept {
  const bool is_int32 = value >= INT32_MIN && value <= INT32_MAX && std::trunc(value) == value;
  if (is_int32 && !(value == 0 && std::signbit(value)))
    return IntegerTerm(heap, static_cast<std::int64_t>(value));
  std::uint8_t* to = heap.Take(9);
  if (to == nullptr) return {};
  *to = kTagFloat64;
  Store(to + 1, std::isnan(value) ? std::uint64_t{0x7ff8000000000000} : std::bit_cast<std::uint64_t>(value));
  return {to, 9};
}

Bytes BuildContainer(MatchHeap& heap, Tag tag, const Bytes* parts, std::uint32_t count) noexcept {
  const std::uint32_t step = tag == kTagDict || tag == kTagMap ? 2 : 1;
  const std::size_t all = std::size_t{step} * count;
  std::size_t bytes = HeaderBytes(count);
  for (std::size_t i = 0; i < all; ++i) {
    bytes += parts[i].size;
    if (bytes > kMaxBytes || !NestsWithin(parts[i], kMaxDepth - 1)) return {};
  }
  std::uint8_t* term = heap.Take(bytes);
  if (term == nullptr) return {};
  std::uint8_t* index = WriteHeader(term, tag, bytes, count);
  std::uint8_t* const first = term + HeaderBytes(count);
  std::uint8_t* to = first;
  for (std::size_t i = 0; i < all; ++i) {
    if (count >= kIndexThreshold && i % step == 0) {
      Store(index, static_cast<std::uint32_t>(to - first));
      index += 4;
    }
    std::memcpy(to, parts[i].data, parts[i].size);
    to += parts[i].size;
  }
  return {term, bytes};
}

std::size_t RowTermBytes(Bytes row) noexcept {
  const RowStart start = ReadRowStart(row);
  if (start.arity == 0 || start.arity > row.size) return 0;
  const std::size_t bytes = HeaderBytes(start.arity) + static_cast<std::size_t>(row.end() - start.elements);
  return bytes <= kMaxBytes ? bytes : 0;
}

void WriteRowTerm(Bytes row, std::size_t bytes, std::uint8_t* to) noexcept {
  const RowStart start = ReadRowStart(row);
  if (start.elements == nullptr) return;  // RowTermBytes() was 0
  std::uint8_t* index = WriteHeader(to, kTagArray, bytes, start.arity);
  const std::uint8_t* at = start.elements;
  for (std::uint32_t i = 0; start.arity >= kIndexThreshold && i < start.arity; ++i) {
    Store(index + std::size_t{4} * i, static_cast<std::uint32_t>(at - start.elements));
    const std::uint8_t* next = Skip(at, row.end());
    if (next != nullptr) at = next;
  }
  std::memcpy(to + HeaderBytes(start.arity), start.elements,
              static_cast<std::size_t>(row.end() - start.elements));
}

}  // namespace termstore
