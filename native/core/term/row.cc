#include "core/term/row.h"

namespace termstore {
namespace {

// Gathers pieces of any length into whole words of shared memory.
class WordWriter {
 public:
  explicit WordWriter(std::uint8_t* cell) noexcept : at_(reinterpret_cast<std::uint64_t*>(cell)) {}

  void Put(const std::uint8_t* from, std::uint32_t size) noexcept {
    while (size > 0) {
      if (filled_ == 0 && size >= 8) {
        const std::uint32_t whole = size & ~7u;
        CopyIn(reinterpret_cast<std::uint8_t*>(at_), from, whole);
        at_ += whole / 8;
        from += whole;
        size -= whole;
        continue;
      }
      const std::uint32_t room = 8 - filled_;
      const std::uint32_t part = size < room ? size : room;
      std::memcpy(word_ + filled_, from, part);
      filled_ += part;
      from += part;
      size -= part;
      if (filled_ == 8) Flush();
    }
  }

  void Flush() noexcept {
    if (filled_ == 0) return;
    std::memset(word_ + filled_, 0, 8 - filled_);
    StoreWord(at_++, Load<std::uint64_t>(word_));
    filled_ = 0;
  }

 private:
  std::uint64_t* at_;
  std::uint8_t word_[8] = {};
  std::uint32_t filled_ = 0;
};

}  // namespace

void WriteLargeRow(std::uint8_t* cell, const RowInput& row) noexcept {
  const std::uint32_t header =
      static_cast<std::uint32_t>(row.payload.size) | (row.separate_key ? kRowHasKey : 0);
  WordWriter writer(cell);
  std::uint8_t word[4];
  Store(word, header);
  writer.Put(word, 4);
  writer.Put(row.payload.data, row.payload.size);
  if (row.separate_key) {
    Store(word, static_cast<std::uint32_t>(row.key.size));
    writer.Put(word, 4);
    writer.Put(row.key.data, row.key.size);
  }
  writer.Flush();
}

}  // namespace termstore
