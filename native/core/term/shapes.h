// The shapes of this process: lists of property names that objects share.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "core/base/bytes.h"
#include "core/term/format.h"
#include "core/term/hash.h"

namespace termstore {

// Immutable once published.
struct Shape {
  std::uint32_t count = 0;
  std::uint64_t hash = 0;
  std::unique_ptr<std::uint8_t[]> bytes;     // the names as string terms, one after the other
  std::unique_ptr<std::uint32_t[]> offsets;  // count + 1 offsets into bytes
  std::unique_ptr<std::uint32_t[]> sorted;   // name numbers in ascending order of the names

  Bytes Names() const noexcept { return {bytes.get(), offsets[count]}; }
  Bytes Name(std::uint32_t i) const noexcept {
    return {bytes.get() + offsets[i], offsets[i + 1] - offsets[i]};
  }
};

// Append-only and bounded: numbers are never reused and entries never freed, so a reader needs no lock
// and a number stays valid for the life of the process.
class ShapeTable {
 public:
  // `secret`: so that nobody chooses names whose hashes collide.
  explicit ShapeTable(const HashSecret& secret = {{1, 2, 3, 5}}) noexcept;
  ~ShapeTable();
  ShapeTable(const ShapeTable&) = delete;
  ShapeTable& operator=(const ShapeTable&) = delete;

  // The number of the shape with exactly these names in this order; `names` is `count` string terms.
  // Returns -1 when a bound is reached, a name is damaged or memory is short: callers then write names
  // inline.
  std::int32_t Intern(Bytes names, std::uint32_t count) noexcept;

  // Null when there is no such shape.
  const Shape* Find(std::uint32_t id) const noexcept {
    if (id >= kMaxShapes || shapes_ == nullptr) return nullptr;
    return shapes_[id].load(std::memory_order_acquire);  // pairs with the release in Intern()
  }

  std::uint32_t size() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }  // a count, orders nothing

 private:
  // Where the number of these names stands, or the empty place for it. REQUIRES: mutex_, an empty place.
  std::uint32_t* Place(Bytes names, std::uint32_t count, std::uint64_t hash) const noexcept;
  // Room for one more number; false when memory is short.
  bool MakeRoom() noexcept;

  const HashSecret secret_;
  std::atomic<const Shape*>* const shapes_;  // kMaxShapes of them; null when memory was short
  std::atomic<std::uint32_t> count_{0};

  // Leaf lock: nothing else is locked while it is held (docs/concurrency.md).
  std::mutex mutex_;
  std::uint32_t* places_ = nullptr;  // open addressing: 1 + number of a shape, 0: empty; guarded by mutex_
  std::size_t place_count_ = 0;      // a power of two, or 0; guarded by mutex_
  std::size_t bytes_ = 0;            // guarded by mutex_
};

// The shape table terms are compared and checked against. Set once, before the first term is read; two
// copies of the library in one process set the same one.
const ShapeTable* CurrentShapes() noexcept;
void SetCurrentShapes(const ShapeTable* shapes) noexcept;

}  // namespace termstore
