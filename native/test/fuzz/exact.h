// What the fuzz targets share.
#pragma once

#include <cstdlib>
#include <memory>

#include "core/base/bytes.h"
#include "core/term/reader.h"
#include "core/term/shapes.h"

namespace termstore::fuzz {

// A copy in a block of exactly its size: AddressSanitizer sees the first byte beyond.
class Exact {
 public:
  explicit Exact(Bytes bytes) : block_(new std::uint8_t[bytes.size]), size_(bytes.size) {
    if (size_ > 0) std::memcpy(block_.get(), bytes.data, size_);
  }
  explicit Exact(std::size_t size) : block_(new std::uint8_t[size]()), size_(size) {}

  Bytes view() const { return {block_.get(), size_}; }
  std::uint8_t* data() const { return block_.get(); }

 private:
  std::unique_ptr<std::uint8_t[]> block_;
  std::size_t size_;
};

// A law does not hold.
inline void Require(bool holds) {
  if (!holds) std::abort();
}

// Takes an input apart.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

  std::uint8_t Byte() { return at_ < end_ ? *at_++ : 0; }
  // As many of the next bytes as the length in front of them says, or as there are.
  Bytes Sized() {
    const std::size_t wanted = Byte() | static_cast<std::size_t>(Byte()) << 8;
    const auto room = static_cast<std::size_t>(end_ - at_);
    const Bytes bytes{at_, wanted < room ? wanted : room};
    at_ += bytes.size;
    return bytes;
  }
  Bytes Rest() { return {at_, static_cast<std::size_t>(end_ - at_)}; }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

// Shapes 0 {a, b} and 1 {} are there for the life of the process.
inline void HaveShapes() {
  static ShapeTable shapes;
  static const bool ready = [] {
    const std::uint8_t names[] = {0x81, 'a', 0x81, 'b'};
    SetCurrentShapes(&shapes);
    return shapes.Intern({names, sizeof names}, 2) == 0 && shapes.Intern({names, 0}, 0) == 1;
  }();
  Require(ready);
}

}  // namespace termstore::fuzz
