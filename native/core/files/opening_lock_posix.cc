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

constexpr off_t kFirstByte = off_t{1} << 62;

}  // namespace

OpeningLock* OpeningLock::Open(OpeningLocks& all, const char* path) noexcept {
  const int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return nullptr;
  Identity identity{};
  auto* lock = Identify(file, &identity) ? new (std::nothrow) OpeningLock(all, file, identity) : nullptr;
  if (lock == nullptr) Close(file);
  return lock;
}

bool OpeningLock::Identify(File file, Identity* identity) noexcept {
  struct stat found {};
  if (fstat(file, &found) != 0) return false;
  *identity = {static_cast<std::uint64_t>(found.st_dev), static_cast<std::uint64_t>(found.st_ino)};
  return true;
}

void OpeningLock::Close(File file) noexcept { (void)close(file); }

bool OpeningLock::Take(Part part, Mode mode) noexcept {
  struct flock wanted {};
  wanted.l_type = mode == Mode::kAlone ? F_WRLCK : F_RDLCK;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = kFirstByte + static_cast<off_t>(part);
  wanted.l_len = 1;
  return fcntl(file_, F_OFD_SETLK, &wanted) == 0 || (errno != EAGAIN && errno != EACCES);
}

void OpeningLock::Give(Part part) noexcept {
  struct flock given {};
  given.l_type = F_UNLCK;
  given.l_whence = SEEK_SET;
  given.l_start = kFirstByte + static_cast<off_t>(part);
  given.l_len = 1;
  (void)fcntl(file_, F_OFD_SETLK, &given);
}

}  // namespace termstore

#endif
