#include "core/table/stripe_set.h"

#include <algorithm>
#include <new>

namespace termstore {

StripeSet StripeSet::Make(Epochs& epochs, std::uint32_t bits, std::uint32_t floor, std::uint64_t rows,
                          StripeSet before) noexcept {
  const std::size_t count = std::size_t{1} << bits;
  void* memory = ::operator new(sizeof(Stripe) * count, std::align_val_t(alignof(Stripe)), std::nothrow);
  if (memory == nullptr) return {};
  const StripeSet set(static_cast<Stripe*>(memory), bits);
  std::uint64_t version = 0;
  for (std::size_t i = 0; before && i < before.count(); ++i)
    version = std::max(version, before.array()[i].version().load(std::memory_order_relaxed));
  bool started = true;
  for (std::size_t i = 0; i < count; ++i) {
    auto* stripe = new (set.array() + i) Stripe(epochs);
    started = started && stripe->Start(floor, rows >> bits);
    stripe->StartVersion(version);
  }
  if (started) return set;
  Delete(memory, set.bytes());
  return {};
}

void StripeSet::Delete(void* array, std::size_t bytes) noexcept {
  if (array == nullptr) return;
  auto* stripes = static_cast<Stripe*>(array);
  for (std::size_t i = 0; i < bytes / sizeof(Stripe); ++i) stripes[i].~Stripe();
  ::operator delete(array, std::align_val_t(alignof(Stripe)));
}

}  // namespace termstore
