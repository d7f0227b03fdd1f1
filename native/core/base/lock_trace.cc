#include "core/base/lock_trace.h"

#if defined(TERMSTORE_DEBUG)

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace termstore {
namespace {

struct Held {
  LockLevel level;
  std::uint64_t sequence;
};

thread_local std::vector<Held> held;

[[noreturn]] void Fail(const char* what, LockLevel level, std::uint64_t sequence) {
  std::fprintf(stderr, "termstore: lock order broken: %s (level %d, sequence %llu; %zu held)\n", what,
               static_cast<int>(level), static_cast<unsigned long long>(sequence), held.size());
  std::abort();
}

}  // namespace

void TraceLock(LockLevel level, std::uint64_t sequence) noexcept {
  if (!held.empty()) {
    const Held& last = held.back();
    if (level < last.level) Fail("taken under an inner lock", level, sequence);
    if (level == last.level && sequence <= last.sequence) Fail("taken out of sequence", level, sequence);
  }
  held.push_back({level, sequence});
}

void TraceUnlock(LockLevel level, std::uint64_t sequence) noexcept {
  for (std::size_t i = held.size(); i-- > 0;) {
    if (held[i].level != level || held[i].sequence != sequence) continue;
    held.erase(held.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
  Fail("released but not held", level, sequence);
}

void AssertNoLockHeld(const char* where) noexcept {
  if (!held.empty()) Fail(where, held.back().level, held.back().sequence);
}

}  // namespace termstore

#endif
