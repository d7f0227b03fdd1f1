#include "core/files/opening_lock.h"

#if defined(_WIN32)

#include <windows.h>

#include <new>

namespace termstore {
namespace {

// The upper half of the place of the first byte: nobody reads or writes there.
constexpr DWORD kFarBehind = 0x40000000;

OVERLAPPED PlaceOf(DWORD byte) noexcept {
  OVERLAPPED place{};
  place.Offset = byte;
  place.OffsetHigh = kFarBehind;
  return place;
}

}  // namespace

OpeningLock::Outcome OpeningLock::Open(OpeningLocks& all, const char* path, OpeningLock** lock) noexcept {
  *lock = nullptr;
  const int length = MultiByteToWideChar(CP_UTF8, 0, path, -1, nullptr, 0);
  if (length <= 0) return Outcome::kNone;
  auto* wide = new (std::nothrow) wchar_t[static_cast<std::size_t>(length)];
  if (wide == nullptr) return Outcome::kFailed;
  MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, length);
  const HANDLE file =
      CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                  nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  const DWORD reason = GetLastError();
  delete[] wide;
  if (file != INVALID_HANDLE_VALUE) return Make(all, file, lock);
  const bool failed = reason == ERROR_TOO_MANY_OPEN_FILES || reason == ERROR_NOT_ENOUGH_MEMORY;
  return failed ? Outcome::kFailed : Outcome::kNone;
}

bool OpeningLock::Identify(File file, Identity* identity) noexcept {
  BY_HANDLE_FILE_INFORMATION found{};
  if (!GetFileInformationByHandle(file, &found)) return false;
  *identity = {found.dwVolumeSerialNumber,
               (static_cast<std::uint64_t>(found.nFileIndexHigh) << 32) | found.nFileIndexLow};
  return true;
}

void OpeningLock::Close(File file) noexcept { (void)CloseHandle(file); }

bool OpeningLock::Take(Part part, Mode mode) noexcept {
  OVERLAPPED place = PlaceOf(static_cast<DWORD>(part));
  const DWORD flags = LOCKFILE_FAIL_IMMEDIATELY | (mode == Mode::kAlone ? LOCKFILE_EXCLUSIVE_LOCK : 0);
  if (LockFileEx(file_, flags, 0, 1, 0, &place)) return true;
  const DWORD reason = GetLastError();
  return reason == ERROR_NOT_SUPPORTED || reason == ERROR_INVALID_FUNCTION;
}

void OpeningLock::Give(Part part) noexcept {
  OVERLAPPED place = PlaceOf(static_cast<DWORD>(part));
  (void)UnlockFileEx(file_, 0, 1, 0, &place);
}

}  // namespace termstore

#endif
