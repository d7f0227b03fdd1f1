#include "core/table/counter.h"

#include <bit>
#include <new>

#include "core/table/element.h"
#include "core/term/bigint.h"
#include "core/term/reader.h"

namespace termstore {
namespace {

bool IsSafe(std::int64_t value) noexcept { return value >= -kMaxSafeInteger && value <= kMaxSafeInteger; }

// A number term for a safe integer, in registers.
struct IntegerTerm {
  std::uint32_t size;
  KeyWords words;

  explicit IntegerTerm(std::int64_t value) noexcept {
    if (value >= INT32_MIN && value <= INT32_MAX) {
      size = 5;
      words.low = kTagInt32 | static_cast<std::uint64_t>(static_cast<std::uint32_t>(value)) << 8;
    } else {
      const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(value));
      size = 9;
      words = {kTagFloat64 | bits << 8, bits >> 56};
    }
  }
  // REQUIRES: `to` has room for kKeyWordsBytes bytes.
  void CopyTo(std::uint8_t* to) const noexcept {
    Store(to, words.low);
    Store(to + 8, words.high);
  }
};

std::int64_t Wrap(std::int64_t sum, std::int64_t increment, std::int64_t threshold,
                  std::int64_t reset) noexcept {
  const bool beyond = increment >= 0 ? sum > threshold : sum < threshold;
  return beyond ? reset : sum;
}

}  // namespace

Status NumberCounter::Edit(Bytes payload, RowEdit& edit) noexcept {
  if (position_ == keypos_) return Status::kKeypos;
  const Bytes element = RowElement(payload, position_);
  if (!element) return Status::kPosition;
  std::int64_t value = 0;
  if (*element.data == kTagInt32) {
    value = Load<std::int32_t>(element.data + 1);
  } else {
    const Number number = ReadNumber(element);
    if (number.is_bigint) return Status::kCounterMix;
    if (!ReadSafeInteger(number, &value)) return Status::kNotCounter;
  }
  std::int64_t sum = value + increment_;  // both are safe integers, so 64 bits hold the sum
  if (has_threshold_) sum = Wrap(sum, increment_, threshold_, reset_);
  if (!IsSafe(sum)) return Status::kCounterRange;
  result_ = sum;
  const IntegerTerm term(sum);
  if (term.size == element.size) {
    edit.AddPatch(static_cast<std::uint32_t>(element.data - payload.data), term.size, term.words);
    return Status::kOk;
  }
  std::uint8_t bytes[kKeyWordsBytes];
  term.CopyTo(bytes);
  const ElementChange change{position_, {bytes, term.size}};
  return ReplaceElements(payload, &change, 1, edit);
}

CounterList::~CounterList() { Reset(); }

void CounterList::Reset() noexcept {
  for (std::uint32_t i = 0; results_ && i < count_; ++i) std::free(results_[i].term);
  results_.reset();
}

// The element as earlier operations of the list left it.
Bytes CounterList::Current(Bytes payload, std::uint32_t position, std::uint32_t done) const noexcept {
  while (done-- > 0) {
    if (results_[done].position == position) return result(done);
  }
  return RowElement(payload, position);
}

Status CounterList::Apply(Bytes current, const std::uint8_t** at, bool has_threshold,
                          Result& result) noexcept {
  Bytes terms[3];
  for (int i = 0; i < (has_threshold ? 3 : 1); ++i) {
    const std::uint8_t* next = Skip(*at, operations_.end());
    if (next == nullptr) return Status::kDamaged;
    terms[i] = {*at, static_cast<std::uint32_t>(next - *at)};
    *at = next;
  }
  const Number value = ReadNumber(current);
  const Number increment = ReadNumber(terms[0]);
  if (value.kind == Number::Kind::kNone) return Status::kNotCounter;
  if (increment.kind == Number::Kind::kNone) return Status::kBadArg;
  if (value.is_bigint != increment.is_bigint) return Status::kCounterMix;
  if (has_threshold && ReadNumber(terms[1]).is_bigint != value.is_bigint) return Status::kCounterMix;
  if (has_threshold && ReadNumber(terms[2]).is_bigint != value.is_bigint) return Status::kCounterMix;

  if (!value.is_bigint) {
    std::int64_t numbers[4] = {};
    if (!ReadSafeInteger(value, &numbers[0])) return Status::kNotCounter;
    for (int i = 0; i < (has_threshold ? 3 : 1); ++i) {
      if (!ReadSafeInteger(ReadNumber(terms[i]), &numbers[i + 1])) return Status::kBadArg;
    }
    std::int64_t sum = numbers[0] + numbers[1];
    if (has_threshold) sum = Wrap(sum, numbers[1], numbers[2], numbers[3]);
    if (!IsSafe(sum)) return Status::kCounterRange;
    result.term = static_cast<std::uint8_t*>(std::malloc(kKeyWordsBytes));
    if (result.term == nullptr) return Status::kNoMemory;
    const IntegerTerm term(sum);
    term.CopyTo(result.term);
    result.size = term.size;
    return Status::kOk;
  }

  if (const Status status = AddBigInts(value, increment, &result.term, &result.size); status != Status::kOk)
    return status;
  if (!has_threshold) return Status::kOk;
  const int beyond = CompareNumbers(ReadNumber({result.term, result.size}), ReadNumber(terms[1]));
  const bool negative = increment.kind == Number::Kind::kBig ? increment.negative : increment.integer < 0;
  if (negative ? beyond >= 0 : beyond <= 0) return Status::kOk;
  std::free(result.term);
  result.size = terms[2].size;
  result.term = static_cast<std::uint8_t*>(std::malloc(terms[2].size));
  if (result.term == nullptr) return Status::kNoMemory;
  std::memcpy(result.term, terms[2].data, terms[2].size);
  return Status::kOk;
}

Status CounterList::Build(Bytes payload, RowEdit& edit) const noexcept {
  std::unique_ptr<ElementChange[]> changes(new (std::nothrow) ElementChange[count_]);
  if (!changes) return Status::kNoMemory;
  for (std::uint32_t i = 0; i < count_; ++i) changes[i] = {results_[i].position, result(i)};
  return ReplaceElements(payload, changes.get(), count_, edit);
}

Status CounterList::Edit(Bytes payload, RowEdit& edit) noexcept {
  Reset();
  results_.reset(new (std::nothrow) Result[count_ + 1]());
  if (!results_) return Status::kNoMemory;
  const std::uint8_t* at = operations_.begin();
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (operations_.end() - at < 5) return Status::kDamaged;
    Result& result = results_[i];
    result.position = Load<std::uint32_t>(at);
    const bool has_threshold = at[4] != 0;
    at += 5;
    if (result.position == keypos_) return Status::kKeypos;
    const Bytes current = Current(payload, result.position, i);
    if (!current) return Status::kPosition;
    if (const Status status = Apply(current, &at, has_threshold, result); status != Status::kOk)
      return status;
  }
  return Build(payload, edit);
}

}  // namespace termstore
