// Debug builds check the lock order (docs/concurrency.md) and that no lock outlives a native call.
#pragma once

#include <cstdint>

namespace termstore {

// Outermost first; a thread takes locks only in ascending order of (level, sequence).
enum class LockLevel : std::uint8_t {
  kNames = 1,          // registry: names
  kTables = 2,         // registry: slots and owners
  kGate = 3,           // table: bulk operations against traversals
  kDirectory = 4,      // ordered table: replacing the directory
  kStripe = 5,         // hash stripe or ordered shard; several at once in ascending sequence
  kArea = 6,           // persistent area
  kEpoch = 7,          // list of threads and of retired memory
  kMailbox = 8,        // events of one thread and its waker
  kFixations = 9,      // who has fixed one table
  kVersionWords = 10,  // blocks of version words
  kOpenings = 11,      // opening locks of a process
};

#if defined(TERMSTORE_DEBUG)
void TraceLock(LockLevel level, std::uint64_t sequence) noexcept;
void TraceUnlock(LockLevel level, std::uint64_t sequence) noexcept;
// Aborts with a message when the calling thread still holds a lock.
void AssertNoLockHeld(const char* where) noexcept;
#else
inline void TraceLock(LockLevel, std::uint64_t) noexcept {}
inline void TraceUnlock(LockLevel, std::uint64_t) noexcept {}
inline void AssertNoLockHeld(const char*) noexcept {}
#endif

}  // namespace termstore
