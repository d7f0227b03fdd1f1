// Lock and Gate with more threads than processors.
#include "core/memory/lock.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "test/support/rng.h"
#include "test/support/threads.h"

namespace termstore::test {

TEST_CASE("a lock lets in one thread at a time and wakes every thread that sleeps for it") {
  Lock lock;
  std::uint64_t count = 0;  // not atomic: only the lock protects it
  const std::uint64_t rounds = Scaled(20000);
  RunInThreads(8, [&](int thread, ThreadFailures&) {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      LockGuard guard(lock, LockLevel::kStripe);
      const std::uint64_t before = count;
      // A holder that loses its processor: the others must sleep, not only spin.
      if (i % 1000 == static_cast<std::uint64_t>(thread))
        std::this_thread::sleep_for(std::chrono::microseconds(50));
      count = before + 1;
    }
  });
  CHECK(count == 8 * rounds);
  CHECK_FALSE(lock.IsHeld());
}

TEST_CASE("a lock that is held is refused, and waiting for it is reported") {
  Lock lock;
  CHECK_FALSE(lock.Acquire());
  CHECK(lock.IsHeld());
  CHECK_FALSE(lock.TryAcquire());
  lock.Release();
  // The other thread may come too late to wait; then once more.
  bool waited = false;
  for (int attempt = 0; attempt < 1000 && !waited; ++attempt) {
    std::atomic<bool> arrived{false};
    CHECK(lock.TryAcquire());
    std::thread other([&] {
      arrived.store(true);
      waited = lock.Acquire();
      lock.Release();
    });
    while (!arrived.load()) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    lock.Release();
    other.join();
  }
  CHECK(waited);
  CHECK(lock.TryAcquire());
  lock.Release();
}

// Interleaving: sharers and exclusive holders in any order; each checks who else is inside.
TEST_CASE("a gate keeps exclusive holders alone and loses no thread") {
  Gate gate;
  std::atomic<int> sharers{0};
  std::uint64_t count = 0;  // written by exclusive holders, read by sharers; only the gate protects it
  const std::uint64_t rounds = Scaled(4000);
  std::atomic<std::uint64_t> exclusive_rounds{0};
  RunInThreads(8, [&](int thread, ThreadFailures& failures) {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      if (thread < 2) {
        ExclusiveGate alone(gate);
        if (sharers.load() != 0) failures.Add("a sharer next to an exclusive holder");
        ++count;
        if (i % 200 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
        exclusive_rounds.fetch_add(1);
      } else {
        SharedGate shared(gate);
        sharers.fetch_add(1);
        const std::uint64_t before = count;
        if (i % 100 == 0) std::this_thread::yield();
        if (count != before) failures.Add("a change under a sharer");
        sharers.fetch_sub(1);
      }
    }
  });
  CHECK(count == exclusive_rounds.load());
  CHECK(count == 2 * rounds);
}

TEST_CASE("sharers of a gate are inside together") {
  Gate gate;
  std::atomic<int> inside{0};
  RunInThreads(4, [&](int, ThreadFailures&) {
    SharedGate shared(gate);
    inside.fetch_add(1);
    while (inside.load() < 4) std::this_thread::yield();  // ends only if all four are
  });
  CHECK(inside == 4);
}

// Interleaving: sharers overlap all the time, so the gate is never free by itself.
TEST_CASE("a waiting exclusive holder does not starve") {
  Gate gate;
  std::atomic<bool> done{false};
  std::atomic<int> running{0};
  RunInThreads(5, [&](int thread, ThreadFailures&) {
    if (thread == 0) {
      while (running.load() < 4) std::this_thread::yield();
      for (int i = 0; i < 20; ++i) ExclusiveGate alone(gate);
      done.store(true);
      return;
    }
    running.fetch_add(1);
    while (!done.load()) {
      SharedGate shared(gate);
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  });
  CHECK(done);
}

}  // namespace termstore::test
