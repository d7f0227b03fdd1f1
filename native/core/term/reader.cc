#include "core/term/reader.h"

namespace termstore {

const std::uint8_t* SkipSlow(const std::uint8_t* at, const std::uint8_t* end) noexcept {
  if (at >= end) return nullptr;
  const std::size_t room = static_cast<std::size_t>(end - at);
  std::size_t fixed = 0;  // tag and header
  std::size_t extra = 0;  // header bytes after the length field that the length does not count
  switch (*at) {
    case kTagUndefined:
    case kTagNull:
    case kTagFalse:
    case kTagTrue:
      return at + 1;
    case kTagInt32:
      return room >= 5 ? at + 5 : nullptr;
    case kTagFloat64:
    case kTagBigInt64:
    case kTagDate:
      return room >= 9 ? at + 9 : nullptr;
    case kTagBigInt:
    case kTagTyped:
      extra = 1;
      [[fallthrough]];
    case kTagSymbol:
    case kTagAscii:
    case kTagUtf8:
    case kTagWtf8:
    case kTagBytes:
    case kTagBuffer:
    case kTagArray:
    case kTagObject:
    case kTagDict:
    case kTagMap:
    case kTagSet:
    case kTagError:
      fixed = 5;
      break;
    default:
      return nullptr;
  }
  if (room < fixed) return nullptr;
  const std::size_t size = fixed + extra + Load<std::uint32_t>(at + 1);
  return size <= room ? at + size : nullptr;
}

Container ReadContainer(Bytes term) noexcept {
  if (term.size < 9) return {};
  const std::uint8_t* end = Skip(term.data, term.end());
  if (end == nullptr || end - term.data < 9) return {};
  const std::uint32_t word = Load<std::uint32_t>(term.data + 5);
  if (*term.data == kTagObject) return {0, word, term.data + 9, end};
  const std::size_t index = word >= kIndexThreshold ? std::size_t{4} * word : 0;
  const std::size_t room = static_cast<std::size_t>(end - term.data) - 9;
  // Every element has at least one byte, so a count beyond the room is damage.
  if (word > room || index > room) return {};
  return {word, 0, term.data + 9 + index, end};
}

Bytes StringBody(Bytes term) noexcept {
  if (term.size == 0) return {};
  const std::uint8_t tag = *term.data;
  if (tag >= kTagShort) {
    const std::uint32_t size = tag & 0x3f;
    if (tag >= kTagShort + 64 || term.size < 1 + size) return {};
    return {term.data + 1, size};
  }
  if (tag != kTagAscii && tag != kTagUtf8 && tag != kTagWtf8 && tag != kTagSymbol) return {};
  if (term.size < 5) return {};
  const std::uint32_t size = Load<std::uint32_t>(term.data + 1);
  if (size > term.size - 5) return {};
  return {term.data + 5, size};
}

}  // namespace termstore
