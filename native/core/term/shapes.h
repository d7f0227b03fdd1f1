// The shapes of this process: lists of property names that objects share.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/base/bytes.h"
#include "core/term/format.h"

namespace termstore {

// Immutable once published.
struct Shape {
  std::uint32_t count = 0;
  std::unique_ptr<std::uint8_t[]> bytes;     // the names as string terms, one after the other
  std::unique_ptr<std::uint32_t[]> offsets;  // count + 1 offsets into bytes
  std::unique_ptr<std::uint32_t[]> sorted;   // name numbers in ascending order of the names

  Bytes Name(std::uint32_t i) const noexcept {
    return {bytes.get() + offsets[i], offsets[i + 1] - offsets[i]};
  }
};

// Append-only and bounded: numbers are never reused and entries never freed, so a reader needs no lock
// and a number stays valid for the life of the process.
class ShapeTable {
 public:
  ShapeTable();
  ~ShapeTable();
  ShapeTable(const ShapeTable&) = delete;
  ShapeTable& operator=(const ShapeTable&) = delete;

  // The number of the shape with exactly these names in this order; `names` is `count` string terms.
  // Returns -1 when a bound is reached, a name is damaged or memory is short: callers then write names
  // inline.
  std::int32_t Intern(Bytes names, std::uint32_t count) noexcept;

  // Null when there is no such shape.
  const Shape* Find(std::uint32_t id) const noexcept {
    if (id >= kMaxShapes) return nullptr;
    return shapes_[id].load(std::memory_order_acquire);  // pairs with the release in Intern()
  }

  std::uint32_t size() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }  // a count, orders nothing

 private:
  std::unique_ptr<std::atomic<const Shape*>[]> shapes_;
  std::atomic<std::uint32_t> count_{0};

  // Leaf lock: nothing else is locked while it is held (docs/concurrency.md, L9).
  std::mutex mutex_;
  std::unordered_map<std::string, std::uint32_t> ids_;  // guarded by mutex_
  std::size_t bytes_ = 0;                               // guarded by mutex_
};

// The shape table terms are compared and checked against. Set once, before the first term is read; two
// copies of the library in one process set the same one.
const ShapeTable* CurrentShapes() noexcept;
void SetCurrentShapes(const ShapeTable* shapes) noexcept;

}  // namespace termstore
