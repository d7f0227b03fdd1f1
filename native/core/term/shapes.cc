#include "core/term/shapes.h"

#include <algorithm>
#include <new>
#include <numeric>

#include "core/term/reader.h"

namespace termstore {
namespace {

std::atomic<const ShapeTable*> current_shapes{nullptr};

std::unique_ptr<Shape> MakeShape(Bytes names, std::uint32_t count) noexcept {
  std::unique_ptr<Shape> shape(new (std::nothrow) Shape);
  if (!shape) return nullptr;
  shape->count = count;
  shape->bytes.reset(new (std::nothrow) std::uint8_t[names.size + 1]);
  shape->offsets.reset(new (std::nothrow) std::uint32_t[count + 1]);
  shape->sorted.reset(new (std::nothrow) std::uint32_t[count + 1]);
  if (!shape->bytes || !shape->offsets || !shape->sorted) return nullptr;
  if (names.size > 0) std::memcpy(shape->bytes.get(), names.data, names.size);

  const std::uint8_t* at = shape->bytes.get();
  const std::uint8_t* end = at + names.size;
  for (std::uint32_t i = 0; i < count; ++i) {
    shape->offsets[i] = static_cast<std::uint32_t>(at - shape->bytes.get());
    const std::uint8_t* next = Skip(at, end);
    if (next == nullptr || RankOf(*at) != kRankString) return nullptr;
    at = next;
  }
  if (at != end) return nullptr;
  shape->offsets[count] = names.size;

  std::uint32_t* sorted = shape->sorted.get();
  std::iota(sorted, sorted + count, 0u);
  std::sort(sorted, sorted + count, [&](std::uint32_t a, std::uint32_t b) {
    return CompareBytes(StringBody(shape->Name(a)), StringBody(shape->Name(b))) < 0;
  });
  return shape;
}

}  // namespace

ShapeTable::ShapeTable() : shapes_(new std::atomic<const Shape*>[kMaxShapes]()) {}

ShapeTable::~ShapeTable() {
  for (std::uint32_t i = 0; i < size(); ++i) delete shapes_[i].load(std::memory_order_relaxed);
}

std::int32_t ShapeTable::Intern(Bytes names, std::uint32_t count) noexcept {
  if (count > kMaxShapeNames) return -1;
  std::lock_guard<std::mutex> lock(mutex_);
  // std::string and std::unordered_map report exhaustion by throwing; it stops here.
#if defined(__cpp_exceptions)
  try {
#endif
    // The count is part of the key: no names and one empty name have different bytes already, but a reader
    // should not have to prove that.
    std::string key(reinterpret_cast<const char*>(names.data), names.size);
    key.push_back(static_cast<char>(count));
    const auto found = ids_.find(key);
    if (found != ids_.end()) return static_cast<std::int32_t>(found->second);

    const std::uint32_t id = size();
    if (id >= kMaxShapes || bytes_ + names.size > kMaxShapeBytes) return -1;
    std::unique_ptr<Shape> shape = MakeShape(names, count);
    if (!shape) return -1;
    ids_.emplace(std::move(key), id);
    bytes_ += names.size;
    shapes_[id].store(shape.release(), std::memory_order_release);  // pairs with the acquire in Find()
    count_.store(id + 1, std::memory_order_relaxed);
    return static_cast<std::int32_t>(id);
#if defined(__cpp_exceptions)
  } catch (const std::bad_alloc&) {
    return -1;
  }
#endif
}

const ShapeTable* CurrentShapes() noexcept {
  return current_shapes.load(std::memory_order_acquire);  // pairs with SetCurrentShapes()
}

void SetCurrentShapes(const ShapeTable* shapes) noexcept {
  current_shapes.store(shapes, std::memory_order_release);  // pairs with CurrentShapes()
}

}  // namespace termstore
