// The zlib that the runtime itself is made with, if it lets addons use it.
#pragma once

#include "core/memory/compressor.h"

namespace termstore::binding {

// Null where the runtime exports no zlib that works as this file knows it. Lives until the process ends.
Compressor* RuntimeZlib() noexcept;

}  // namespace termstore::binding
