// Random numbers that a failing test can repeat.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace termstore::test {

// TERMSTORE_SEED, or a new seed. Show it with INFO() before the first step.
inline std::uint64_t SeedFromEnvironment() {
  if (const char* given = std::getenv("TERMSTORE_SEED")) return std::stoull(given);
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

// SplitMix64: every seed is good, also 0.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::uint64_t Below(std::uint64_t bound) { return Next() % bound; }
  bool OneIn(std::uint64_t n) { return Below(n) == 0; }

 private:
  std::uint64_t state_;
};

// How often to repeat something: TERMSTORE_SCALE times as often as written, ten times less under
// ThreadSanitizer.
inline std::uint64_t Scaled(std::uint64_t times) {
  double scale = 1;
  if (const char* given = std::getenv("TERMSTORE_SCALE")) scale = std::stod(given);
#if defined(__SANITIZE_THREAD__)
  scale /= 10;
#endif
  const auto scaled = static_cast<std::uint64_t>(static_cast<double>(times) * scale);
  return scaled == 0 ? 1 : scaled;
}

}  // namespace termstore::test
