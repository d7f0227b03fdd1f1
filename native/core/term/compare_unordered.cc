#include <algorithm>
#include <cstdlib>
#include <memory>

#include "core/term/compare_internal.h"
#include "core/term/shapes.h"

namespace termstore {
namespace {

using Mode = CompareMode;

// One entry of a container whose elements have no order of their own.
struct Entry {
  Bytes key;
  Bytes value;
};

struct FreeDeleter {
  void operator()(void* memory) const noexcept { std::free(memory); }
};
using Entries = std::unique_ptr<Entry[], FreeDeleter>;

// The entries of a container in stored order.
class EntryCursor {
 public:
  explicit EntryCursor(Bytes term) noexcept : tag_(*term.data), container_(ReadContainer(term)) {
    if (!container_) return;
    at_ = container_.first;
    count_ = container_.count;
    if (tag_ != kTagObject) return;
    const ShapeTable* shapes = CurrentShapes();
    shape_ = shapes != nullptr ? shapes->Find(container_.shape) : nullptr;
    count_ = shape_ != nullptr ? shape_->count : 0;
  }

  // 0 also when the container's head is damaged.
  std::uint32_t count() const noexcept { return count_; }

  // False where the bytes are damaged, and behind the last one.
  bool Next(Entry* entry) noexcept {
    if (next_ == count_) return false;
    entry->key = shape_ != nullptr ? shape_->Name(next_) : TakeTerm(&at_, container_.end);
    entry->value = tag_ != kTagSet ? TakeTerm(&at_, container_.end) : Bytes{};
    ++next_;
    return entry->key && (tag_ == kTagSet || entry->value);
  }

 private:
  std::uint8_t tag_;
  Container container_;
  const Shape* shape_ = nullptr;
  const std::uint8_t* at_ = nullptr;
  std::uint32_t count_ = 0;
  std::uint32_t next_ = 0;
};

struct Unordered {
  std::uint32_t count = 0;
  Entries entries;  // null when empty, damaged or out of memory
};

// A Map may hold two equal objects as keys: their values decide then, so that equal Maps have one sorted
// form.
int CompareEntries(const Entry& a, const Entry& b, Mode mode, std::uint32_t depth) noexcept {
  const int order = CompareAt(a.key, b.key, Mode::kKeys, depth + 1);
  if (order != 0 || !a.value || !b.value) return order;
  return CompareAt(a.value, b.value, mode, depth + 1);
}

Unordered SortedEntries(Bytes term, Mode mode, std::uint32_t depth) noexcept {
  Unordered result;
  EntryCursor cursor(term);
  result.count = cursor.count();
  if (result.count == 0) return result;
  result.entries.reset(static_cast<Entry*>(std::malloc(sizeof(Entry) * result.count)));
  Entry* entries = result.entries.get();
  if (entries == nullptr) return result;
  for (std::uint32_t i = 0; i < result.count; ++i) {
    if (cursor.Next(&entries[i])) continue;
    result.entries.reset();
    return result;
  }
  // A heap stays inside its array even if memory runs short in one comparison and not in the next; std::sort
  // relies on an order without circles.
  const auto before = [mode, depth](const Entry& a, const Entry& b) {
    return CompareEntries(a, b, mode, depth) < 0;
  };
  std::make_heap(entries, entries + result.count, before);
  std::sort_heap(entries, entries + result.count, before);
  return result;
}

bool IsScalar(Bytes key) noexcept {
  const Rank rank = RankOf(*key.data);
  return rank == kRankNumber || rank == kRankAtom || rank == kRankString;
}

bool HasNames(Bytes term) noexcept { return *term.data == kTagObject || *term.data == kTagDict; }

// So many values of two Maps may differ where they are compared in step.
constexpr std::uint32_t kMostDiffering = 16;

// Whether two containers list the same keys in the same order, as two versions of one object do, so that
// CompareInStep() can tell their order. Two keys of a Map may be equal, and then their values are sorted:
// there, keys whose values differ must be different ones. Compares bytes, and nothing nested: no value is
// compared twice when the answer is no.
bool AreInStep(Bytes a, Bytes b) noexcept {
  EntryCursor left(a);
  EntryCursor right(b);
  if (left.count() == 0 || left.count() != right.count()) return false;
  const bool names = HasNames(a) && HasNames(b);
  Bytes differing[kMostDiffering];
  std::uint32_t count = 0;
  Entry x;
  Entry y;
  for (std::uint32_t i = 0; i < left.count(); ++i) {
    if (!left.Next(&x) || !right.Next(&y) || !SameBytes(x.key, y.key)) return false;
    if (names || SameBytes(x.value, y.value)) continue;
    if (count == kMostDiffering || !IsScalar(x.key)) return false;
    for (std::uint32_t j = 0; j < count; ++j) {
      if (CompareAt(differing[j], x.key, Mode::kKeys, 0) == 0) return false;
    }
    differing[count++] = x.key;
  }
  return true;
}

// Compares two containers without sorting them: the smallest key whose values differ decides. REQUIRES:
// AreInStep().
int CompareInStep(Bytes a, Bytes b, Mode mode, std::uint32_t depth) noexcept {
  EntryCursor left(a);
  EntryCursor right(b);
  Entry x;
  Entry y;
  Bytes deciding;
  int order = 0;
  while (left.Next(&x) && right.Next(&y)) {
    if (!x.value || !y.value) break;  // Sets have keys only
    if (deciding && CompareAt(deciding, x.key, Mode::kKeys, depth + 1) < 0) continue;
    const int by_value = CompareAt(x.value, y.value, mode, depth + 1);
    if (by_value == 0) continue;
    deciding = x.key;
    order = by_value;
  }
  return order;
}

}  // namespace

std::uint32_t EntryCount(Bytes term) noexcept {
  const Container container = ReadContainer(term);
  if (!container || *term.data != kTagObject) return container.count;
  const ShapeTable* shapes = CurrentShapes();
  const Shape* shape = shapes != nullptr ? shapes->Find(container.shape) : nullptr;
  return shape != nullptr ? shape->count : 0;
}

int CompareUnordered(Bytes a, Bytes b, Mode mode, std::uint32_t depth) noexcept {
  const int by_size = Order(EntryCount(a), EntryCount(b));
  if (by_size != 0) return by_size;
  // An object and a Map of the same content are two values: the object comes first.
  const int by_kind = Order(static_cast<int>(*a.data == kTagMap), static_cast<int>(*b.data == kTagMap));
  if (AreInStep(a, b)) {
    const int order = CompareInStep(a, b, mode, depth);
    return order != 0 ? order : by_kind;
  }
  const Unordered left = SortedEntries(a, mode, depth);
  const Unordered right = SortedEntries(b, mode, depth);
  if (left.count != right.count) return Order(left.count, right.count);
  if (left.count > 0 && (!left.entries || !right.entries)) {
    // What is damaged comes first: a fixed place, so that damaged bytes do not compare in circles.
    if (!left.entries && !right.entries) return CompareBytes(a, b);
    return left.entries ? 1 : -1;
  }
  for (std::uint32_t i = 0; i < left.count; ++i) {
    const int order = CompareAt(left.entries[i].key, right.entries[i].key, Mode::kKeys, depth + 1);
    if (order != 0) return order;
  }
  for (std::uint32_t i = 0; i < left.count; ++i) {
    if (!left.entries[i].value || !right.entries[i].value) break;  // Sets have keys only
    const int order = CompareAt(left.entries[i].value, right.entries[i].value, mode, depth + 1);
    if (order != 0) return order;
  }
  return by_kind;
}

}  // namespace termstore
