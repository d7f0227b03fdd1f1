// A compressor without a library, and compressed tables over it.
#pragma once

#include <memory>

#include "core/table/compressed_table.h"

namespace termstore::test {

// Pairs of how often and which byte; bytes of few repetitions become no smaller.
class RunLengths final : public Compressor {
 public:
  std::size_t Compress(Bytes head, Bytes tail, std::uint8_t* to, std::size_t room) noexcept override {
    std::size_t size = 0;
    for (const Bytes part : {head, tail}) {
      for (const std::uint8_t byte : part) {
        if (size > 0 && to[size - 1] == byte && to[size - 2] < 255) {
          ++to[size - 2];
          continue;
        }
        if (room - size < 2) return 0;
        to[size++] = 1;
        to[size++] = byte;
      }
    }
    return size;
  }
  Status Expand(Bytes compressed, std::uint8_t* to, std::size_t size) noexcept override {
    std::size_t done = 0;
    for (std::size_t at = 0; at + 1 < compressed.size; at += 2) {
      const std::size_t count = compressed.data[at];
      if (count > size - done) return Status::kDamaged;
      if (count > 0) std::memset(to + done, compressed.data[at + 1], count);
      done += count;
    }
    return done == size && compressed.size % 2 == 0 ? Status::kOk : Status::kDamaged;
  }
};

inline Compressor& TestCompressor() {
  static RunLengths compressor;
  return compressor;
}

// `make(traits)` makes the table of packed rows.
template <typename Make>
std::unique_ptr<Table> MakeCompressed(TableTraits traits, Epochs& epochs, Make make) {
  traits.compressed = true;
  return CompressedTable::Of(traits, epochs, TestCompressor(), make);
}

}  // namespace termstore::test
