#include "core/term/shapes.h"

#include <algorithm>
#include <cstdlib>
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

// Zeroed memory of the system is null pointers that cost nothing before they are looked at.
ShapeTable::ShapeTable(const HashSecret& secret) noexcept
    : secret_(secret),
      shapes_(static_cast<std::atomic<const Shape*>*>(
          std::calloc(kMaxShapes, sizeof(std::atomic<const Shape*>)))) {}

ShapeTable::~ShapeTable() {
  for (std::uint32_t i = 0; i < size(); ++i) delete shapes_[i].load(std::memory_order_relaxed);
  std::free(shapes_);
  std::free(places_);
}

std::uint32_t* ShapeTable::Place(Bytes names, std::uint32_t count, std::uint64_t hash) const noexcept {
  for (std::size_t at = hash;; ++at) {
    std::uint32_t* const place = places_ + (at & (place_count_ - 1));
    if (*place == 0) return place;
    const Shape& shape = *shapes_[*place - 1].load(std::memory_order_relaxed);
    // The count as well: no names and one empty name have different bytes already, but a reader should not
    // have to prove that.
    if (shape.hash == hash && shape.count == count && SameBytes(shape.Names(), names)) return place;
  }
}

bool ShapeTable::MakeRoom() noexcept {
  if (2 * (std::size_t{size()} + 1) <= place_count_) return true;
  const std::size_t wanted = place_count_ == 0 ? 64 : 2 * place_count_;
  auto* fresh = static_cast<std::uint32_t*>(std::calloc(wanted, sizeof(std::uint32_t)));
  if (fresh == nullptr) return false;
  for (std::uint32_t id = 0; id < size(); ++id) {
    std::size_t at = shapes_[id].load(std::memory_order_relaxed)->hash;
    while (fresh[at & (wanted - 1)] != 0) ++at;
    fresh[at & (wanted - 1)] = id + 1;
  }
  std::free(places_);
  places_ = fresh;
  place_count_ = wanted;
  return true;
}

std::int32_t ShapeTable::Intern(Bytes names, std::uint32_t count) noexcept {
  if (count > kMaxShapeNames || shapes_ == nullptr) return -1;
  const std::uint64_t hash = HashBytes(names, secret_);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (place_count_ > 0) {
    const std::uint32_t known = *Place(names, count, hash);
    if (known != 0) return static_cast<std::int32_t>(known - 1);
  }
  const std::uint32_t id = size();
  if (id >= kMaxShapes || bytes_ + names.size > kMaxShapeBytes || !MakeRoom()) return -1;
  std::unique_ptr<Shape> shape = MakeShape(names, count);
  if (!shape) return -1;
  shape->hash = hash;
  *Place(names, count, hash) = id + 1;
  bytes_ += names.size;
  shapes_[id].store(shape.release(), std::memory_order_release);  // pairs with the acquire in Find()
  count_.store(id + 1, std::memory_order_relaxed);
  return static_cast<std::int32_t>(id);
}

const ShapeTable* CurrentShapes() noexcept {
  return current_shapes.load(std::memory_order_acquire);  // pairs with SetCurrentShapes()
}

void SetCurrentShapes(const ShapeTable* shapes) noexcept {
  current_shapes.store(shapes, std::memory_order_release);  // pairs with CurrentShapes()
}

}  // namespace termstore
