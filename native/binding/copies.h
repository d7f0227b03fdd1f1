// Two copies of the library in one process (two paths, so two sets of globals) must not be two stores.
#pragma once

#include "core/registry/process.h"

namespace termstore::binding {

struct SharedProcess {
  Process* process = nullptr;  // null: refused
  const char* reason = "";     // why it was refused
};

// The process object of the first copy that was loaded: this one's own, or another's when both were built
// alike. A copy that was built differently cannot share memory with it and is refused.
SharedProcess FindProcess() noexcept;

}  // namespace termstore::binding
