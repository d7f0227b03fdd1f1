// The term format, version 1: docs/term-format.md. Constants only; lib/term/format.ts holds the same.
#pragma once

#include <cstdint>

namespace termstore {

enum Tag : std::uint8_t {
  kTagUndefined = 0x01,
  kTagNull = 0x02,
  kTagFalse = 0x03,
  kTagTrue = 0x04,
  kTagSymbol = 0x05,
  kTagInt32 = 0x08,
  kTagFloat64 = 0x09,
  kTagBigInt64 = 0x0a,
  kTagBigInt = 0x0b,
  kTagDate = 0x10,
  kTagAscii = 0x11,
  kTagUtf8 = 0x12,
  kTagWtf8 = 0x13,
  kTagBytes = 0x18,
  kTagBuffer = 0x19,
  kTagTyped = 0x1a,
  kTagArray = 0x20,
  kTagObject = 0x21,
  kTagDict = 0x22,
  kTagMap = 0x23,
  kTagSet = 0x24,
  kTagError = 0x25,
  kTagShort = 0x80,  // 0x80 | length, length < 64
};

inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::uint32_t kMaxShortString = 63;
inline constexpr std::uint32_t kIndexThreshold = 32;        // containers of this many elements carry an index
inline constexpr std::uint32_t kMaxDepth = 1024;            // nesting of containers
inline constexpr std::uint32_t kMaxBytes = (1u << 30) - 1;  // of a term, a row or a request
inline constexpr std::uint8_t kErrorHasStack = 1;
inline constexpr std::uint8_t kErrorHasCause = 2;
inline constexpr std::uint8_t kMaxTypedKind = 11;

inline constexpr std::uint32_t kMaxShapes = 65536;
inline constexpr std::uint32_t kMaxShapeNames = 64;
inline constexpr std::uint32_t kMaxShapeBytes = 8u << 20;

// The ranks of the total order, lowest first. 0 is no term.
enum Rank : std::uint8_t {
  kRankNone = 0,
  kRankNumber,
  kRankAtom,
  kRankDate,
  kRankMap,  // objects and Maps
  kRankError,
  kRankSet,
  kRankArray,
  kRankString,
  kRankBinary,
};

inline Rank RankOf(std::uint8_t tag) noexcept {
  if (tag >= kTagShort) return tag < kTagShort + 64 ? kRankString : kRankNone;
  switch (tag) {
    case kTagInt32:
    case kTagFloat64:
    case kTagBigInt64:
    case kTagBigInt:
      return kRankNumber;
    case kTagUndefined:
    case kTagNull:
    case kTagFalse:
    case kTagTrue:
    case kTagSymbol:
      return kRankAtom;
    case kTagDate:
      return kRankDate;
    case kTagObject:
    case kTagDict:
    case kTagMap:
      return kRankMap;
    case kTagError:
      return kRankError;
    case kTagSet:
      return kRankSet;
    case kTagArray:
      return kRankArray;
    case kTagAscii:
    case kTagUtf8:
    case kTagWtf8:
      return kRankString;
    case kTagBytes:
    case kTagBuffer:
    case kTagTyped:
      return kRankBinary;
    default:
      return kRankNone;
  }
}

}  // namespace termstore
