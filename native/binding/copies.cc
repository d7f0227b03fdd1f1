#include "binding/copies.h"

#include <cstdio>
#include <cstring>
#include <string_view>

#include "binding/env_state.h"
#include "core/memory/pod_array.h"
#include "core/table/hash_stripe.h"

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
// Not before windows.h:
#include <psapi.h>
#else
#include <dlfcn.h>
#if defined(__APPLE__)
#include <mach-o/dyld.h>
#else
#include <link.h>
#endif
#endif

#if defined(_WIN32)
#define TERMSTORE_EXPORT __declspec(dllexport)
#else
#define TERMSTORE_EXPORT __attribute__((visibility("default")))
#endif

namespace termstore::binding {
namespace {

// Copies with the same text have the same layout of everything reachable from a Process: the package's
// version stands for the sources (bindings.gyp), the sizes tell compilers, debug and sanitizer builds apart.
const char* Fingerprint() noexcept {
  static char text[160];
  static const int length = std::snprintf(text, sizeof text, "abi %u, build %s, sizes %zu/%zu/%zu/%zu",
                                          kAbiVersion, TERMSTORE_VERSION, sizeof(Process), sizeof(TableEntry),
                                          sizeof(Stripe), sizeof(EpochSlot));
  return length > 0 ? text : "";
}

struct Copy {
  const char* fingerprint;
  Process* (*process)();
};

const char kSymbol[] = "termstore_copy_v1";
using CopyFunction = const Copy* (*)();

#if defined(_WIN32)

CopyFunction FirstCopy() noexcept {
  HMODULE modules[2048];
  DWORD needed = 0;
  if (!K32EnumProcessModules(GetCurrentProcess(), modules, sizeof modules, &needed)) return nullptr;
  const DWORD bytes = needed < sizeof modules ? needed : static_cast<DWORD>(sizeof modules);
  for (DWORD i = 0; i < bytes / sizeof(HMODULE); ++i) {
    const FARPROC symbol = GetProcAddress(modules[i], kSymbol);
    if (symbol != nullptr) return reinterpret_cast<CopyFunction>(reinterpret_cast<void*>(symbol));
  }
  return nullptr;
}

#else

// Appends the path and its zero. Not said when memory is short: a copy that is not found is refused by
// nobody, but where so little is left there is no process for this one either.
void AddPath(const char* path, PodArray<char>* paths) noexcept {
  const std::size_t size = std::strlen(path) + 1;
  if (!paths->Reserve(paths->size() + static_cast<std::uint32_t>(size))) return;
  std::memcpy(paths->end(), path, size);
  paths->Resize(paths->size() + static_cast<std::uint32_t>(size));
}

// Paths of everything loaded, in the order of loading, each with a zero behind it.
void LoadedPaths(PodArray<char>* paths) noexcept {
#if defined(__APPLE__)
  for (std::uint32_t i = 0; i < _dyld_image_count(); ++i) {
    const char* name = _dyld_get_image_name(i);
    if (name != nullptr) AddPath(name, paths);
  }
#else
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        if (info->dlpi_name != nullptr) AddPath(info->dlpi_name, static_cast<PodArray<char>*>(data));
        return 0;
      },
      paths);
#endif
}

bool IsAddon(std::string_view path) noexcept {
  constexpr std::string_view kEnding = ".node";
  return path.size() >= kEnding.size() && path.substr(path.size() - kEnding.size()) == kEnding;
}

CopyFunction FirstCopy() noexcept {
  PodArray<char> paths;
  LoadedPaths(&paths);
  for (const char* path = paths.begin(); path < paths.end(); path += std::strlen(path) + 1) {
    if (!IsAddon(path)) continue;
    void* handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == nullptr) continue;
    void* symbol = dlsym(handle, kSymbol);
    dlclose(handle);  // only the reference that dlopen() just took
    if (symbol != nullptr) return reinterpret_cast<CopyFunction>(symbol);
  }
  return nullptr;
}

#endif

}  // namespace

SharedProcess FindProcess() noexcept {
  // Loading order decides, so copies that load at the same time in two threads agree on who is first.
  const CopyFunction first = FirstCopy();
  if (first == nullptr) return {Process::Own(), "memory could not be allocated"};
  const Copy* copy = first();
  if (std::strcmp(copy->fingerprint, Fingerprint()) != 0) {
    return {nullptr,
            "another copy of termstore with a different build is loaded in this process, and two copies "
            "cannot share one store"};
  }
  Process* process = copy->process();
  // This copy's own globals follow: terms are read with the shared shapes.
  if (process != nullptr) SetCurrentShapes(&process->shapes);
  return {process, "memory could not be allocated"};
}

}  // namespace termstore::binding

extern "C" TERMSTORE_EXPORT const void* termstore_copy_v1() {
  using namespace termstore::binding;
  static const Copy copy{Fingerprint(), [] { return termstore::Process::Own(); }};
  return &copy;
}
