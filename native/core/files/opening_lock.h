// Keeps the opening of a file on disk apart from the commits to it, between threads and between processes.
//
// Why: the disk engine (LMDB as the npm package `lmdb` 3.5 has it, mdb_env_open2) reads the number of the
// last transaction from the file when it opens it, and then stores that number where all processes share it.
// A commit in between is undone by the next one.
#pragma once

#include <cstdint>

#include "core/memory/lock.h"

namespace termstore {

class OpeningLock;

// The opening locks of a process: its threads share what the engine has open.
class OpeningLocks {
 public:
  OpeningLocks() = default;
  OpeningLocks(const OpeningLocks&) = delete;
  OpeningLocks& operator=(const OpeningLocks&) = delete;

  void Add(OpeningLock& lock) noexcept;
  void Remove(OpeningLock& lock) noexcept;
  // Whether a lock of the same file other than this one says that its file is open.
  bool IsOpenElsewhere(const OpeningLock& lock) noexcept;
  void MarkOpen(OpeningLock& lock, bool open) noexcept;

 private:
  Lock lock_;  // LockLevel::kOpenings: the list and what its members say
  OpeningLock* first_ = nullptr;
};

// Used by one thread. Two advisory locks far behind the end of the file, in the name of this object and not
// of the process, which the system gives back when the process ends in whatever way:
//  - the turn: held alone by who waits to open the file and while it does, and for an instant by who begins
//    to commit, so that a file that is always being written to is opened as well;
//  - the hold: shared by those who commit, held alone by who opens.
// Where a file system has no locks every answer is yes: nothing is kept apart there.
class OpeningLock {
 public:
  enum class Outcome : std::uint8_t {
    kOpen,
    kNone,    // there is no such file, or it may not be written to: then there is nothing to lock
    kFailed,  // short of descriptors or memory, or the system failed
  };
  // `path` is UTF-8. `*lock` is null unless the outcome is kOpen.
  static Outcome Open(OpeningLocks& all, const char* path, OpeningLock** lock) noexcept;
  ~OpeningLock();
  OpeningLock(const OpeningLock&) = delete;
  OpeningLock& operator=(const OpeningLock&) = delete;

  // Nobody opens the file from here to Release(). False: somebody is about to; a hold that was there stays.
  // Never waits.
  bool Hold() noexcept;
  void Release() noexcept;
  bool is_held() const noexcept { return holds_; }

  // Nobody else opens the file, and nobody begins to commit, from here to Opened(). False: somebody else has
  // the turn. Never waits.
  bool TakeTurn() noexcept;
  // Nobody commits from here to Opened(). False: somebody still does. Never waits. REQUIRES: TakeTurn().
  bool Exclude() noexcept;
  // The file is open from here to Closing(), whether others were excluded or not. Gives turn and hold back.
  void Opened() noexcept;
  // Must come before the engine closes the file.
  void Closing() noexcept { all_.MarkOpen(*this, false); }
  // Whether this process has the file open already: then the engine opens nothing.
  bool IsOpenElsewhere() noexcept { return all_.IsOpenElsewhere(*this); }

 private:
  friend class OpeningLocks;

#if defined(_WIN32)
  using File = void*;
#else
  using File = int;
#endif
  struct Identity {
    std::uint64_t device;
    std::uint64_t file;
    bool operator==(const Identity&) const noexcept = default;
  };
  enum class Part : std::uint8_t { kTurn = 0, kHold = 1 };
  enum class Mode : std::uint8_t { kShared, kAlone };

  OpeningLock(OpeningLocks& all, File file, Identity identity) noexcept;
  static Outcome Make(OpeningLocks& all, File file, OpeningLock** lock) noexcept;
  static bool Identify(File file, Identity* identity) noexcept;
  static void Close(File file) noexcept;
  // One try.
  bool Take(Part part, Mode mode) noexcept;
  void Give(Part part) noexcept;

  OpeningLocks& all_;
  const File file_;
  const Identity identity_;
  bool holds_ = false;
  bool has_turn_ = false;
  bool excludes_ = false;
  bool open_ = false;            // guarded by the lock of `all_`
  OpeningLock* next_ = nullptr;  // guarded by the lock of `all_`
};

}  // namespace termstore
