// When retired memory is freed, and pages from the system.
#include "core/memory/epoch.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "core/memory/pages.h"
#include "test/support/faults.h"
#include "test/support/rng.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

std::atomic<int> freed{0};

void CountFree(void* memory, std::size_t bytes) {
  CHECK(bytes == sizeof(int));
  delete static_cast<int*>(memory);
  freed.fetch_add(1);
}

void RetireOne(Epochs& epochs) { epochs.Retire(new int(7), sizeof(int), CountFree); }

constexpr std::uint64_t kAlive = 0x600dda7a600dda7a;
constexpr std::uint64_t kFreed = 0xdeadbeefdeadbeef;

struct Item {
  std::atomic<std::uint64_t> state{kAlive};
};

std::atomic<std::uint64_t> items_freed{0};

void FreeItem(void* memory, std::size_t) {
  auto* item = static_cast<Item*>(memory);
  item->state.store(kFreed, std::memory_order_relaxed);  // a reader that still looks would see it
  delete item;
  items_freed.fetch_add(1);
}

}  // namespace

TEST_CASE("a pinned reader keeps what was retired since, and nothing else") {
  Epochs epochs;
  EpochSlot* slot = epochs.Attach();
  REQUIRE(slot != nullptr);
  freed = 0;
  RetireOne(epochs);
  {
    Pin pin(epochs, *slot);
    RetireOne(epochs);
    RetireOne(epochs);
    CHECK(epochs.pending() == 3);
    epochs.Collect();
    CHECK(freed == 1);  // the one from before the pin
    CHECK(epochs.pending() == 2);
  }
  epochs.Collect();
  CHECK(freed == 3);
  CHECK(epochs.pending() == 0);
  epochs.Detach(slot);
}

TEST_CASE("the oldest of several pins decides") {
  Epochs epochs;
  EpochSlot* first = epochs.Attach();
  EpochSlot* second = epochs.Attach();
  CHECK(first != second);
  freed = 0;
  epochs.Pin(*first);
  RetireOne(epochs);
  epochs.Pin(*second);
  RetireOne(epochs);
  epochs.Unpin(*second);
  epochs.Collect();
  CHECK(freed == 0);
  epochs.Unpin(*first);
  epochs.Pin(*second);
  epochs.Collect();
  CHECK(freed == 2);
  epochs.Detach(second);
  epochs.Detach(first);
}

TEST_CASE("a thread that ends lets go of its pin, and its slot is used again") {
  Epochs epochs;
  freed = 0;
  EpochSlot* slot = epochs.Attach();
  epochs.Pin(*slot);
  RetireOne(epochs);
  epochs.Detach(slot);
  epochs.Collect();
  CHECK(freed == 1);
  CHECK(epochs.Attach() == slot);
}

TEST_CASE("what is still retired at the end is freed with the epochs") {
  freed = 0;
  {
    Epochs epochs;
    EpochSlot* slot = epochs.Attach();
    epochs.Pin(*slot);
    for (int i = 0; i < 10; ++i) RetireOne(epochs);
    epochs.Collect();
    CHECK(freed == 0);
  }
  CHECK(freed == 10);
}

// Interleaving: writers unlink and retire what readers have just loaded.
TEST_CASE("no reader inside a pin ever sees freed memory, and everything is freed in the end") {
  Epochs epochs;
  constexpr int kPlaces = 4;
  constexpr std::uint64_t kMostWaits = 60000;  // a millisecond each
  std::atomic<Item*> places[kPlaces];
  for (auto& place : places) place.store(new Item);
  items_freed = 0;
  const std::uint64_t rounds = Scaled(30000);
  std::atomic<int> writers{2};
  std::atomic<std::uint64_t> retired{0};
  RunInThreads(5, [&](int thread, ThreadFailures& failures) {
    EpochSlot* slot = epochs.Attach();
    Rng rng(static_cast<std::uint64_t>(thread));
    if (thread < 2) {
      std::uint64_t i = 0;
      // At least until something was freed while the readers run: on a busy machine one of them may be asleep
      // inside a pin for all of the rounds.
      for (; i < rounds || (items_freed.load() == 0 && i < rounds + kMostWaits); ++i) {
        Item* fresh = new Item;
        Item* old;
        {
          Pin pin(epochs, *slot);
          old = places[rng.Below(kPlaces)].exchange(fresh, std::memory_order_acq_rel);
          epochs.Retire(old, sizeof(Item), FreeItem);
        }
        if (i % 16 == 0) epochs.Collect();
        if (i >= rounds) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      retired.fetch_add(i);
      if (items_freed.load() == 0) failures.Add("nothing was freed while readers ran");
      writers.fetch_sub(1);
    }
    while (writers.load() > 0 && !failures.failed()) {
      Pin pin(epochs, *slot);
      const Item* item = places[rng.Below(kPlaces)].load(std::memory_order_acquire);
      for (int i = 0; i < 20; ++i) {
        if (item->state.load(std::memory_order_relaxed) != kAlive) failures.Add("freed memory under a pin");
      }
    }
    epochs.Detach(slot);
  });
  epochs.Collect();
  CHECK(epochs.pending() == 0);
  CHECK(items_freed == retired);
  for (auto& place : places) delete place.load();
}

#if defined(TERMSTORE_TEST_FAULTS)
TEST_CASE("memory is retired without memory for a note, as often as there is a reserve") {
  static int freed = 0;
  freed = 0;
  Epochs epochs;
  EpochSlot* slot = epochs.Attach();
  const auto retire = [&](std::uint32_t count) {
    static std::uint8_t memory;
    const Shortage none(0);
    for (std::uint32_t i = 0; i < count; ++i) epochs.Retire(&memory, 0, [](void*, std::size_t) { ++freed; });
  };
  {
    const Pin pin(epochs, *slot);
    retire(Epochs::kReserve);
    CHECK(epochs.pending() == Epochs::kReserve);
    epochs.Collect();
    CHECK(freed == 0);
    // Nothing can be freed for this one: it is lost, and nobody crashes.
    retire(1);
    CHECK(epochs.lost() == 1);
    CHECK(freed == 0);
  }
  // Nobody looks any more: the reserve comes back by itself.
  retire(3);
  CHECK(freed == static_cast<int>(Epochs::kReserve));
  retire(5000);
  CHECK(epochs.lost() == 1);
  epochs.Collect();
  CHECK(freed == static_cast<int>(Epochs::kReserve) + 5003);
  CHECK(epochs.pending() == 0);
}
#endif

TEST_CASE("pages are zeroed and aligned, small and large") {
  for (const std::size_t bytes :
       {std::size_t{64}, std::size_t{4096}, std::size_t{65535}, std::size_t{65536}, std::size_t{1} << 22}) {
    auto* memory = static_cast<std::uint8_t*>(AllocatePages(bytes));
    REQUIRE(memory != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(memory) % kCacheLineBytes == 0);
    bool zero = true;
    for (std::size_t i = 0; i < bytes; ++i) zero = zero && memory[i] == 0;
    CHECK(zero);
    memory[bytes - 1] = 1;
    FreePages(memory, bytes);
  }
  FreePages(nullptr, 100);
  CHECK(AllocatePages(~std::size_t{0} / 2) == nullptr);
}

}  // namespace termstore::test
