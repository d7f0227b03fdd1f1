// SHA-256 (FIPS 180-4): the checks of table files, computed where their bytes are, outside of the event loop.
#pragma once

#include "core/base/bytes.h"

namespace termstore {

class Sha256 {
 public:
  static constexpr std::size_t kBytes = 32;

  // Cost: some 4 ns for each byte.
  void Update(Bytes bytes) noexcept;
  // Writes kBytes. Afterwards the object is used up.
  void Finish(std::uint8_t* to) noexcept;

 private:
  static constexpr std::size_t kChunk = 64;

  void Mix(const std::uint8_t* chunk) noexcept;

  std::uint32_t state_[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::uint64_t size_ = 0;
  std::uint8_t rest_[kChunk] = {};  // what of size_ fills no chunk
};

}  // namespace termstore
