#include "binding/names.h"

#include "core/term/format.h"

namespace termstore::binding {
namespace {

bool IsHigh(char16_t unit) noexcept { return unit >= 0xd800 && unit < 0xdc00; }
bool IsLow(char16_t unit) noexcept { return unit >= 0xdc00 && unit < 0xe000; }

void AppendCodePoint(std::uint32_t code, std::string* out) {
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xc0 | (code >> 6)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else if (code < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | (code >> 12)));
    out->push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else {
    out->push_back(static_cast<char>(0xf0 | (code >> 18)));
    out->push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3f)));
  }
}

}  // namespace

void AppendStringTerm(const std::u16string& text, std::string* bytes) {
  std::string body;
  bool ascii = true;
  bool lone = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::uint32_t code = text[i];
    if (IsHigh(text[i]) && i + 1 < text.size() && IsLow(text[i + 1])) {
      code = 0x10000 + ((code - 0xd800) << 10) + (text[i + 1] - 0xdc00u);
      ++i;
    } else if (IsHigh(text[i]) || IsLow(text[i])) {
      lone = true;
    }
    ascii = ascii && code < 0x80;
    AppendCodePoint(code, &body);
  }
  if (ascii && body.size() <= kMaxShortString) {
    bytes->push_back(static_cast<char>(kTagShort | body.size()));
  } else {
    bytes->push_back(static_cast<char>(ascii ? kTagAscii : lone ? kTagWtf8 : kTagUtf8));
    std::uint8_t size[4];
    Store(size, static_cast<std::uint32_t>(body.size()));
    bytes->append(reinterpret_cast<const char*>(size), 4);
  }
  bytes->append(body);
}

std::u16string TextOf(Bytes wtf8) {
  std::u16string text;
  for (std::uint32_t i = 0; i < wtf8.size;) {
    const std::uint8_t lead = wtf8.data[i];
    const std::uint32_t extra = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (extra >= wtf8.size - i) {
      text.push_back(0xfffd);
      break;
    }
    std::uint32_t code = extra == 0 ? lead : lead & (0x3fu >> extra);
    for (std::uint32_t k = 1; k <= extra; ++k) code = (code << 6) | (wtf8.data[i + k] & 0x3fu);
    i += extra + 1;
    if (code < 0x10000) {
      text.push_back(static_cast<char16_t>(code));
    } else {
      code -= 0x10000;
      text.push_back(static_cast<char16_t>(0xd800 + ((code >> 10) & 0x3ff)));
      text.push_back(static_cast<char16_t>(0xdc00 + (code & 0x3ff)));
    }
  }
  return text;
}

}  // namespace termstore::binding
