// update_element: replacing elements of a row.
#pragma once

#include "core/table/edit.h"

namespace termstore {

// A new value for one element.
struct ElementChange {
  std::uint32_t position;
  Bytes term;
};

// The payload with some elements replaced, into `edit` as patches where every size stays, else as a whole.
// `changes` are applied in order; the last one of a position wins. kOk, kPosition, kDamaged, kNoMemory,
// kTooLarge.
Status ReplaceElements(Bytes payload, const ElementChange* changes, std::uint32_t count,
                       RowEdit& edit) noexcept;

class ElementEditor final : public Editor {
 public:
  ElementEditor(const ElementChange* changes, std::uint32_t count, std::uint32_t keypos) noexcept
      : changes_(changes), count_(count), keypos_(keypos) {}

  // kKeypos when the key would change, kPosition beyond the row's arity.
  Status Edit(Bytes payload, RowEdit& edit) noexcept override;

 private:
  const ElementChange* changes_;
  const std::uint32_t count_;
  const std::uint32_t keypos_;
};

}  // namespace termstore
