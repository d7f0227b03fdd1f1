#include "core/match/pattern.h"

#include "core/match/containers.h"
#include "core/match/format.h"
#include "core/term/reader.h"

namespace termstore {
namespace {

// Reads a verified head from front to back. After the first mismatch nobody asks where it stands.
class Matcher {
 public:
  Matcher(MatchFrame& frame, const std::uint8_t* at) noexcept : frame_(frame), at_(at) {}

  const std::uint8_t* at() const noexcept { return at_; }

  bool Head() noexcept {
    switch (*at_++) {
      case kPatternAny:
        return true;
      case kPatternBind:
        frame_.variables[Take<std::uint16_t>()] = frame_.row;
        return true;
      case kPatternRow: {
        const RowStart start = ReadRowStart(frame_.row);
        return Take<std::uint32_t>() == start.arity &&
               Elements(start.elements, frame_.row.end(), start.arity);
      }
      default:
        return false;
    }
  }

 private:
  template <typename T>
  T Take() noexcept {
    const T value = Load<T>(at_);
    at_ += sizeof(T);
    return value;
  }
  Bytes TakeSized() noexcept {
    const auto size = Take<std::uint32_t>();
    const Bytes term{at_, size};
    at_ += size;
    return term;
  }

  bool Elements(const std::uint8_t* from, const std::uint8_t* end, std::uint32_t count) noexcept {
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint8_t* next = Skip(from, end);
      if (next == nullptr) return false;
      if (*at_ == kPatternBind) {
        // What most elements are costs no call.
        frame_.variables[Load<std::uint16_t>(at_ + 1)] = {from, static_cast<std::size_t>(next - from)};
        at_ += 3;
      } else if (!Term({from, static_cast<std::size_t>(next - from)}))
        return false;
      from = next;
    }
    return true;
  }

  bool Array(Bytes term) noexcept {
    const auto count = Take<std::uint32_t>();
    if (*term.data != kTagArray) return false;
    const Container array = ReadContainer(term);
    return array && array.count == count && Elements(array.first, array.end, count);
  }

  bool Object(Bytes term) noexcept {
    if (*term.data != kTagObject && *term.data != kTagDict) return false;
    for (auto count = Take<std::uint32_t>(); count > 0; --count) {
      const Bytes value = FindProperty(term, TakeSized());
      if (!value || !Term(value)) return false;
    }
    return true;
  }

  bool Map(Bytes term) noexcept {
    if (*term.data != kTagMap) return false;
    for (auto count = Take<std::uint32_t>(); count > 0; --count) {
      const Bytes value = FindMapValue(term, TakeSized());
      if (!value || !Term(value)) return false;
    }
    return true;
  }

  bool Term(Bytes term) noexcept {
    switch (*at_++) {
      case kPatternAny:
        return true;
      case kPatternBind:
        frame_.variables[Take<std::uint16_t>()] = term;
        return true;
      case kPatternSame:
        return ExactlyEqual(frame_.variables[Take<std::uint16_t>()], term);
      case kPatternConst:
        return ExactlyEqual(TakeSized(), term);
      case kPatternArray:
        return Array(term);
      case kPatternObject:
        return Object(term);
      case kPatternMap:
        return Map(term);
      default:
        return false;
    }
  }

  MatchFrame& frame_;
  const std::uint8_t* at_;
};

}  // namespace

const std::uint8_t* MatchHead(MatchFrame& frame, const std::uint8_t* at) noexcept {
  Matcher matcher(frame, at);
  return matcher.Head() ? matcher.at() : nullptr;
}

const std::uint8_t* SkipPattern(const std::uint8_t* at) noexcept {
  const std::uint8_t kind = *at++;
  switch (kind) {
    case kPatternBind:
    case kPatternSame:
      return at + 2;
    case kPatternConst:
      return at + 4 + Load<std::uint32_t>(at);
    case kPatternRow:
    case kPatternArray: {
      auto count = Load<std::uint32_t>(at);
      for (at += 4; count > 0; --count) at = SkipPattern(at);
      return at;
    }
    case kPatternObject:
    case kPatternMap: {
      auto count = Load<std::uint32_t>(at);
      for (at += 4; count > 0; --count) at = SkipPattern(at + 4 + Load<std::uint32_t>(at));
      return at;
    }
    default:
      return at;
  }
}

}  // namespace termstore
