// Memory that runs short when a test says so, and a count of what the core has allocated.
//
// The linker hands the core's calls of malloc, calloc, realloc, free, mmap and the operators new that may
// give null to these; where it cannot (TERMSTORE_TEST_FAULTS is not defined), the tests that need them are
// left out.
#pragma once

#include <cstddef>
#include <cstdint>

namespace termstore::test {

// In this thread: `successes` more allocations succeed, all others fail until the end of the scope.
class Shortage {
 public:
  explicit Shortage(std::uint32_t successes);
  ~Shortage();
  Shortage(const Shortage&) = delete;
  Shortage& operator=(const Shortage&) = delete;

  // Allocations that failed.
  std::uint32_t failures() const;
};

// Counts the bytes of malloc and calloc that this thread has not freed again since the scope began.
class AllocationMeter {
 public:
  AllocationMeter();
  ~AllocationMeter();
  AllocationMeter(const AllocationMeter&) = delete;
  AllocationMeter& operator=(const AllocationMeter&) = delete;

  std::size_t live() const;
};

}  // namespace termstore::test
