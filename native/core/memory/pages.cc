#include "core/memory/pages.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "core/base/platform.h"

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace termstore {
namespace {

constexpr std::size_t kFromSystem = 64 * 1024;

}  // namespace

void* AllocatePages(std::size_t bytes) noexcept {
  if (bytes < kFromSystem) {
    void* memory = ::operator new(bytes, std::align_val_t(kCacheLineBytes), std::nothrow);
    if (memory != nullptr) std::memset(memory, 0, bytes);
    return memory;
  }
#if defined(_WIN32)
  return VirtualAlloc(nullptr, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
#else
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
#endif
}

void FreePages(void* memory, std::size_t bytes) noexcept {
  if (memory == nullptr) return;
  if (bytes < kFromSystem) {
    ::operator delete(memory, std::align_val_t(kCacheLineBytes));
    return;
  }
#if defined(_WIN32)
  VirtualFree(memory, 0, MEM_RELEASE);
#else
  munmap(memory, bytes);
#endif
}

void ForgetPages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) noexcept {
#if defined(__linux__)
  constexpr std::size_t kWorthACall = 32 * 1024;
  if (bytes < kWorthACall) return;
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(memory) % page) % page;
  if (before >= bytes) return;
  const std::size_t whole = (bytes - before) / page * page;
  // A kernel that refuses, as for locked memory, leaves everything as it is.
  if (whole > 0) (void)madvise(static_cast<std::uint8_t*>(memory) + before, whole, MADV_DONTNEED);
#endif
}

}  // namespace termstore
