// Checking terms that come from outside: files, and arguments that did not pass the encoder.
#include "core/term/reader.h"
#include "core/term/shapes.h"

namespace termstore {
namespace {

// What a string's bytes are: WTF-8 with surrogate pairs combined is the only form of a string.
enum class Text : std::uint8_t { kBroken, kAscii, kUtf8, kWithLoneSurrogates };

// The continuation bytes that follow a lead byte, and the range of the first of them (Unicode 15, table 3-7,
// with the surrogates' ED A0..BF allowed). count 0: no lead byte.
struct Sequence {
  std::uint32_t count;
  std::uint8_t low;
  std::uint8_t high;
};

Sequence SequenceOf(std::uint8_t lead) noexcept {
  if (lead >= 0xc2 && lead <= 0xdf) return {1, 0x80, 0xbf};
  if (lead == 0xe0) return {2, 0xa0, 0xbf};
  if (lead >= 0xe1 && lead <= 0xef) return {2, 0x80, 0xbf};
  if (lead == 0xf0) return {3, 0x90, 0xbf};
  if (lead >= 0xf1 && lead <= 0xf3) return {3, 0x80, 0xbf};
  if (lead == 0xf4) return {3, 0x80, 0x8f};
  return {0, 0, 0};
}

Text TextOf(Bytes bytes) noexcept {
  Text text = Text::kAscii;
  bool after_high = false;  // a high surrogate ends here: a low one must not follow
  for (const std::uint8_t* at = bytes.begin(); at < bytes.end();) {
    if (*at < 0x80) {
      after_high = false;
      ++at;
      continue;
    }
    const Sequence sequence = SequenceOf(*at);
    if (sequence.count == 0 || static_cast<std::size_t>(bytes.end() - at) <= sequence.count)
      return Text::kBroken;
    if (at[1] < sequence.low || at[1] > sequence.high) return Text::kBroken;
    for (std::uint32_t i = 2; i <= sequence.count; ++i) {
      if ((at[i] & 0xc0) != 0x80) return Text::kBroken;
    }
    const bool surrogate = *at == 0xed && at[1] >= 0xa0;
    const bool high = surrogate && at[1] < 0xb0;
    if (surrogate && !high && after_high) return Text::kBroken;
    after_high = high;
    if (surrogate) {
      text = Text::kWithLoneSurrogates;
    } else if (text == Text::kAscii) {
      text = Text::kUtf8;
    }
    at += 1 + sequence.count;
  }
  return text;
}

// Bytes of one element of a typed array; 1 for ArrayBuffer, DataView and bytes.
std::uint32_t ElementBytes(std::uint8_t kind) noexcept {
  switch (kind) {
    case 3:
    case 4:
      return 2;
    case 5:
    case 6:
    case 7:
      return 4;
    case 8:
    case 9:
    case 10:
      return 8;
    default:
      return 1;
  }
}

struct Checker {
  bool allow_shapes;

  // The end of a sound term at `at`, or null.
  const std::uint8_t* Term(const std::uint8_t* at, const std::uint8_t* end,
                           std::uint32_t depth) const noexcept {
    const std::uint8_t* next = Skip(at, end);
    if (next == nullptr) return nullptr;
    const Bytes term{at, static_cast<std::uint32_t>(next - at)};
    switch (*at) {
      case kTagFloat64:
        return FloatIsCanonical(term) ? next : nullptr;
      case kTagBigInt:
        return BigIntIsCanonical(term) ? next : nullptr;
      case kTagDate:
        return NanIsCanonical(term) ? next : nullptr;
      case kTagTyped:
        return at[5] <= kMaxTypedKind && Load<std::uint32_t>(at + 1) % ElementBytes(at[5]) == 0 ? next
                                                                                                : nullptr;
      case kTagSymbol:
        return TextOf(StringBody(term)) != Text::kBroken ? next : nullptr;
      case kTagAscii:
        return TextOf(StringBody(term)) == Text::kAscii && StringBody(term).size > kMaxShortString ? next
                                                                                                   : nullptr;
      case kTagUtf8:
        return TextOf(StringBody(term)) == Text::kUtf8 ? next : nullptr;
      case kTagWtf8:
        return TextOf(StringBody(term)) == Text::kWithLoneSurrogates ? next : nullptr;
      case kTagArray:
      case kTagObject:
      case kTagDict:
      case kTagMap:
      case kTagSet:
        return depth < kMaxDepth && ContainerIsSound(term, depth) ? next : nullptr;
      case kTagError:
        return depth < kMaxDepth && ErrorIsSound(term, depth) ? next : nullptr;
      default:
        return *at < kTagShort || TextOf(StringBody(term)) == Text::kAscii ? next : nullptr;
    }
  }

  static bool NanIsCanonical(Bytes term) noexcept {
    const double value = Load<double>(term.data + 1);
    return value == value || Load<std::uint64_t>(term.data + 1) == 0x7ff8000000000000u;
  }

  static bool FloatIsCanonical(Bytes term) noexcept {
    const double value = Load<double>(term.data + 1);
    if (value != value) return NanIsCanonical(term);
    const bool is_int32 =
        value >= -2147483648.0 && value <= 2147483647.0 && value == static_cast<std::int32_t>(value);
    const bool negative_zero = value == 0 && (term.data[8] & 0x80) != 0;
    return !is_int32 || negative_zero;
  }

  static bool BigIntIsCanonical(Bytes term) noexcept {
    const std::uint32_t size = Load<std::uint32_t>(term.data + 1);
    if (size == 0 || size % 8 != 0 || term.data[5] > 1) return false;
    const std::uint64_t top = Load<std::uint64_t>(term.data + 6 + size - 8);
    if (top == 0) return false;
    // One word that an int64 can hold belongs into a BIGINT64.
    return size > 8 || top > (std::uint64_t{1} << 63) ||
           (top == (std::uint64_t{1} << 63) && term.data[5] == 0);
  }

  bool ContainerIsSound(Bytes term, std::uint32_t depth) const noexcept {
    const Container container = ReadContainer(term);
    if (!container) return false;
    const std::uint8_t tag = *term.data;
    std::uint32_t count = container.count;
    if (tag == kTagObject) {
      const ShapeTable* shapes = CurrentShapes();
      const Shape* shape = allow_shapes && shapes != nullptr ? shapes->Find(container.shape) : nullptr;
      if (shape == nullptr) return false;
      count = shape->count;
    }
    const bool indexed = tag != kTagObject && count >= kIndexThreshold;
    const bool pairs = tag == kTagDict || tag == kTagMap;
    const std::uint8_t* at = container.first;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (indexed && Load<std::uint32_t>(term.data + 9 + std::size_t{4} * i) !=
                         static_cast<std::size_t>(at - container.first))
        return false;
      if (tag == kTagDict && (at >= container.end || RankOf(*at) != kRankString)) return false;
      at = Term(at, container.end, depth + 1);
      if (at == nullptr) return false;
      if (pairs && (at = Term(at, container.end, depth + 1)) == nullptr) return false;
    }
    return at == container.end;
  }

  bool ErrorIsSound(Bytes term, std::uint32_t depth) const noexcept {
    if (term.size < 6 || term.data[5] > (kErrorHasStack | kErrorHasCause)) return false;
    const std::uint8_t flags = term.data[5];
    const std::uint32_t strings = 2u + ((flags & kErrorHasStack) != 0 ? 1u : 0u);
    const std::uint8_t* at = term.data + 6;
    for (std::uint32_t i = 0; i < strings; ++i) {
      if (at >= term.end() || RankOf(*at) != kRankString) return false;
      at = Term(at, term.end(), depth + 1);
      if (at == nullptr) return false;
    }
    if ((flags & kErrorHasCause) != 0) at = Term(at, term.end(), depth + 1);
    return at == term.end();
  }
};

}  // namespace

bool TermIsSound(Bytes term, bool allow_shapes) noexcept {
  if (term.size == 0 || term.size > kMaxBytes) return false;
  return Checker{allow_shapes}.Term(term.begin(), term.end(), 0) == term.end();
}

}  // namespace termstore
