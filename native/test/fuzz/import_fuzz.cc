// Frames of a file, into a table of every type: whatever the bytes are, they are refused or stored; what was
// stored can be found, and leaves the table as frames that are taken again.
#include "core/table/frames.h"
#include "core/table/hash_table.h"
#include "core/table/ordered_table.h"
#include "test/fuzz/exact.h"
#include "test/support/compressing.h"

namespace {

using namespace termstore;
using fuzz::Require;

Epochs epochs;
const HashSecret secret{{1, 2, 3, 5}};

std::unique_ptr<Table> MakePlain(const TableTraits& traits) {
  if (traits.type == TableType::kOrderedSet) return MakeOrderedTable(traits, epochs);
  return HashTable::Make(traits, epochs, secret);
}

std::unique_ptr<Table> MakeTable(const TableTraits& traits) {
  if (!traits.compressed) return MakePlain(traits);
  return test::MakeCompressed(traits, epochs, MakePlain);
}

Status Load(Table& table, Bytes rows, std::uint32_t count) {
  TableImport import;
  std::uint8_t head[kFrameHeadBytes];
  Store(head, kFrameOfRows);
  Store(head + 4, static_cast<std::uint32_t>(rows.size));
  Store(head + 8, count);
  Require(import.Begin(sizeof head + rows.size) && import.Feed({head, sizeof head}) && import.Feed(rows));
  return import.Insert(table);
}

// The rows of a table in another one, by way of frames.
void Again(Table& table) {
  const std::unique_ptr<Table> other = MakeTable(table.traits());
  TableExport out;
  TableImport in;
  while (!out.done()) {
    Require(out.Fetch(table) == Status::kOk && out.Frame() == Status::kOk);
    for (;;) {
      std::uint8_t frame[kFrameHeadBytes + 65536];
      std::size_t size = out.Take(frame, sizeof frame);
      if (size == 0) break;
      Require(in.Begin(kFrameHeadBytes + termstore::Load<std::uint32_t>(frame + 4)) &&
              in.Feed({frame, size}));
      Status status = in.Insert(*other);
      while (status == Status::kBadArg && (size = out.Take(frame, sizeof frame)) != 0) {
        Require(in.Feed({frame, size}));
        status = in.Insert(*other);
      }
      Require(status == Status::kOk);
    }
  }
  Require(other->Size() == table.Size());
}

}  // namespace

// Input: type and options of the table, how many rows, rows as sized rows.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static EpochSlot* slot = epochs.Attach();
  fuzz::HaveShapes();
  fuzz::Input input(data, size);
  const std::uint8_t options = input.Byte();
  const std::uint32_t count = input.Byte();
  TableTraits traits;
  traits.keypos = options % 4;
  traits.type = static_cast<TableType>(options >> 2 & 3);
  traits.compressed = (options & 16) != 0;
  traits.write_concurrency = static_cast<WriteConcurrency>((options >> 5) % 3);
  const fuzz::Exact bytes(input.Rest());
  {
    const Pin pin(epochs, *slot);
    const std::unique_ptr<Table> table = MakeTable(traits);
    ImportedRows rows;
    const Status read = rows.Read(bytes.view(), count, table->traits());
    const Status status = Load(*table, bytes.view(), count);
    Require(read == Status::kOk || (status == read && table->Size() == 0));
    if (status == Status::kOk) {
      for (std::uint32_t i = 0; i < count; ++i) Require(table->Member(rows.rows()[i].key) == Status::kOk);
      Again(*table);
    } else {
      Require(status == Status::kDamaged);
    }
  }
  epochs.Collect();
  return 0;
}
