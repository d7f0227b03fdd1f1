#include "core/term/portable.h"

#include "core/term/reader.h"
#include "core/term/shapes.h"

namespace termstore {
namespace {

constexpr std::size_t kContainerHeader = 9;

// Elements of a container or an error with everything in front of them.
struct Parts {
  std::uint32_t count = 0;  // terms, not pairs
  const std::uint8_t* first = nullptr;
  const std::uint8_t* end = nullptr;
  const Shape* shape = nullptr;  // OBJECT only
  explicit operator bool() const noexcept { return first != nullptr; }
};

bool IsNested(std::uint8_t tag) noexcept { return tag >= kTagArray && tag <= kTagError; }

Parts PartsOfError(Bytes term) noexcept {
  if (term.size < 6) return {};
  const std::uint8_t flags = term.data[5];
  const std::uint32_t count =
      2u + ((flags & kErrorHasStack) != 0 ? 1u : 0u) + ((flags & kErrorHasCause) != 0 ? 1u : 0u);
  return {count, term.data + 6, term.end(), nullptr};
}

Parts PartsOf(Bytes term) noexcept {
  const std::uint8_t tag = *term.data;
  if (tag == kTagError) return PartsOfError(term);
  const Container container = ReadContainer(term);
  if (!container) return {};
  if (tag == kTagObject) {
    const ShapeTable* shapes = CurrentShapes();
    const Shape* shape = shapes != nullptr ? shapes->Find(container.shape) : nullptr;
    if (shape == nullptr) return {};
    return {shape->count, container.first, container.end, shape};
  }
  const bool pairs = tag == kTagDict || tag == kTagMap;
  return {pairs ? 2 * container.count : container.count, container.first, container.end, nullptr};
}

// Adds the size of the term at `at` to `*size`; returns the first byte after the term, null when it is
// damaged. A `*size` beyond kMaxBytes says enough: no more is added up, so it cannot overflow.
const std::uint8_t* AddSize(const std::uint8_t* at, const std::uint8_t* end, std::uint32_t depth,
                            std::size_t* size) noexcept {
  const std::uint8_t* next = Skip(at, end);
  if (next == nullptr || *size > kMaxBytes) return next;
  const auto plain = static_cast<std::size_t>(next - at);
  if (!IsNested(*at)) {
    *size += plain;
    return next;
  }
  const Parts parts = PartsOf({at, plain});
  if (!parts || depth >= kMaxDepth) return nullptr;
  *size += static_cast<std::size_t>(parts.first - at);
  if (parts.shape != nullptr) {
    *size += parts.shape->offsets[parts.count];
    if (parts.count >= kIndexThreshold) *size += std::size_t{4} * parts.count;
  }
  const std::uint8_t* part = parts.first;
  for (std::uint32_t i = 0; i < parts.count && part != nullptr; ++i)
    part = AddSize(part, parts.end, depth + 1, size);
  return part == parts.end ? next : nullptr;
}

std::uint8_t* Write(Bytes term, std::uint8_t* to) noexcept;

std::uint8_t* WriteBytes(Bytes bytes, std::uint8_t* to) noexcept {
  if (bytes.size > 0) std::memcpy(to, bytes.data, bytes.size);
  return to + bytes.size;
}

std::uint8_t* WriteObject(const Parts& parts, std::uint8_t* to) noexcept {
  const bool indexed = parts.count >= kIndexThreshold;
  *to = kTagDict;
  Store(to + 5, parts.count);
  std::uint8_t* first = to + kContainerHeader + (indexed ? std::size_t{4} * parts.count : 0);
  std::uint8_t* out = first;
  const std::uint8_t* part = parts.first;
  for (std::uint32_t i = 0; i < parts.count; ++i) {
    if (indexed) Store(to + kContainerHeader + std::size_t{4} * i, static_cast<std::uint32_t>(out - first));
    const std::uint8_t* next = Skip(part, parts.end);
    if (next == nullptr) return out;  // PortableRowSize() has seen to that
    out = WriteBytes(parts.shape->Name(i), out);
    out = Write({part, static_cast<std::size_t>(next - part)}, out);
    part = next;
  }
  Store(to + 1, static_cast<std::uint32_t>(out - to - 5));
  return out;
}

// What holds terms keeps its own form; the lengths and offsets in it may grow.
std::uint8_t* WriteNested(Bytes term, const Parts& parts, std::uint8_t* to) noexcept {
  const std::uint8_t tag = *term.data;
  const std::uint32_t step = tag == kTagDict || tag == kTagMap ? 2 : 1;
  const bool indexed = tag != kTagError && parts.count / step >= kIndexThreshold;
  std::uint8_t* first = WriteBytes({term.data, static_cast<std::size_t>(parts.first - term.data)}, to);
  std::uint8_t* out = first;
  const std::uint8_t* part = parts.first;
  for (std::uint32_t i = 0; i < parts.count; ++i) {
    if (indexed && i % step == 0)
      Store(to + kContainerHeader + std::size_t{4} * (i / step), static_cast<std::uint32_t>(out - first));
    const std::uint8_t* next = Skip(part, parts.end);
    if (next == nullptr) return out;  // PortableRowSize() has seen to that
    out = Write({part, static_cast<std::size_t>(next - part)}, out);
    part = next;
  }
  Store(to + 1, static_cast<std::uint32_t>(out - to - 5));
  return out;
}

std::uint8_t* Write(Bytes term, std::uint8_t* to) noexcept {
  if (!IsNested(*term.data)) return WriteBytes(term, to);
  const Parts parts = PartsOf(term);
  return parts.shape != nullptr ? WriteObject(parts, to) : WriteNested(term, parts, to);
}

}  // namespace

Status PortableRowSize(Bytes row, std::size_t* size) noexcept {
  const RowStart start = ReadRowStart(row);
  if (start.arity == 0) return Status::kDamaged;
  *size = static_cast<std::size_t>(start.elements - row.data);
  const std::uint8_t* at = start.elements;
  for (std::uint32_t i = 0; i < start.arity; ++i) {
    at = AddSize(at, row.end(), 0, size);
    if (at == nullptr) return Status::kDamaged;
  }
  if (at != row.end()) return Status::kDamaged;
  return *size > kMaxBytes ? Status::kTooLarge : Status::kOk;
}

std::uint8_t* WritePortableRow(Bytes row, std::uint8_t* to) noexcept {
  const RowStart start = ReadRowStart(row);
  std::uint8_t* out = WriteBytes({row.data, static_cast<std::size_t>(start.elements - row.data)}, to);
  const std::uint8_t* at = start.elements;
  for (std::uint32_t i = 0; i < start.arity; ++i) {
    const std::uint8_t* next = Skip(at, row.end());
    if (next == nullptr) return out;  // PortableRowSize() has seen to that
    out = Write({at, static_cast<std::size_t>(next - at)}, out);
    at = next;
  }
  return out;
}

}  // namespace termstore
