// Zeroed memory whose pages cost nothing until they are touched: bucket arrays grow into it step by step.
#pragma once

#include <cstddef>

namespace termstore {

// Zeroed, 64-byte aligned; null when memory is short. Beyond 64 KiB straight from the system, so that neither
// allocating nor zeroing is paid at once.
void* AllocatePages(std::size_t bytes) noexcept;
void FreePages(void* memory, std::size_t bytes) noexcept;

}  // namespace termstore
