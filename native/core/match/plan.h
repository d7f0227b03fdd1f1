// What a program asks of single columns of a row, found out before a scan so that most rows are refused
// without running it.
//
// A clause whose head is a row is met by few rows when its constants or its guards say so. Comparisons of a
// column with a constant or another column, tests of a column's type, and what and, or and not make of them,
// cannot raise an exception and need no variable: they become a list of tests, each of which knows which one
// comes after it. Where there is more to a clause, its tests are necessary, and the clause itself decides.
#pragma once

#include "core/base/platform.h"
#include "core/match/functions.h"
#include "core/match/program.h"
#include "core/term/format.h"
#include "core/term/reader.h"

namespace termstore {

class MatchPlan {
 public:
  static constexpr std::uint32_t kMostClauses = 8;  // further ones have no tests
  static constexpr std::uint32_t kMostColumns = 32;

  struct Clause {
    // Behind the tests: all there is to the clause, and its result's expression; null where the clause itself
    // has to run.
    const std::uint8_t* result = nullptr;
    std::uint8_t arity = 0;  // 0: there are no tests
    std::uint8_t entry = 0;
  };

  // Cost: O(program), no more than MatchProgram::Parse(). `program`'s bytes outlive the plan.
  void Make(const MatchProgram& program) noexcept;

  // The first clauses, as far as there is a plan.
  std::uint32_t clauses() const noexcept { return clauses_; }
  const Clause& clause(std::uint32_t i) const noexcept { return list_[i]; }

  // False: `row` does not match the clause. REQUIRES: clause.arity > 0, row.size > 0.
  TERMSTORE_INLINE bool Admits(const Clause& clause, Bytes row) const noexcept {
    // The arity of 128 elements and more begins with a larger byte than any plan's.
    if (*row.data != clause.arity) return false;
    Columns columns(row);
    std::uint8_t next = clause.entry;
    while (next < kReject) {
      const Test& test = tests_[next];
      const std::uint8_t* column = columns.At(test.column);
      if (column == nullptr) return false;
      const std::uint32_t outcome = test.Compare(column, row.end(), columns);
      next = (test.accepted >> outcome & 1) != 0 ? test.yes : test.no;
    }
    return next == kAccept;
  }

 private:
  friend class MatchPlanner;

  static constexpr std::uint32_t kMostTests = 24;
  static constexpr std::uint8_t kAccept = 0xff;
  static constexpr std::uint8_t kReject = 0xfe;

  // Where columns begin, found one behind the other when they are first asked for.
  class Columns {
   public:
    explicit Columns(Bytes row) noexcept : end_(row.end()) { at_[0] = row.data + 1; }
    // None when the row is damaged.
    const std::uint8_t* At(std::uint32_t column) noexcept {
      for (; known_ < column; ++known_) {
        const std::uint8_t* next = Skip(at_[known_], end_);
        if (next == nullptr) return nullptr;
        at_[known_ + 1] = next;
      }
      return at_[column] < end_ ? at_[column] : nullptr;
    }

   private:
    const std::uint8_t* const end_;
    std::uint32_t known_ = 0;
    const std::uint8_t* at_[kMostColumns];
  };

  enum class Kind : std::uint8_t {
    kNumber,        // with `number`, in the total order
    kBytes,         // with `constant`, of which there is one form only
    kOrder,         // with `constant`, in the total order
    kExact,         // with `constant`, by =:=
    kType,          // `function`
    kOrderColumns,  // with the column `other`
    kExactColumns,
  };
  // Bits of `accepted`: what a comparison may say. Of those that only tell equal from different, and of
  // types, the first two.
  static constexpr std::uint8_t kBelow = 1;
  static constexpr std::uint8_t kEqual = 2;
  static constexpr std::uint8_t kAbove = 4;

  struct Test {
    Kind kind;
    std::uint8_t accepted;
    std::uint8_t column;
    std::uint8_t other;
    MatchFunction function;
    std::uint8_t yes;  // the test that comes next, kAccept or kReject
    std::uint8_t no;
    double number;
    Bytes constant;

    // 0: below or different, 1: equal or of the type, 2: above.
    TERMSTORE_INLINE std::uint32_t Compare(const std::uint8_t* at, const std::uint8_t* end,
                                           Columns& columns) const noexcept {
      const auto room = static_cast<std::size_t>(end - at);
      if (kind == Kind::kNumber && *at == kTagInt32 && room >= 5) return OrderOf(Load<std::int32_t>(at + 1));
      if (kind == Kind::kNumber && *at == kTagFloat64 && room >= 9) return OrderOf(Load<double>(at + 1));
      if (kind == Kind::kBytes) {
        const bool same = room >= constant.size && SameShort(at, constant.data, constant.size);
        return static_cast<std::uint32_t>(same);
      }
      return CompareSlow(at, end, columns);
    }
    // NaN comes behind every other number.
    std::uint32_t OrderOf(double value) const noexcept {
      return 1u + static_cast<std::uint32_t>(!(value <= number)) - static_cast<std::uint32_t>(value < number);
    }
    TERMSTORE_NOINLINE std::uint32_t CompareSlow(const std::uint8_t* at, const std::uint8_t* end,
                                                 Columns& columns) const noexcept;
  };

  std::uint32_t clauses_ = 0;
  std::uint32_t count_ = 0;
  Clause list_[kMostClauses];
  Test tests_[kMostTests];  // `count_` of them
};

}  // namespace termstore
