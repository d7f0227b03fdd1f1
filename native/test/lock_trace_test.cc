// The check of the lock order, in builds that have it: a wrong order ends the process with a message.
#include "core/base/lock_trace.h"

#if defined(TERMSTORE_DEBUG) && !defined(_WIN32)

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "core/memory/lock.h"

namespace termstore::test {
namespace {

// What `body` writes to stderr in a process of its own; empty when that process does not abort.
template <typename Body>
std::string DeathOf(Body body) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    dup2(ends[1], STDERR_FILENO);
    body();
    _exit(0);
  }
  close(ends[1]);
  std::string output;
  char part[256];
  for (ssize_t got; (got = read(ends[0], part, sizeof part)) > 0;)
    output.append(part, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? output : "";
}

bool Has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("locks in the documented order pass, in whatever order they are released") {
  CHECK(DeathOf([] {
          Lock outer;
          Lock first;
          Lock second;
          LockGuard a(outer, LockLevel::kNames);
          {
            LockGuard b(first, LockLevel::kStripe, 3);
            LockGuard c(second, LockLevel::kStripe, 7);
          }
          LockGuard b(first, LockLevel::kTables);
          TraceLock(LockLevel::kStripe, 1);
          TraceLock(LockLevel::kStripe, 2);
          TraceUnlock(LockLevel::kStripe, 1);
          TraceUnlock(LockLevel::kStripe, 2);
        }).empty());
}

TEST_CASE("a lock under an inner one, out of sequence, or twice aborts with a message") {
  Lock a;
  Lock b;
  CHECK(Has(DeathOf([&] {
              LockGuard inner(a, LockLevel::kStripe);
              LockGuard outer(b, LockLevel::kTables);
            }),
            "taken under an inner lock"));
  CHECK(Has(DeathOf([&] {
              LockGuard high(a, LockLevel::kStripe, 2);
              LockGuard low(b, LockLevel::kStripe, 1);
            }),
            "taken out of sequence"));
  CHECK(Has(DeathOf([&] {
              LockGuard once(a, LockLevel::kArea);
              LockGuard twice(b, LockLevel::kArea);
            }),
            "taken out of sequence"));
}

TEST_CASE("releasing what is not held and leaving with a lock abort with a message") {
  Lock lock;
  CHECK(Has(DeathOf([] { TraceUnlock(LockLevel::kEpoch, 0); }), "released but not held"));
  CHECK(Has(DeathOf([&] {
              LockGuard guard(lock, LockLevel::kArea);
              AssertNoLockHeld("a call returns");
            }),
            "a call returns"));
  CHECK(DeathOf([] { AssertNoLockHeld("nothing"); }).empty());
}

}  // namespace termstore::test

#endif
