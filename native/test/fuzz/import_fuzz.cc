// Rows of a file: whatever the bytes are, they are refused or stored, and what was stored can be found.
#include <cstdlib>

#include "core/table/hash_table.h"
#include "core/table/transfer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace termstore;
  static Epochs epochs;
  static EpochSlot* slot = epochs.Attach();
  static const HashSecret secret{{1, 2, 3, 5}};
  if (size < 2) return 0;
  TableTraits traits;
  traits.keypos = data[0] % 4;
  const std::uint32_t count = data[1];
  ImportedRows rows;
  if (rows.Read({data + 2, size - 2}, count, traits) != Status::kOk) return 0;
  const Pin pin(epochs, *slot);
  const auto table = HashTable::Make(traits, epochs, secret);
  if (!table || table->InsertMany(rows.rows(), count, false) != Status::kOk) return 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (table->Member(rows.rows()[i].key) != Status::kOk) std::abort();
  }
  return 0;
}
