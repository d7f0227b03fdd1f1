// Views of bytes and unaligned little-endian access.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace termstore {

static_assert(std::endian::native == std::endian::little,
              "the term format is read in place: little-endian only");

// A view; owns nothing. A null `data` means "none" where a function says so.
struct Bytes {
  const std::uint8_t* data = nullptr;
  // Below 2^32 always; a full word, because a half one that is stored and loaded back as a register stalls.
  std::size_t size = 0;

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

// Eight bytes as a number whose order is theirs.
inline std::uint64_t LoadBigEndian(const std::uint8_t* at) noexcept {
#if defined(__GNUC__) || defined(__clang__)
  return __builtin_bswap64(Load<std::uint64_t>(at));
#else
  std::uint64_t word = 0;
  for (int i = 0; i < 8; ++i) word = word << 8 | at[i];
  return word;
#endif
}

// Bytewise, unsigned, a proper prefix first.
inline int CompareBytes(Bytes a, Bytes b) noexcept {
  const std::size_t common = a.size < b.size ? a.size : b.size;
  const int order = common == 0 ? 0 : std::memcmp(a.data, b.data, common);
  if (order != 0) return order;
  return a.size < b.size ? -1 : (a.size > b.size ? 1 : 0);
}

// memcmp(a, b, size) == 0 without the call for the sizes that keys have.
inline bool SameShort(const std::uint8_t* a, const std::uint8_t* b, std::size_t size) noexcept {
  if (size > 32) return std::memcmp(a, b, size) == 0;
  if (size >= 8) {
    std::uint64_t difference = Load<std::uint64_t>(a + size - 8) ^ Load<std::uint64_t>(b + size - 8);
    for (std::size_t i = 0; i + 8 < size; i += 8)
      difference |= Load<std::uint64_t>(a + i) ^ Load<std::uint64_t>(b + i);
    return difference == 0;
  }
  if (size >= 4)
    return Load<std::uint32_t>(a) == Load<std::uint32_t>(b) &&
           Load<std::uint32_t>(a + size - 4) == Load<std::uint32_t>(b + size - 4);
  std::uint32_t difference = 0;
  for (std::size_t i = 0; i < size; ++i) difference |= static_cast<std::uint32_t>(a[i] ^ b[i]);
  return difference == 0;
}

// Copies up to 16 bytes without the call that memcpy() of an unknown size is.
inline void CopyShort(std::uint8_t* to, const std::uint8_t* from, std::size_t size) noexcept {
  if (size >= 8) {
    const auto head = Load<std::uint64_t>(from);
    const auto tail = Load<std::uint64_t>(from + size - 8);
    Store(to, head);
    Store(to + size - 8, tail);
  } else if (size >= 4) {
    const auto head = Load<std::uint32_t>(from);
    const auto tail = Load<std::uint32_t>(from + size - 4);
    Store(to, head);
    Store(to + size - 4, tail);
  } else {
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  }
}

inline bool SameBytes(Bytes a, Bytes b) noexcept {
  return a.size == b.size && SameShort(a.data, b.data, a.size);
}

}  // namespace termstore
