#include "test/support/faults.h"

#if defined(TERMSTORE_TEST_FAULTS)

#include <sys/mman.h>
#include <sys/types.h>

#include <new>
#include <unordered_map>

namespace termstore::test {
namespace {

constexpr std::uint32_t kUnlimited = ~0u;

thread_local std::uint32_t successes_left = kUnlimited;
thread_local std::uint32_t failures_left = 0;
thread_local std::uint32_t failure_count = 0;
thread_local std::unordered_map<void*, std::size_t>* metered = nullptr;

bool MayAllocate() {
  if (successes_left == kUnlimited) return true;
  if (successes_left == 0) {
    ++failure_count;
    if (failures_left != Shortage::kAll && --failures_left == 0) successes_left = kUnlimited;
    return false;
  }
  --successes_left;
  return true;
}

void* Note(void* block, std::size_t bytes) {
  if (metered != nullptr && block != nullptr) (*metered)[block] = bytes;
  return block;
}

}  // namespace

Shortage::Shortage(std::uint32_t successes, std::uint32_t failures) {
  failure_count = 0;
  failures_left = failures;
  successes_left = successes;
}
Shortage::~Shortage() { successes_left = kUnlimited; }
std::uint32_t Shortage::failures() const { return failure_count; }

AllocationMeter::AllocationMeter() { metered = new std::unordered_map<void*, std::size_t>; }
AllocationMeter::~AllocationMeter() {
  delete metered;
  metered = nullptr;
}
std::size_t AllocationMeter::live() const {
  std::size_t bytes = 0;
  for (const auto& block : *metered) bytes += block.second;
  return bytes;
}

}  // namespace termstore::test

// The linker's names: __wrap_x is called for x, __real_x is x.
extern "C" {

void* __real_malloc(std::size_t bytes);
void* __real_calloc(std::size_t count, std::size_t bytes);
void* __real_realloc(void* block, std::size_t bytes);
void __real_free(void* block);
void* __real_mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset);
void* __real__ZnwmRKSt9nothrow_t(std::size_t bytes, const std::nothrow_t& tag);
void* __real__ZnamRKSt9nothrow_t(std::size_t bytes, const std::nothrow_t& tag);
void* __real__ZnwmSt11align_val_tRKSt9nothrow_t(std::size_t bytes, std::align_val_t align,
                                                const std::nothrow_t& tag);

void* __wrap_malloc(std::size_t bytes) {
  return termstore::test::MayAllocate() ? termstore::test::Note(__real_malloc(bytes), bytes) : nullptr;
}
void* __wrap_calloc(std::size_t count, std::size_t bytes) {
  return termstore::test::MayAllocate() ? termstore::test::Note(__real_calloc(count, bytes), count * bytes)
                                        : nullptr;
}
void* __wrap_realloc(void* block, std::size_t bytes) {
  return termstore::test::MayAllocate() ? __real_realloc(block, bytes) : nullptr;
}
void __wrap_free(void* block) {
  if (termstore::test::metered != nullptr) termstore::test::metered->erase(block);
  __real_free(block);
}
void* __wrap_mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) {
  return termstore::test::MayAllocate() ? __real_mmap(at, bytes, protection, flags, file, offset)
                                        : MAP_FAILED;
}
void* __wrap__ZnwmRKSt9nothrow_t(std::size_t bytes, const std::nothrow_t& tag) {
  return termstore::test::MayAllocate() ? __real__ZnwmRKSt9nothrow_t(bytes, tag) : nullptr;
}
void* __wrap__ZnamRKSt9nothrow_t(std::size_t bytes, const std::nothrow_t& tag) {
  return termstore::test::MayAllocate() ? __real__ZnamRKSt9nothrow_t(bytes, tag) : nullptr;
}
void* __wrap__ZnwmSt11align_val_tRKSt9nothrow_t(std::size_t bytes, std::align_val_t align,
                                                const std::nothrow_t& tag) {
  return termstore::test::MayAllocate() ? __real__ZnwmSt11align_val_tRKSt9nothrow_t(bytes, align, tag)
                                        : nullptr;
}
}

#endif
