#include "core/registry/process.h"

#include <chrono>
#include <new>
#include <random>

namespace termstore {
namespace {

void Fill(std::uint64_t (&entropy)[5]) noexcept {
  // The address and the clock only help where the system's generator is a poor one.
  const auto clock = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  const auto address = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&entropy));
  std::random_device random;
  for (std::uint64_t& word : entropy) {
    word = (static_cast<std::uint64_t>(random()) << 32) ^ random();
    word ^= hash_internal::Fold(clock ^ word, address | 1);
  }
}

Process* Make() noexcept {
  std::uint64_t entropy[5];
  Fill(entropy);
  auto* process = new (std::nothrow) Process(entropy);
  if (process == nullptr || process->registry.ready()) return process;
  delete process;
  return nullptr;
}

}  // namespace

Process::Process(const std::uint64_t (&entropy)[5])
    : secret{{entropy[0], entropy[1] | 1, entropy[2], entropy[3] | 1}},
      tid_tag(static_cast<std::uint32_t>(entropy[4] & 0xfffff)),
      shapes(secret),
      registry(epochs, secret, version_words),
      persistent(secret) {
  SetCurrentShapes(&shapes);
}

Process* Process::Own() noexcept {
  static Process* const process = Make();
  return process;
}

}  // namespace termstore
