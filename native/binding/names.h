// Strings between JavaScript (UTF-16) and string terms (WTF-8), losslessly.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/bytes.h"

namespace termstore::binding {

// Appends the string term of a UTF-16 string.
void AppendStringTerm(const std::u16string& text, std::string* bytes);

// The UTF-16 text of WTF-8 bytes; damaged sequences become U+FFFD.
std::u16string TextOf(Bytes wtf8);

}  // namespace termstore::binding
