#include "core/match/containers.h"

#include "core/match/values.h"
#include "core/term/reader.h"
#include "core/term/shapes.h"

namespace termstore {
namespace {

Bytes TermAt(const std::uint8_t* at, const std::uint8_t* end) noexcept {
  const std::uint8_t* next = at == nullptr ? nullptr : Skip(at, end);
  return next == nullptr ? Bytes{} : Bytes{at, static_cast<std::size_t>(next - at)};
}

const Shape* ShapeOf(const Container& object) noexcept {
  const ShapeTable* shapes = CurrentShapes();
  return object && shapes != nullptr ? shapes->Find(object.shape) : nullptr;
}

// The term that is `steps` terms behind the one at container.first.
Bytes Walk(const Container& container, std::uint64_t steps) noexcept {
  const std::uint8_t* at = container.first;
  for (; at != nullptr && steps > 0; --steps) at = Skip(at, container.end);
  return TermAt(at, container.end);
}

template <typename Matches>
Bytes FindInPairs(const Container& container, Matches matches) noexcept {
  const std::uint8_t* at = container.first;
  for (std::uint32_t i = 0; i < container.count; ++i) {
    const Bytes key = TermAt(at, container.end);
    const Bytes value = key ? TermAt(key.end(), container.end) : Bytes{};
    if (!value) return {};
    if (matches(key)) return value;
    at = value.end();
  }
  return {};
}

}  // namespace

Bytes FindProperty(Bytes object, Bytes name) noexcept {
  const Container container = ReadContainer(object);
  if (*object.data == kTagDict) {
    // A string has one encoding, so names are compared as bytes.
    return FindInPairs(container, [name](Bytes key) { return SameBytes(key, name); });
  }
  const Shape* shape = ShapeOf(container);
  if (shape == nullptr) return {};
  for (std::uint32_t i = 0; i < shape->count; ++i) {
    if (SameBytes(shape->Name(i), name)) return Walk(container, i);
  }
  return {};
}

Bytes FindMapValue(Bytes map, Bytes key) noexcept {
  return FindInPairs(ReadContainer(map), [key](Bytes other) { return ExactlyEqual(other, key); });
}

Bytes ArrayElement(Bytes array, std::uint64_t index) noexcept {
  const Container container = ReadContainer(array);
  if (!container || index >= container.count) return {};
  if (container.count < kIndexThreshold) return Walk(container, index);
  const std::size_t offset = Load<std::uint32_t>(array.data + 9 + 4 * index);
  if (offset >= static_cast<std::size_t>(container.end - container.first)) return {};
  return TermAt(container.first + offset, container.end);
}

std::uint32_t CountOf(Bytes container) noexcept {
  const Container read = ReadContainer(container);
  if (*container.data != kTagObject) return read.count;
  const Shape* shape = ShapeOf(read);
  return shape == nullptr ? 0 : shape->count;
}

}  // namespace termstore
