// Points where a build that was made for it breaks on purpose, so that `npm run sabotage` can show that the
// tests see it. TERMSTORE_SABOTAGE compiles them in, the environment variable TERMSTORE_BREAK names the one
// to break. In all other builds there is nothing of them.
#pragma once

#if defined(TERMSTORE_SABOTAGE)
#include <cstdlib>
#include <string_view>
#endif

namespace termstore {

enum class Sabotage : unsigned char {
  kLock,       // "lock": who finds the lock of a stripe or shard held goes on without it
  kVersion,    // "version": the version of a stripe or shard does not tell that it is written to
  kGate,       // "gate": traversals do not keep insertMany and deleteAllObjects out
  kEarlyFree,  // "early-free": retired memory does not wait for its readers
  kNearCache,  // "near-cache": a writer does not raise the version word of the row that it changes
};

#if defined(TERMSTORE_SABOTAGE)
inline bool IsBroken(Sabotage point) noexcept {
  static constexpr std::string_view kNames[] = {"lock", "version", "gate", "early-free", "near-cache"};
  static const char* const broken = std::getenv("TERMSTORE_BREAK");
  return broken != nullptr && kNames[static_cast<unsigned char>(point)] == broken;
}
#else
constexpr bool IsBroken(Sabotage) noexcept { return false; }
#endif

}  // namespace termstore
