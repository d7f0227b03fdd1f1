#include "core/files/opening_lock.h"

#include <new>

namespace termstore {

void OpeningLocks::Add(OpeningLock& lock) noexcept {
  const LockGuard guard(lock_, LockLevel::kOpenings);
  lock.next_ = first_;
  first_ = &lock;
}

void OpeningLocks::Remove(OpeningLock& lock) noexcept {
  const LockGuard guard(lock_, LockLevel::kOpenings);
  OpeningLock** link = &first_;
  while (*link != nullptr && *link != &lock) link = &(*link)->next_;
  if (*link != nullptr) *link = lock.next_;
}

bool OpeningLocks::IsOpenElsewhere(const OpeningLock& lock) noexcept {
  const LockGuard guard(lock_, LockLevel::kOpenings);
  for (const OpeningLock* other = first_; other != nullptr; other = other->next_) {
    if (other != &lock && other->open_ && other->identity_ == lock.identity_) return true;
  }
  return false;
}

void OpeningLocks::MarkOpen(OpeningLock& lock, bool open) noexcept {
  const LockGuard guard(lock_, LockLevel::kOpenings);
  lock.open_ = open;
}

OpeningLock::OpeningLock(OpeningLocks& all, File file, Identity identity) noexcept
    : all_(all), file_(file), identity_(identity) {
  all_.Add(*this);
}

OpeningLock::~OpeningLock() {
  all_.Remove(*this);
  // The system gives back the locks with the file.
  Close(file_);
}

OpeningLock::Outcome OpeningLock::Make(OpeningLocks& all, File file, OpeningLock** lock) noexcept {
  Identity identity{};
  *lock = Identify(file, &identity) ? new (std::nothrow) OpeningLock(all, file, identity) : nullptr;
  if (*lock != nullptr) return Outcome::kOpen;
  Close(file);
  return Outcome::kFailed;
}

bool OpeningLock::Hold() noexcept {
  if (!Take(Part::kTurn, Mode::kShared)) return false;
  // Whoever holds it alone has the turn as well.
  if (!holds_) holds_ = Take(Part::kHold, Mode::kShared);
  Give(Part::kTurn);
  return holds_;
}

void OpeningLock::Release() noexcept {
  if (!holds_) return;
  holds_ = false;
  Give(Part::kHold);
}

bool OpeningLock::TakeTurn() noexcept {
  if (!has_turn_) has_turn_ = Take(Part::kTurn, Mode::kAlone);
  return has_turn_;
}

bool OpeningLock::Exclude() noexcept {
  if (has_turn_ && !excludes_) excludes_ = Take(Part::kHold, Mode::kAlone);
  return excludes_;
}

void OpeningLock::Opened() noexcept {
  all_.MarkOpen(*this, true);
  if (excludes_) Give(Part::kHold);
  if (has_turn_) Give(Part::kTurn);
  excludes_ = false;
  has_turn_ = false;
}

}  // namespace termstore
