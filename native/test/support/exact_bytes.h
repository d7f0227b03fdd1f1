// Bytes in a heap block of exactly their size, so that AddressSanitizer sees the first byte read beyond them.
#pragma once

#include <cstring>
#include <memory>
#include <string>

#include "test/support/terms.h"

namespace termstore::test {

class ExactBytes {
 public:
  explicit ExactBytes(const Term& bytes)
      : block_(new std::uint8_t[bytes.size()]), size_(static_cast<std::uint32_t>(bytes.size())) {
    if (size_ > 0) std::memcpy(block_.get(), bytes.data(), size_);
  }

  Bytes view() const { return {block_.get(), size_}; }

 private:
  std::unique_ptr<std::uint8_t[]> block_;
  std::uint32_t size_;
};

// For messages.
inline std::string Hex(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace termstore::test
