// update_counter: integers inside rows, exact in every thread.
#pragma once

#include <memory>

#include "core/table/edit.h"
#include "core/term/number.h"

namespace termstore {

// The common case: one number (not bigint) counter. Nothing is allocated unless the element changes its size.
class NumberCounter final : public Editor {
 public:
  // Adds `increment` to element `position`; with a threshold, a result beyond it (above for an increment >=
  // 0, below for a negative one) becomes `reset`. All are safe integers. Source: ets:update_counter/3.
  NumberCounter(std::uint32_t position, std::uint32_t keypos, std::int64_t increment,
                bool has_threshold = false, std::int64_t threshold = 0, std::int64_t reset = 0) noexcept
      : position_(position),
        keypos_(keypos),
        increment_(increment),
        threshold_(threshold),
        reset_(reset),
        has_threshold_(has_threshold) {}

  // kKeypos, kPosition, kNotCounter, kCounterMix (the element is a bigint), kCounterRange (beyond the safe
  // integers), kNoMemory.
  Status Edit(Bytes payload, RowEdit& edit) noexcept override;

  std::int64_t result() const noexcept { return result_; }

 private:
  const std::uint32_t position_;
  const std::uint32_t keypos_;
  const std::int64_t increment_;
  const std::int64_t threshold_;
  const std::int64_t reset_;
  const bool has_threshold_;
  std::int64_t result_ = 0;
};

// A list of operations on numbers or bigints of any size, applied in order or not at all.
class CounterList final : public Editor {
 public:
  // `operations` is a sequence of: u32 position, u8 has_threshold, increment, [threshold, reset] as number
  // terms.
  CounterList(Bytes operations, std::uint32_t count, std::uint32_t keypos) noexcept
      : operations_(operations), count_(count), keypos_(keypos) {}
  ~CounterList() override;

  // As NumberCounter, and kBadArg for operations that are no integers, kDamaged.
  Status Edit(Bytes payload, RowEdit& edit) noexcept override;

  // One term per operation, in order, after Edit() gave kOk.
  Bytes result(std::uint32_t i) const noexcept { return {results_[i].term, results_[i].size}; }
  std::uint32_t count() const noexcept { return count_; }

 private:
  struct Result {
    std::uint32_t position;
    std::uint32_t size;
    std::uint8_t* term;  // std::malloc
  };
  void Reset() noexcept;
  Status Apply(Bytes current, const std::uint8_t** at, bool has_threshold, Result& result) noexcept;
  Bytes Current(Bytes payload, std::uint32_t position, std::uint32_t done) const noexcept;
  Status Build(Bytes payload, RowEdit& edit) const noexcept;

  const Bytes operations_;
  const std::uint32_t count_;
  const std::uint32_t keypos_;
  std::unique_ptr<Result[]> results_;
};

}  // namespace termstore
