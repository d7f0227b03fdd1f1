// Zeroed memory whose pages cost nothing until they are touched: bucket arrays grow into it step by step.
#pragma once

#include <cstddef>

namespace termstore {

// Zeroed, 64-byte aligned; null when memory is short. Beyond 64 KiB straight from the system, so that neither
// allocating nor zeroing is paid at once.
void* AllocatePages(std::size_t bytes) noexcept;
void FreePages(void* memory, std::size_t bytes) noexcept;

// The whole pages inside of memory that is about to be freed go back to the system, where a heap would keep
// them: free() only marks them. The bytes are lost. Blocks that are small for a heap stay as they are.
void ForgetPages(void* memory, std::size_t bytes) noexcept;

}  // namespace termstore
