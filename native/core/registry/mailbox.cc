#include "core/registry/mailbox.h"

#include <cstring>
#include <new>

namespace termstore {

EventPtr MakeEvent(Bytes data) noexcept {
  void* memory = std::malloc(sizeof(Event) + data.size);
  if (memory == nullptr) return nullptr;
  EventPtr event(new (memory) Event);
  event->size = static_cast<std::uint32_t>(data.size);
  if (data.size > 0) std::memcpy(event.get() + 1, data.data, data.size);
  return event;
}

Mailbox::~Mailbox() {
  while (PopOldest()) {
  }
}

EventPtr Mailbox::PopOldest() noexcept {
  EventPtr event(oldest_);
  if (!event) return event;
  oldest_ = event->next;
  if (oldest_ == nullptr) newest_ = nullptr;
  event->next = nullptr;
  size_.store(size() - 1, std::memory_order_relaxed);
  return event;
}

EventPtr Mailbox::Post(EventPtr event) noexcept {
  LockGuard guard(lock_, LockLevel::kMailbox);
  EventPtr displaced = size() >= kMostEvents ? PopOldest() : nullptr;
  Event* added = event.release();
  (newest_ == nullptr ? oldest_ : newest_->next) = added;
  newest_ = added;
  size_.store(size() + 1, std::memory_order_relaxed);
  if (waker_.wake != nullptr && !woken_) {
    woken_ = waker_.wake(waker_.context);
    if (!woken_) waker_ = {};
  }
  return displaced;
}

EventPtr Mailbox::Take() noexcept {
  LockGuard guard(lock_, LockLevel::kMailbox);
  if (oldest_ == nullptr) woken_ = false;
  return PopOldest();
}

void Mailbox::SetWaker(Waker waker) noexcept {
  LockGuard guard(lock_, LockLevel::kMailbox);
  waker_ = waker;
  woken_ = false;
}

void Mailbox::ClearWaker(const void* context) noexcept {
  LockGuard guard(lock_, LockLevel::kMailbox);
  if (waker_.context == context) waker_ = {};
}

}  // namespace termstore
