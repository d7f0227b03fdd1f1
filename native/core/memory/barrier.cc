#include "core/memory/barrier.h"

#include "core/base/platform.h"

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#endif

namespace termstore {
namespace {

#if defined(__linux__) && defined(SYS_membarrier)
// Values of linux/membarrier.h, which old C libraries do not ship.
constexpr int kPrivateExpedited = 1 << 3;
constexpr int kRegisterPrivateExpedited = 1 << 4;
#endif

bool Register() noexcept {
#if defined(TERMSTORE_TSAN)
  return false;
#elif defined(__linux__) && defined(SYS_membarrier)
  return syscall(SYS_membarrier, kRegisterPrivateExpedited, 0, 0) == 0;
#elif defined(_WIN32)
  return true;
#else
  return false;
#endif
}

}  // namespace

const bool kProcessBarrierExists = Register();

void ProcessBarrier() noexcept {
#if defined(__linux__) && defined(SYS_membarrier)
  syscall(SYS_membarrier, kPrivateExpedited, 0, 0);
#elif defined(_WIN32)
  FlushProcessWriteBuffers();
#endif
}

}  // namespace termstore
