// Memory that runs short when a test says so, and a count of what the core has allocated.
//
// The linker hands the core's calls of malloc, calloc, realloc, free, mmap and the operators new that may
// give null to these; where it cannot (TERMSTORE_TEST_FAULTS is not defined), the tests that need them are
// left out.
#pragma once

#include <cstddef>
#include <cstdint>

namespace termstore::test {

// In this thread: `successes` more allocations succeed, the next `failures` fail until the end of the scope.
class Shortage {
 public:
  static constexpr std::uint32_t kAll = ~0u;

  explicit Shortage(std::uint32_t successes, std::uint32_t failures = kAll);
  ~Shortage();
  Shortage(const Shortage&) = delete;
  Shortage& operator=(const Shortage&) = delete;

  // Allocations that failed.
  std::uint32_t failures() const;
};

// What `act` answers while memory is short.
template <typename Act>
auto WithShortage(std::uint32_t successes, Act act) {
  const Shortage shortage(successes);
  return act();
}

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
