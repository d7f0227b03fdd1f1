#include "core/match/evaluate.h"

#include "core/match/calls.h"
#include "core/match/format.h"

namespace termstore {
namespace {

template <typename T>
T Take(const std::uint8_t** at) noexcept {
  const T value = Load<T>(*at);
  *at += sizeof(T);
  return value;
}

Bytes TakeSized(const std::uint8_t** at) noexcept {
  const auto size = Take<std::uint32_t>(at);
  const Bytes term{*at, size};
  *at += size;
  return term;
}

Bytes OrFailure(const MatchFrame& frame, Bytes value) noexcept { return value ? value : frame.Failure(); }

// Room for the parts of a container that is being made; not none, also for no parts.
Bytes* TakeParts(MatchFrame& frame, std::size_t count) noexcept {
  return reinterpret_cast<Bytes*>(frame.heap.Take(sizeof(Bytes) * (count + 1)));
}

// The next expression's value as a term.
bool EvaluatePart(MatchFrame& frame, const std::uint8_t** at, Bytes* part) noexcept {
  const Bytes value = Evaluate(frame, at);
  if (!value) return false;
  *part = OrFailure(frame, frame.TermOf(value));
  return static_cast<bool>(*part);
}

Bytes EvaluateArray(MatchFrame& frame, const std::uint8_t** at) noexcept {
  const auto count = Take<std::uint32_t>(at);
  Bytes* parts = TakeParts(frame, count);
  if (parts == nullptr) return {};
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!EvaluatePart(frame, at, &parts[i])) return {};
  }
  return OrFailure(frame, BuildContainer(frame.heap, kTagArray, parts, count));
}

Bytes EvaluateObject(MatchFrame& frame, const std::uint8_t** at) noexcept {
  const auto count = Take<std::uint32_t>(at);
  Bytes* parts = TakeParts(frame, std::size_t{2} * count);
  if (parts == nullptr) return {};
  for (std::uint32_t i = 0; i < count; ++i) {
    parts[2 * i] = TakeSized(at);
    if (!EvaluatePart(frame, at, &parts[2 * i + 1])) return {};
  }
  return OrFailure(frame, BuildContainer(frame.heap, kTagDict, parts, count));
}

// Keeps the first of equal elements where it stands; with pairs (step 2) the last value goes there.
std::uint32_t DropEqual(Bytes* parts, std::uint32_t count, std::uint32_t step) noexcept {
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t place = 0;
    while (place < kept && !ExactlyEqual(parts[step * place], parts[step * i])) ++place;
    if (place == kept) parts[step * kept++] = parts[step * i];
    if (step == 2) parts[2 * place + 1] = parts[2 * i + 1];
  }
  return kept;
}

Bytes EvaluateKeyed(MatchFrame& frame, const std::uint8_t** at, Tag tag) noexcept {
  const std::uint32_t step = tag == kTagMap ? 2 : 1;
  const auto count = Take<std::uint32_t>(at);
  Bytes* parts = TakeParts(frame, std::size_t{step} * count);
  if (parts == nullptr) return {};
  for (std::size_t i = 0; i < std::size_t{step} * count; ++i) {
    if (!EvaluatePart(frame, at, &parts[i])) return {};
  }
  return OrFailure(frame, BuildContainer(frame.heap, tag, parts, DropEqual(parts, count, step)));
}

Bytes EvaluateVariables(MatchFrame& frame) noexcept {
  Bytes* parts = TakeParts(frame, frame.bound);
  if (parts == nullptr) return {};
  for (std::uint32_t i = 0; i < frame.bound; ++i) {
    parts[i] = OrFailure(frame, frame.TermOf(frame.variables[i]));
    if (!parts[i]) return {};
  }
  return OrFailure(frame, BuildContainer(frame.heap, kTagArray, parts, frame.bound));
}

// and, or: all arguments are evaluated, and all must be boolean.
Bytes EvaluateStrict(MatchFrame& frame, const std::uint8_t** at, std::uint32_t count, bool decides) noexcept {
  bool found = false;
  bool good = true;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Bytes value = Evaluate(frame, at);
    if (!value) return {};
    good = good && (frame.IsTrue(value) || frame.IsFalse(value));
    found = found || (decides ? frame.IsTrue(value) : frame.IsFalse(value));
  }
  return good ? BooleanTerm(found == decides) : frame.Failure();
}

// andalso, orelse: up to the argument that decides; the last one is passed through unchecked.
Bytes EvaluateLazy(MatchFrame& frame, const std::uint8_t** at, std::uint32_t count, bool decides) noexcept {
  Bytes value;
  while (count > 0) {
    value = Evaluate(frame, at);
    if (!value) return {};
    --count;
    if (count == 0 || (decides ? frame.IsTrue(value) : frame.IsFalse(value))) break;
    if (!(decides ? frame.IsFalse(value) : frame.IsTrue(value))) {
      value = frame.Failure();
      if (!value) return {};
      break;
    }
  }
  for (; count > 0; --count) *at = SkipExpression(*at);
  return value;
}

Bytes EvaluateCall(MatchFrame& frame, const std::uint8_t** at) noexcept {
  const auto function = static_cast<MatchFunction>(Take<std::uint8_t>(at));
  const std::uint32_t count = Take<std::uint8_t>(at);
  switch (function) {
    case MatchFunction::kAnd:
      return EvaluateStrict(frame, at, count, false);
    case MatchFunction::kOr:
      return EvaluateStrict(frame, at, count, true);
    case MatchFunction::kAndalso:
      return EvaluateLazy(frame, at, count, false);
    case MatchFunction::kOrelse:
      return EvaluateLazy(frame, at, count, true);
    default:
      break;
  }
  Bytes arguments[kMostArguments];
  for (std::uint32_t i = 0; i < count; ++i) {
    // What most arguments are costs no call.
    switch (**at) {
      case kExpressionVar:
        arguments[i] = frame.variables[Load<std::uint16_t>(*at + 1)];
        *at += 3;
        break;
      case kExpressionConst:
        ++*at;
        arguments[i] = TakeSized(at);
        break;
      default:
        arguments[i] = Evaluate(frame, at);
    }
    if (!arguments[i]) return {};
  }
  return OrFailure(frame, CallFunction(frame, function, arguments, count));
}

const std::uint8_t* SkipAll(const std::uint8_t* at, std::uint64_t count) noexcept {
  for (; count > 0; --count) at = SkipExpression(at);
  return at;
}

}  // namespace

Bytes Evaluate(MatchFrame& frame, const std::uint8_t** at) noexcept {
  switch (Take<std::uint8_t>(at)) {
    case kExpressionConst:
      return TakeSized(at);
    case kExpressionVar:
      return frame.variables[Take<std::uint16_t>(at)];
    case kExpressionRow:
      return frame.row;
    case kExpressionVars:
      return EvaluateVariables(frame);
    case kExpressionArray:
      return EvaluateArray(frame, at);
    case kExpressionObject:
      return EvaluateObject(frame, at);
    case kExpressionMap:
      return EvaluateKeyed(frame, at, kTagMap);
    case kExpressionSet:
      return EvaluateKeyed(frame, at, kTagSet);
    default:
      return EvaluateCall(frame, at);
  }
}

const std::uint8_t* SkipExpression(const std::uint8_t* at) noexcept {
  switch (Take<std::uint8_t>(&at)) {
    case kExpressionConst:
      return TakeSized(&at).end();
    case kExpressionVar:
      return at + 2;
    case kExpressionArray:
    case kExpressionSet: {
      const auto count = Take<std::uint32_t>(&at);
      return SkipAll(at, count);
    }
    case kExpressionObject:
      for (auto count = Take<std::uint32_t>(&at); count > 0; --count)
        at = SkipExpression(TakeSized(&at).end());
      return at;
    case kExpressionMap: {
      const auto count = Take<std::uint32_t>(&at);
      return SkipAll(at, std::uint64_t{2} * count);
    }
    case kExpressionCall:
      return SkipAll(at + 2, at[1]);
    default:
      return at;
  }
}

}  // namespace termstore
