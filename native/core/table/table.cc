#include "core/table/table.h"

#include <memory>
#include <new>

namespace termstore {

Status Table::InsertPacked(const PackedRows& rows, bool only_new) noexcept {
  const std::uint32_t count = rows.count();
  const std::unique_ptr<RowInput[]> list(new (std::nothrow) RowInput[count]);
  if (!list) return Status::kNoMemory;
  for (std::uint32_t i = 0, at = 0; i < count; ++i) list[i] = rows.Read(&at);
  return InsertMany(list.get(), count, only_new);
}

}  // namespace termstore
