// One seed per run of the test binary, shown before anything can crash.
#pragma once

#include <cstdint>
#include <cstdio>

#include "test/support/rng.h"

namespace termstore::test {

// TERMSTORE_SEED, or a new seed; printed at first use, so that also a crashed run can be repeated.
inline std::uint64_t RunSeed() {
  static const std::uint64_t seed = [] {
    const std::uint64_t drawn = SeedFromEnvironment();
    std::fprintf(stderr, "TERMSTORE_SEED=%llu\n", static_cast<unsigned long long>(drawn));
    return drawn;
  }();
  return seed;
}

}  // namespace termstore::test
