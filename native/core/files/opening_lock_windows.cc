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

OpeningLock* OpeningLock::Open(OpeningLocks& all, const char* path) noexcept {
  const int length = MultiByteToWideChar(CP_UTF8, 0, path, -1, nullptr, 0);
  auto* wide = length > 0 ? new (std::nothrow) wchar_t[static_cast<std::size_t>(length)] : nullptr;
  if (wide == nullptr) return nullptr;
  MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, length);
  const HANDLE file =
      CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                  nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  delete[] wide;
  if (file == INVALID_HANDLE_VALUE) return nullptr;
  Identity identity{};
  auto* lock = Identify(file, &identity) ? new (std::nothrow) OpeningLock(all, file, identity) : nullptr;
  if (lock == nullptr) Close(file);
  return lock;
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
  return reason != ERROR_LOCK_VIOLATION && reason != ERROR_IO_PENDING;
}

void OpeningLock::Give(Part part) noexcept {
  OVERLAPPED place = PlaceOf(static_cast<DWORD>(part));
  (void)UnlockFileEx(file_, 0, 1, 0, &place);
}

}  // namespace termstore

#endif
