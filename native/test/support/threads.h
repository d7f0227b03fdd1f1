// Threads of a test: all start together, and a failure in one is a failure of the test.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace termstore::test {

// What threads report; doctest's assertions belong to the thread that runs the test.
class ThreadFailures {
 public:
  void Add(const std::string& what) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (first_.empty()) first_ = what;
    failed_.store(true, std::memory_order_relaxed);  // a hint to stop early, orders nothing
  }
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  std::string first() {
    const std::lock_guard<std::mutex> guard(mutex_);
    return first_;
  }

 private:
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::string first_;  // guarded by mutex_
};

// Runs `body(thread number, failures)` in `count` threads and waits for them.
template <typename Body>
void RunInThreads(int count, Body body) {
  ThreadFailures failures;
  std::atomic<int> waiting{count};
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      waiting.fetch_sub(1);
      while (waiting.load() > 0) std::this_thread::yield();
      body(i, failures);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string first = failures.first();
  CHECK_MESSAGE(first.empty(), first);
}

}  // namespace termstore::test
