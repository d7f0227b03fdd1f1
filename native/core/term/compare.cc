#include "core/term/compare.h"

#include <algorithm>

#include "core/term/compare_internal.h"
#include "core/term/number.h"
#include "core/term/reader.h"
#include "core/term/shapes.h"

namespace termstore {
namespace {

using Mode = CompareMode;

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

}  // namespace

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

namespace {

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
