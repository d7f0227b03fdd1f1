#include "core/match/program.h"

#include "core/match/evaluate.h"
#include "core/match/format.h"
#include "core/match/functions.h"
#include "core/match/pattern.h"
#include "core/term/reader.h"

namespace termstore {
namespace {

constexpr std::uint32_t kMostVariables = 65535;

// Reads a clause once. Every step answers whether the bytes are still right; after the first no, nothing more
// is read.
class Verifier {
 public:
  explicit Verifier(Bytes bytes) noexcept : at_(bytes.begin()), end_(bytes.end()) {}

  template <typename T>
  bool Take(T* value) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < sizeof(T)) return false;
    *value = Load<T>(at_);
    at_ += sizeof(T);
    return true;
  }
  bool TakeBytes(std::size_t size, Bytes* bytes) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < size) return false;
    *bytes = {at_, size};
    at_ += size;
    return true;
  }
  bool done() const noexcept { return at_ == end_; }
  std::uint16_t variables() const noexcept { return variables_; }

  bool Clause() noexcept {
    if (!Take(&variables_)) return false;
    for (std::uint32_t i = 0; i < (variables_ + 63u) / 64; ++i) bound_[i] = 0;
    return Head() && Guards() && Body() && done();
  }

 private:
  bool Bind(std::uint16_t slot) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
    if (slot >= variables_ || (bound_[slot / 64] & bit) != 0) return false;
    bound_[slot / 64] |= bit;
    ++bound_count_;
    return true;
  }
  bool IsBound(std::uint16_t slot) const noexcept {
    return slot < variables_ && (bound_[slot / 64] >> (slot % 64) & 1) != 0;
  }

  bool SizedTerm(bool must_be_string) noexcept {
    std::uint32_t size = 0;
    Bytes term;
    if (!Take(&size) || !TakeBytes(size, &term)) return false;
    return TermIsSound(term, false) && (!must_be_string || RankOf(*term.data) == kRankString);
  }

  bool Head() noexcept {
    if (at_ == end_) return false;
    const std::uint8_t kind = *at_;
    if (kind == kPatternNever) {
      ++at_;
      return true;  // no variable is ever asked for
    }
    if (kind == kPatternRow) {
      ++at_;
      std::uint32_t arity = 0;
      if (!Take(&arity) || !Patterns(arity, 1)) return false;
    } else if ((kind != kPatternAny && kind != kPatternBind) || !Pattern(0)) {
      return false;
    }
    // $$ is every slot, so a slot that the head leaves open would be read before it is written.
    return bound_count_ == variables_;
  }

  bool Patterns(std::uint32_t count, std::uint32_t depth) noexcept {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!Pattern(depth)) return false;
    }
    return true;
  }

  bool KeyedPatterns(bool names, std::uint32_t depth) noexcept {
    std::uint32_t count = 0;
    if (!Take(&count)) return false;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!SizedTerm(names) || !Pattern(depth)) return false;
    }
    return true;
  }

  bool Pattern(std::uint32_t depth) noexcept {
    std::uint8_t kind = 0;
    std::uint16_t slot = 0;
    std::uint32_t count = 0;
    if (depth > kMatchDepth || !Take(&kind)) return false;
    switch (kind) {
      case kPatternAny:
      case kPatternNever:
        return true;
      case kPatternBind:
        return Take(&slot) && Bind(slot);
      case kPatternSame:
        return Take(&slot) && IsBound(slot);
      case kPatternConst:
        return SizedTerm(false);
      case kPatternArray:
        return Take(&count) && Patterns(count, depth + 1);
      case kPatternObject:
        return KeyedPatterns(true, depth + 1);
      case kPatternMap:
        return KeyedPatterns(false, depth + 1);
      default:
        return false;
    }
  }

  bool Guards() noexcept {
    std::uint16_t count = 0;
    return Take(&count) && Expressions(count, 0);
  }

  bool Body() noexcept {
    std::uint16_t count = 0;
    return Take(&count) && count > 0 && Expressions(count, 0);
  }

  bool Expressions(std::uint64_t count, std::uint32_t depth) noexcept {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!Expression(depth)) return false;
    }
    return true;
  }

  bool ObjectExpression(std::uint32_t depth) noexcept {
    std::uint32_t count = 0;
    if (!Take(&count)) return false;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!SizedTerm(true) || !Expression(depth)) return false;
    }
    return true;
  }

  bool Call(std::uint32_t depth) noexcept {
    std::uint8_t function = 0;
    std::uint8_t count = 0;
    if (!Take(&function) || !Take(&count) || function >= kMatchFunctions) return false;
    const MatchArity arity = kMatchArities[function];
    return count >= arity.fewest && count <= arity.most && Expressions(count, depth);
  }

  bool Expression(std::uint32_t depth) noexcept {
    std::uint8_t kind = 0;
    std::uint16_t slot = 0;
    std::uint32_t count = 0;
    if (depth > kMatchDepth || !Take(&kind)) return false;
    switch (kind) {
      case kExpressionConst:
        return SizedTerm(false);
      case kExpressionVar:
        return Take(&slot) && slot < variables_;  // the head binds every slot
      case kExpressionRow:
      case kExpressionVars:
        return true;
      case kExpressionArray:
      case kExpressionSet:
        return Take(&count) && Expressions(count, depth + 1);
      case kExpressionObject:
        return ObjectExpression(depth + 1);
      case kExpressionMap:
        return Take(&count) && Expressions(std::uint64_t{2} * count, depth + 1);
      case kExpressionCall:
        return Call(depth + 1);
      default:
        return false;
    }
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  std::uint16_t variables_ = 0;
  std::uint32_t bound_count_ = 0;
  std::uint64_t bound_[(kMostVariables + 63) / 64];  // the words that variables_ needs
};

}  // namespace

Status MatchProgram::Parse(Bytes bytes, MatchProgram* program) noexcept {
  if (bytes.size < 4 || bytes.size > kMaxBytes || bytes.data[0] != kMatchVersion || bytes.data[1] != 0)
    return Status::kBadArg;
  MatchProgram parsed;
  parsed.clauses_ = Load<std::uint16_t>(bytes.data + 2);
  parsed.code_ = {bytes.data + 4, bytes.size - 4};
  Verifier code(parsed.code_);
  for (std::uint32_t i = 0; i < parsed.clauses_; ++i) {
    std::uint32_t size = 0;
    Bytes clause;
    if (!code.Take(&size) || !code.TakeBytes(size, &clause)) return Status::kBadArg;
    Verifier verifier(clause);
    if (!verifier.Clause()) return Status::kBadArg;
    if (verifier.variables() > parsed.variables_) parsed.variables_ = verifier.variables();
  }
  if (!code.done()) return Status::kBadArg;
  *program = parsed;
  return Status::kOk;
}

bool MatchProgram::AcceptsAll() const noexcept {
  if (clauses_ == 0) return false;
  const std::uint8_t* at = code_.begin() + 4 + 2;
  if (*at != kPatternAny && *at != kPatternBind) return false;
  at = SkipPattern(at);
  if (Load<std::uint16_t>(at) != 0) return false;  // guards
  auto expressions = Load<std::uint16_t>(at + 2);
  for (at += 4; expressions > 1; --expressions) at = SkipExpression(at);
  return *at == kExpressionConst && Load<std::uint32_t>(at + 1) == 1 && at[5] == kTagTrue;
}

}  // namespace termstore
