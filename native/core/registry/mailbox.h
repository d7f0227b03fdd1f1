// Events that wait for a thread, and the way to wake it.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "core/base/bytes.h"
#include "core/memory/lock.h"

namespace termstore {

using TableId = std::uint32_t;
using OwnerId = std::uint32_t;

// "Table `table` is yours now; it was `from`'s", with a term that travels along. One block of memory.
struct Event {
  Event* next = nullptr;  // the one that came after it; guarded by the mailbox's lock
  TableId table = 0;
  OwnerId from = 0;
  std::uint32_t size = 0;

  Bytes data() const noexcept { return {reinterpret_cast<const std::uint8_t*>(this + 1), size}; }
  std::size_t bytes() const noexcept { return sizeof(Event) + size; }
};

struct FreeEvent {
  void operator()(Event* event) const noexcept { std::free(event); }
};
using EventPtr = std::unique_ptr<Event, FreeEvent>;

// An event with a copy of `data`, a term; null when memory is short.
EventPtr MakeEvent(Bytes data) noexcept;

// How a thread that waits for events is told that there are some. `wake` is called with the mailbox's lock
// held, by any thread; it answers false when it must never be called again.
struct Waker {
  bool (*wake)(void* context) = nullptr;
  void* context = nullptr;
};

class Mailbox {
 public:
  // A thread that takes none keeps so many; then the oldest make room.
  static constexpr std::uint64_t kMostEvents = 65536;

  Mailbox() = default;
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Adds an event and wakes the owner unless it was woken already. Returns the event that had to make room,
  // to be freed when the caller holds no lock.
  [[nodiscard]] EventPtr Post(EventPtr event) noexcept;
  // The oldest event; null when there is none: then the next one wakes again.
  EventPtr Take() noexcept;

  // From here on, or until ClearWaker(), events that come wake through `waker`. Those that are there do not.
  void SetWaker(Waker waker) noexcept;
  // Nobody is in a call of this waker, and nobody will be, when it returns. Another context's waker stays.
  void ClearWaker(const void* context) noexcept;

  std::uint64_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

 private:
  EventPtr PopOldest() noexcept;

  Lock lock_;  // LockLevel::kMailbox; everything below is written under it
  Waker waker_;
  bool woken_ = false;  // the owner has been woken and has not found the mailbox empty since
  Event* oldest_ = nullptr;
  Event* newest_ = nullptr;
  std::atomic<std::uint64_t> size_{0};
};

}  // namespace termstore
