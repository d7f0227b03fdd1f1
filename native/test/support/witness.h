// For tests of readers without a lock: rows that show whether their bytes are of one moment, and whether a
// read waits.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "test/support/terms.h"

namespace termstore::test {

// [key, n, string of n % 500 times the same letter].
inline Term WitnessOf(const Term& key, std::uint32_t n) {
  return Row({key, Int(static_cast<std::int32_t>(n)),
              String(std::string(n % 500, static_cast<char>('a' + n % 26)))});
}

inline bool IsWitnessOf(const Term& row, const Term& key) {
  const Bytes number = RowElement(View(row), 1);
  if (!number || number.size != 5) return false;
  return row == WitnessOf(key, static_cast<std::uint32_t>(Load<std::int32_t>(number.data + 1)));
}

inline constexpr std::chrono::milliseconds kAmple{20000};
inline constexpr std::chrono::milliseconds kShort{20};

// Whether `body` ends in a thread of its own within `patience` of what `during(wait)` has begun before it
// calls wait().
template <typename During, typename Body>
bool EndsWhile(During during, std::chrono::milliseconds patience, Body body) {
  std::atomic<bool> ended{false};
  bool in_time = false;
  std::thread other;
  during([&] {
    other = std::thread([&] {
      body();
      ended.store(true);
    });
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!ended.load() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    in_time = ended.load();
  });
  other.join();
  return in_time;
}

}  // namespace termstore::test
