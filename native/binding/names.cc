#include "binding/names.h"

#include "core/term/format.h"

namespace termstore::binding {
namespace {

bool IsHigh(char16_t unit) noexcept { return unit >= 0xd800 && unit < 0xdc00; }
bool IsLow(char16_t unit) noexcept { return unit >= 0xdc00 && unit < 0xe000; }

// REQUIRES: room for kMostBytes more.
constexpr std::uint32_t kMostBytes = 4;
void AppendCodePoint(std::uint32_t code, PodArray<std::uint8_t>* out) noexcept {
  const auto push = [out](std::uint32_t byte) { (void)out->Push(static_cast<std::uint8_t>(byte)); };
  if (code < 0x80) {
    push(code);
  } else if (code < 0x800) {
    push(0xc0 | (code >> 6));
    push(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    push(0xe0 | (code >> 12));
    push(0x80 | ((code >> 6) & 0x3f));
    push(0x80 | (code & 0x3f));
  } else {
    push(0xf0 | (code >> 18));
    push(0x80 | ((code >> 12) & 0x3f));
    push(0x80 | ((code >> 6) & 0x3f));
    push(0x80 | (code & 0x3f));
  }
}

}  // namespace

bool AppendStringTerm(const PodArray<char16_t>& text, PodArray<std::uint8_t>* bytes) noexcept {
  PodArray<std::uint8_t> body;
  bool ascii = true;
  bool lone = false;
  for (std::uint32_t i = 0; i < text.size(); ++i) {
    std::uint32_t code = text[i];
    if (IsHigh(text[i]) && i + 1 < text.size() && IsLow(text[i + 1])) {
      code = 0x10000 + ((code - 0xd800) << 10) + (text[i + 1] - 0xdc00u);
      ++i;
    } else if (IsHigh(text[i]) || IsLow(text[i])) {
      lone = true;
    }
    ascii = ascii && code < 0x80;
    if (!body.Reserve(body.size() + kMostBytes)) return false;
    AppendCodePoint(code, &body);
  }
  if (!bytes->Reserve(bytes->size() + 5 + body.size())) return false;
  if (ascii && body.size() <= kMaxShortString) {
    (void)bytes->Push(static_cast<std::uint8_t>(kTagShort | body.size()));
  } else {
    (void)bytes->Push(ascii ? kTagAscii : lone ? kTagWtf8 : kTagUtf8);
    std::uint8_t size[4];
    Store(size, body.size());
    for (const std::uint8_t byte : size) (void)bytes->Push(byte);
  }
  for (const std::uint8_t byte : body) (void)bytes->Push(byte);
  return true;
}

bool TextOf(Bytes wtf8, PodArray<char16_t>* text) noexcept {
  // No sequence of bytes is more units than bytes.
  if (!text->Reserve(static_cast<std::uint32_t>(wtf8.size) + 1)) return false;
  const auto push = [text](std::uint32_t unit) { (void)text->Push(static_cast<char16_t>(unit)); };
  for (std::size_t i = 0; i < wtf8.size;) {
    const std::uint8_t lead = wtf8.data[i];
    const std::uint32_t extra = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (extra >= wtf8.size - i) {
      push(0xfffd);
      break;
    }
    std::uint32_t code = extra == 0 ? lead : lead & (0x3fu >> extra);
    for (std::uint32_t k = 1; k <= extra; ++k) code = (code << 6) | (wtf8.data[i + k] & 0x3fu);
    i += extra + 1;
    if (code < 0x10000) {
      push(code);
    } else {
      code -= 0x10000;
      push(0xd800 + ((code >> 10) & 0x3ff));
      push(0xdc00 + (code & 0x3ff));
    }
  }
  return true;
}

}  // namespace termstore::binding
