// Who opens a file and who commits to it keep out of each other's way.
#include "core/files/opening_lock.h"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "test/support/rng.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

using LockPtr = std::unique_ptr<OpeningLock>;

// A file that is there as long as this.
class SomeFile {
 public:
  SomeFile() {
    static std::atomic<int> number{0};
    const auto name = "opening_lock_test_" + std::to_string(reinterpret_cast<std::uintptr_t>(&number)) + "_" +
                      std::to_string(number.fetch_add(1));
    path_ = (std::filesystem::temp_directory_path() / name).string();
    std::ofstream(path_) << "bytes";
  }
  ~SomeFile() { std::filesystem::remove(path_); }
  SomeFile(const SomeFile&) = delete;
  SomeFile& operator=(const SomeFile&) = delete;
  const char* path() const { return path_.c_str(); }

 private:
  std::string path_;
};

LockPtr LockOf(OpeningLocks& all, const char* path) {
  OpeningLock* lock = nullptr;
  const auto outcome = OpeningLock::Open(all, path, &lock);
  CHECK((outcome == OpeningLock::Outcome::kOpen) == (lock != nullptr));
  return LockPtr(lock);
}

bool TryToOpen(OpeningLock& lock) { return lock.TakeTurn() && lock.Exclude(); }

}  // namespace

TEST_CASE("files are opened while nobody commits, and nobody begins to commit meanwhile") {
  const SomeFile file;
  OpeningLocks all;
  const LockPtr writer = LockOf(all, file.path());
  const LockPtr other = LockOf(all, file.path());
  const LockPtr opener = LockOf(all, file.path());
  REQUIRE((writer && other && opener));

  CHECK(writer->Hold());
  CHECK(other->Hold());
  CHECK_FALSE(TryToOpen(*opener));
  // It waits for its turn: who holds may go on, nobody else begins.
  CHECK_FALSE(writer->Hold());
  CHECK(writer->is_held());
  writer->Release();
  CHECK_FALSE(writer->Hold());
  CHECK_FALSE(writer->is_held());
  CHECK_FALSE(TryToOpen(*opener));
  other->Release();
  CHECK(TryToOpen(*opener));
  CHECK(TryToOpen(*opener));
  CHECK_FALSE(other->Hold());
  opener->Opened();
  CHECK(other->Hold());
  CHECK(writer->Hold());
}

TEST_CASE("who has no turn does not exclude anybody") {
  const SomeFile file;
  OpeningLocks all;
  const LockPtr one = LockOf(all, file.path());
  const LockPtr other = LockOf(all, file.path());
  CHECK_FALSE(one->Exclude());
  CHECK(other->TakeTurn());
  CHECK_FALSE(one->TakeTurn());
  CHECK_FALSE(one->Exclude());
  CHECK(other->Exclude());
}

TEST_CASE("one opens at a time") {
  const SomeFile file;
  OpeningLocks all;
  const LockPtr first = LockOf(all, file.path());
  const LockPtr second = LockOf(all, file.path());
  CHECK(TryToOpen(*first));
  CHECK_FALSE(TryToOpen(*second));
  first->Opened();
  CHECK(TryToOpen(*second));
}

TEST_CASE("what is open in this process is known by its file, not by its path") {
  const SomeFile file;
  const SomeFile another;
  const std::string link = std::string(file.path()) + "_link";
  std::filesystem::create_hard_link(file.path(), link);
  OpeningLocks all;
  OpeningLocks other_process;
  const LockPtr asks = LockOf(all, file.path());
  const LockPtr unrelated = LockOf(all, another.path());
  const LockPtr elsewhere = LockOf(other_process, file.path());
  LockPtr opened = LockOf(all, link.c_str());
  unrelated->Opened();
  elsewhere->Opened();
  asks->Opened();
  CHECK_FALSE(asks->IsOpenElsewhere());
  CHECK(opened->IsOpenElsewhere());
  opened->Opened();
  CHECK(asks->IsOpenElsewhere());
  opened->Closing();
  CHECK_FALSE(asks->IsOpenElsewhere());
  opened->Opened();
  opened.reset();
  CHECK_FALSE(asks->IsOpenElsewhere());
  std::filesystem::remove(link);
}

TEST_CASE("a lock that is closed gives everything back") {
  const SomeFile file;
  OpeningLocks all;
  const LockPtr stays = LockOf(all, file.path());
  LockPtr goes = LockOf(all, file.path());
  CHECK(TryToOpen(*goes));
  CHECK_FALSE(stays->Hold());
  goes.reset();
  CHECK(stays->Hold());
  goes = LockOf(all, file.path());
  CHECK_FALSE(TryToOpen(*goes));
  stays->Release();
  CHECK(TryToOpen(*goes));
}

TEST_CASE("a file that is not there has no lock") {
  OpeningLocks all;
  OpeningLock* lock = nullptr;
  CHECK(OpeningLock::Open(all, "/none/such/file", &lock) == OpeningLock::Outcome::kNone);
  CHECK(OpeningLock::Open(all, "", &lock) == OpeningLock::Outcome::kNone);
  CHECK(lock == nullptr);
}

TEST_CASE("threads: nobody is inside with who opens, and who waits gets in") {
  const SomeFile file;
  OpeningLocks all;
  std::atomic<int> inside{0};
  std::atomic<bool> opening{false};
  std::atomic<int> opened{0};
  const int rounds = static_cast<int>(Scaled(200));
  RunInThreads(4, [&](int thread, ThreadFailures& failures) {
    const LockPtr lock = LockOf(all, file.path());
    if (thread == 0) {
      for (int round = 0; round < rounds; ++round) {
        while (!TryToOpen(*lock)) std::this_thread::yield();
        opening.store(true);
        if (inside.load() != 0) failures.Add("somebody commits while the file is opened");
        opening.store(false);
        lock->Opened();
        opened.fetch_add(1);
      }
      return;
    }
    while (opened.load() < rounds) {
      if (!lock->Hold()) {
        std::this_thread::yield();
        continue;
      }
      inside.fetch_add(1);
      if (opening.load()) failures.Add("somebody opens the file during a commit");
      inside.fetch_sub(1);
      lock->Release();
    }
  });
  CHECK(opened.load() == rounds);
}

}  // namespace termstore::test
