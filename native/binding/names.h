// Strings between JavaScript (UTF-16) and string terms (WTF-8), losslessly.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/memory/pod_array.h"

namespace termstore::binding {

// Appends the string term of a UTF-16 string. False when memory is short.
bool AppendStringTerm(const PodArray<char16_t>& text, PodArray<std::uint8_t>* bytes) noexcept;

// The UTF-16 text of WTF-8 bytes; damaged sequences become U+FFFD. False when memory is short.
bool TextOf(Bytes wtf8, PodArray<char16_t>* text) noexcept;

}  // namespace termstore::binding
