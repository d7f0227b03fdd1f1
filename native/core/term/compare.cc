#include "core/term/compare.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "core/term/number.h"
#include "core/term/reader.h"
#include "core/term/shapes.h"

namespace termstore {
namespace {

// In exact mode a bigint never equals a number; `kKeys` also sorts every bigint before every number, as
// Erlang orders the keys of maps.
enum class Mode : std::uint8_t { kOrder, kKeys };

int CompareAt(Bytes a, Bytes b, Mode mode, std::uint32_t depth) noexcept;

template <typename T>
int Order(T a, T b) noexcept {
  return a < b ? -1 : (a > b ? 1 : 0);
}

// One entry of a container whose elements have no order of their own.
struct Entry {
  Bytes key;
  Bytes value;
};

struct FreeDeleter {
  void operator()(void* memory) const noexcept { std::free(memory); }
};
using Entries = std::unique_ptr<Entry[], FreeDeleter>;

Bytes TakeTerm(const std::uint8_t** at, const std::uint8_t* end) noexcept {
  const std::uint8_t* start = *at;
  const std::uint8_t* next = Skip(start, end);
  if (next == nullptr) return {};
  *at = next;
  return {start, static_cast<std::uint32_t>(next - start)};
}

// Fills `entries` with the names (or keys, or elements) and values of a container, in stored order.
bool ReadEntries(std::uint8_t tag, const Container& container, const Shape* shape, std::uint32_t count,
                 Entry* entries) noexcept {
  const std::uint8_t* at = container.first;
  for (std::uint32_t i = 0; i < count; ++i) {
    Entry& entry = entries[i];
    entry.value = {};
    entry.key = shape != nullptr ? shape->Name(i) : TakeTerm(&at, container.end);
    if (!entry.key) return false;
    if (tag == kTagSet) continue;
    entry.value = TakeTerm(&at, container.end);
    if (!entry.value) return false;
  }
  return true;
}

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
  const Container container = ReadContainer(term);
  if (!container) return result;
  const Shape* shape = nullptr;
  result.count = container.count;
  if (*term.data == kTagObject) {
    const ShapeTable* shapes = CurrentShapes();
    shape = shapes != nullptr ? shapes->Find(container.shape) : nullptr;
    if (shape == nullptr) return result;
    result.count = shape->count;
  }
  if (result.count == 0) return result;
  result.entries.reset(static_cast<Entry*>(std::malloc(sizeof(Entry) * result.count)));
  Entry* entries = result.entries.get();
  if (entries == nullptr) return result;
  if (!ReadEntries(*term.data, container, shape, result.count, entries)) {
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
  // An object and a Map of the same content are two values: the object comes first.
  return Order(static_cast<int>(*a.data == kTagMap), static_cast<int>(*b.data == kTagMap));
}

int CompareSequences(const std::uint8_t* a, const std::uint8_t* a_end, const std::uint8_t* b,
                     const std::uint8_t* b_end, Mode mode, std::uint32_t depth) noexcept {
  while (a < a_end && b < b_end) {
    const Bytes left = TakeTerm(&a, a_end);
    const Bytes right = TakeTerm(&b, b_end);
    if (!left || !right)
      return Order(static_cast<int>(static_cast<bool>(left)), static_cast<int>(static_cast<bool>(right)));
    const int order = CompareAt(left, right, mode, depth + 1);
    if (order != 0) return order;
  }
  return Order(static_cast<int>(a < a_end), static_cast<int>(b < b_end));
}

int CompareArrays(Bytes a, Bytes b, Mode mode, std::uint32_t depth) noexcept {
  const Container left = ReadContainer(a);
  const Container right = ReadContainer(b);
  if (!left || !right)
    return Order(static_cast<int>(static_cast<bool>(left)), static_cast<int>(static_cast<bool>(right)));
  return CompareSequences(left.first, left.end, right.first, right.end, mode, depth);
}

// Where name and message of an error end.
const std::uint8_t* EndOfMessage(Bytes term) noexcept {
  const std::uint8_t* at = term.data + 6;
  for (int i = 0; i < 2; ++i) {
    if (!TakeTerm(&at, term.end())) return term.end();
  }
  return at;
}

int CompareErrors(Bytes a, Bytes b, Mode mode, std::uint32_t depth) noexcept {
  if (a.size < 6 || b.size < 6) return Order(a.size, b.size);
  const bool a_stack = (a.data[5] & kErrorHasStack) != 0;
  const bool b_stack = (b.data[5] & kErrorHasStack) != 0;
  if (a_stack != b_stack) {
    // Without a stack is before with one, whatever the cause: a cause is not compared with a stack.
    const int order = CompareSequences(a.data + 6, EndOfMessage(a), b.data + 6, EndOfMessage(b), mode, depth);
    return order != 0 ? order : Order(static_cast<int>(a_stack), static_cast<int>(b_stack));
  }
  const int order = CompareSequences(a.data + 6, a.end(), b.data + 6, b.end(), mode, depth);
  return order != 0 ? order : Order(a.data[5], b.data[5]);
}

// Kind of a binary: 0 for plain bytes, 1 + kind for the others.
std::uint32_t BinaryKind(Bytes term) noexcept {
  return *term.data == kTagTyped && term.size >= 6 ? 1u + term.data[5] : 0u;
}

int CompareNumberTerms(Bytes a, Bytes b, Mode mode) noexcept {
  const Number left = ReadNumber(a);
  const Number right = ReadNumber(b);
  const bool left_damaged = left.kind == Number::Kind::kNone;
  const bool right_damaged = right.kind == Number::Kind::kNone;
  if (left_damaged && right_damaged) return CompareBytes(a, b);
  if (left_damaged || right_damaged) return left_damaged ? -1 : 1;
  if (mode == Mode::kKeys && left.is_bigint != right.is_bigint) return left.is_bigint ? -1 : 1;
  return CompareNumbers(left, right);
}

int CompareAt(Bytes a, Bytes b, Mode mode, std::uint32_t depth) noexcept {
  // Equal bytes are equal terms, whatever they are; this also ends most comparisons of equal keys.
  if (SameBytes(a, b)) return 0;
  if (a.size == 0 || b.size == 0 || depth > kMaxDepth + 2) return CompareBytes(a, b);
  const Rank rank = RankOf(*a.data);
  if (const int order = Order(static_cast<int>(rank), static_cast<int>(RankOf(*b.data))); order != 0)
    return order;
  switch (rank) {
    case kRankNumber:
      return CompareNumberTerms(a, b, mode);
    case kRankAtom: {
      const int order = CompareBytes(AtomName(a), AtomName(b));
      // Symbol.for('true') and true share a name but are two atoms.
      return order != 0 ? order : Order(*a.data, *b.data);
    }
    case kRankDate:
      return Order(OrderedDouble(DateOf(a)), OrderedDouble(DateOf(b)));
    case kRankMap:
    case kRankSet:
      return CompareUnordered(a, b, mode, depth);
    case kRankError:
      return CompareErrors(a, b, mode, depth);
    case kRankArray:
      return CompareArrays(a, b, mode, depth);
    case kRankString:
      return CompareBytes(StringBody(a), StringBody(b));
    case kRankBinary: {
      const int order = CompareBytes(BinaryBody(a), BinaryBody(b));
      return order != 0 ? order : Order(BinaryKind(a), BinaryKind(b));
    }
    default:
      return CompareBytes(a, b);
  }
}

// The first seven bytes, zero-padded: monotone because a zero byte is the lowest.
std::uint64_t HeadOfBytes(Bytes bytes) noexcept {
  std::uint64_t head = 0;
  const std::uint32_t size = std::min<std::uint32_t>(bytes.size, 7);
  for (std::uint32_t i = 0; i < size; ++i) head |= static_cast<std::uint64_t>(bytes.data[i]) << (48 - 8 * i);
  return head;
}

std::uint64_t HeadAt(Bytes term, std::uint32_t depth) noexcept {
  if (term.size == 0) return 0;
  const Rank rank = RankOf(*term.data);
  const std::uint64_t top = static_cast<std::uint64_t>(rank) << 56;
  switch (rank) {
    case kRankNumber: {
      const Number number = ReadNumber(term);
      return number.kind == Number::Kind::kNone ? top : top | (OrderedDouble(AsDouble(number)) >> 8);
    }
    case kRankAtom:
      return top | HeadOfBytes(AtomName(term));
    case kRankDate:
      return top | (OrderedDouble(DateOf(term)) >> 8);
    case kRankMap:
    case kRankSet:
      return top | (static_cast<std::uint64_t>(EntryCount(term)) << 24);
    case kRankArray: {
      const Container container = ReadContainer(term);
      if (!container || container.first == container.end || depth > 6) return top;
      const std::uint8_t* at = container.first;
      return top | (HeadAt(TakeTerm(&at, container.end), depth + 1) >> 8);
    }
    case kRankString:
      return top | HeadOfBytes(StringBody(term));
    case kRankBinary:
      return top | HeadOfBytes(BinaryBody(term));
    default:
      return top;
  }
}

bool StartsWith(Bytes whole, Bytes prefix) noexcept {
  return whole.size >= prefix.size &&
         (prefix.size == 0 || std::memcmp(whole.data, prefix.data, prefix.size) == 0);
}

bool IsArray(Bytes term) noexcept { return term.size > 0 && RankOf(term.data[0]) == kRankArray; }

int CompareArrayToPrefix(Bytes key, Bytes prefix, std::uint32_t depth) noexcept {
  const Container left = ReadContainer(key);
  const Container right = ReadContainer(prefix);
  if (!left || !right) return CompareTerms(key, prefix);
  const std::uint8_t* a = left.first;
  const std::uint8_t* b = right.first;
  while (b < right.end) {
    if (a >= left.end) return -1;
    const Bytes x = TakeTerm(&a, left.end);
    const Bytes y = TakeTerm(&b, right.end);
    if (!x || !y) return CompareTerms(key, prefix);
    const bool deeper = depth > 0 && b == right.end && IsArray(x) && IsArray(y);
    const int order = deeper ? CompareArrayToPrefix(x, y, depth - 1) : CompareTerms(x, y);
    if (order != 0) return order;
  }
  return 0;
}

}  // namespace

Bytes AtomName(Bytes term) noexcept {
  switch (*term.data) {
    case kTagUndefined:
      return {reinterpret_cast<const std::uint8_t*>("undefined"), 9};
    case kTagNull:
      return {reinterpret_cast<const std::uint8_t*>("null"), 4};
    case kTagFalse:
      return {reinterpret_cast<const std::uint8_t*>("false"), 5};
    case kTagTrue:
      return {reinterpret_cast<const std::uint8_t*>("true"), 4};
    default:
      return StringBody(term);
  }
}

Bytes BinaryBody(Bytes term) noexcept {
  const std::uint32_t header = *term.data == kTagTyped ? 6 : 5;
  if (term.size < header) return {term.data, 0};
  return {term.data + header, term.size - header};
}

double DateOf(Bytes term) noexcept { return term.size >= 9 ? Load<double>(term.data + 1) : 0; }

int CompareTerms(Bytes a, Bytes b) noexcept { return CompareAt(a, b, Mode::kOrder, 0); }

bool TermsEqual(Bytes a, Bytes b) noexcept { return CompareAt(a, b, Mode::kKeys, 0) == 0; }

bool RowsEqual(Bytes a, Bytes b) noexcept {
  if (SameBytes(a, b)) return true;
  const RowStart left = ReadRowStart(a);
  const RowStart right = ReadRowStart(b);
  if (left.arity == 0 || left.arity != right.arity) return false;
  return CompareSequences(left.elements, a.end(), right.elements, b.end(), Mode::kKeys, 0) == 0;
}

int CompareToPrefix(Bytes key, Bytes prefix, std::uint32_t depth) noexcept {
  if (key.size == 0 || prefix.size == 0 || RankOf(*key.data) != RankOf(*prefix.data))
    return CompareTerms(key, prefix);
  switch (RankOf(*prefix.data)) {
    case kRankString: {
      const Bytes whole = StringBody(key);
      return StartsWith(whole, StringBody(prefix)) ? 0 : CompareBytes(whole, StringBody(prefix));
    }
    case kRankBinary: {
      const Bytes whole = BinaryBody(key);
      return StartsWith(whole, BinaryBody(prefix)) ? 0 : CompareBytes(whole, BinaryBody(prefix));
    }
    case kRankArray:
      return CompareArrayToPrefix(key, prefix, depth);
    default:
      return CompareTerms(key, prefix);
  }
}

std::uint64_t OtherOrderHead(Bytes term) noexcept { return HeadAt(term, 0); }

}  // namespace termstore
