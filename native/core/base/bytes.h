// Views of bytes and unaligned little-endian access.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace termstore {

static_assert(std::endian::native == std::endian::little, "the term format is read in place: little-endian only");

// A view; owns nothing. A null `data` means "none" where a function says so.
struct Bytes {
  const std::uint8_t* data = nullptr;
  std::uint32_t size = 0;

  const std::uint8_t* begin() const noexcept { return data; }
  const std::uint8_t* end() const noexcept { return data + size; }
  explicit operator bool() const noexcept { return data != nullptr; }
};

template <typename T>
inline T Load(const std::uint8_t* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <typename T>
inline void Store(std::uint8_t* at, T value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

// Bytewise, unsigned, a proper prefix first.
inline int CompareBytes(Bytes a, Bytes b) noexcept {
  const std::uint32_t common = a.size < b.size ? a.size : b.size;
  const int order = common == 0 ? 0 : std::memcmp(a.data, b.data, common);
  if (order != 0) return order;
  return a.size < b.size ? -1 : (a.size > b.size ? 1 : 0);
}

inline bool SameBytes(Bytes a, Bytes b) noexcept {
  return a.size == b.size && (a.size == 0 || std::memcmp(a.data, b.data, a.size) == 0);
}

}  // namespace termstore
