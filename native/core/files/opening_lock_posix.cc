// Open file description locks: those of the process would be lost when any other descriptor of the file is
// closed.
#include "core/files/opening_lock.h"

#if !defined(_WIN32)

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>

// Of Linux 3.15 and macOS 10.15; headers hide them from strict C++.
#if !defined(F_OFD_SETLK) && defined(__linux__)
#define F_OFD_SETLK 37
#elif !defined(F_OFD_SETLK) && defined(__APPLE__)
#define F_OFD_SETLK 90
#endif

namespace termstore {
namespace {

// Nobody reads or writes there.
constexpr off_t kFirstByte = off_t{1} << (sizeof(off_t) == 8 ? 62 : 30);

struct flock Wish(short type, int part) noexcept {
  struct flock wish {};
  wish.l_type = type;
  wish.l_whence = SEEK_SET;
  wish.l_start = kFirstByte + part;
  wish.l_len = 1;
  return wish;
}

}  // namespace

OpeningLock::Outcome OpeningLock::Open(OpeningLocks& all, const char* path, OpeningLock** lock) noexcept {
  *lock = nullptr;
  int file = -1;
  do {
    file = open(path, O_RDWR | O_CLOEXEC);
  } while (file < 0 && errno == EINTR);
  if (file >= 0) return Make(all, file, lock);
  const bool failed = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO;
  return failed ? Outcome::kFailed : Outcome::kNone;
}

bool OpeningLock::Identify(File file, Identity* identity) noexcept {
  struct stat found {};
  if (fstat(file, &found) != 0) return false;
  *identity = {static_cast<std::uint64_t>(found.st_dev), static_cast<std::uint64_t>(found.st_ino)};
  return true;
}

void OpeningLock::Close(File file) noexcept { (void)close(file); }

bool OpeningLock::Take(Part part, Mode mode) noexcept {
  struct flock wish = Wish(mode == Mode::kAlone ? F_WRLCK : F_RDLCK, static_cast<int>(part));
  int result = -1;
  do {
    result = fcntl(file_, F_OFD_SETLK, &wish);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return true;
  const int reason = errno;
  // The two names are one number on some systems.
  return reason == ENOSYS || reason == EINVAL || reason == ENOLCK || reason == ENOTSUP;
}

void OpeningLock::Give(Part part) noexcept {
  struct flock wish = Wish(F_UNLCK, static_cast<int>(part));
  (void)fcntl(file_, F_OFD_SETLK, &wish);
}

}  // namespace termstore

#endif
