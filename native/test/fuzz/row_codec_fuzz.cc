// Packed rows: whatever the bytes are, they are refused or expand within the room that was asked for, and
// what expanded to a row packs and expands to it again.
#include <cstdlib>
#include <memory>

#include "test/support/compressing.h"

namespace {

using namespace termstore;

// In a block of exactly its size. Null: refused.
std::unique_ptr<std::uint8_t[]> Expanded(const RowCodec& codec, Bytes packed, std::size_t* size) {
  *size = RowCodec::ExpandedSize(packed);
  if (*size > packed.size * Compressor::kMostExpansion) std::abort();
  if (*size == 0) return nullptr;
  std::unique_ptr<std::uint8_t[]> row(new std::uint8_t[*size]);
  return codec.Expand(packed, row.get()) == Status::kOk ? std::move(row) : nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const RowCodec codec(test::TestCompressor(), data[0] % 4);
  std::size_t bytes = 0;
  const std::unique_ptr<std::uint8_t[]> row = Expanded(codec, {data + 1, size - 1}, &bytes);
  if (!row || !RowElement({row.get(), bytes}, codec.keypos())) return 0;
  const std::unique_ptr<std::uint8_t[]> packed(new std::uint8_t[bytes + RowCodec::kPlainExtra]);
  std::size_t packed_bytes = 0;
  if (codec.Pack({row.get(), bytes}, packed.get(), &packed_bytes) != Status::kOk) return 0;
  std::size_t again_bytes = 0;
  const std::unique_ptr<std::uint8_t[]> again = Expanded(codec, {packed.get(), packed_bytes}, &again_bytes);
  if (!again || again_bytes != bytes || std::memcmp(again.get(), row.get(), bytes) != 0) std::abort();
  return 0;
}
