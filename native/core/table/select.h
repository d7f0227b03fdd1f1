// Looking at the rows of a table with a match program: what to do with them, slice by slice.
//
// A slice is what one call of Table::Select() does: it is bounded, holds one stripe or shard at a time, and
// leaves a place from which the next one goes on.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/status.h"
#include "core/match/run.h"
#include "core/memory/reply.h"
#include "core/table/row_codec.h"

namespace termstore {

enum class SelectMode : std::uint8_t {
  kResults = 0,  // appends the results, as sized terms
  kRows = 1,     // appends the matching rows, as sized rows: what `$_` as result means
  kCount = 2,    // counts the rows whose result is true
  kDelete = 3,   // deletes them
  kTake = 4,     // deletes them and appends them, as sized rows
  kReplace = 5,  // puts the result in the place of the row; the key must be the same
};

inline bool ChangesRows(SelectMode mode) noexcept { return mode >= SelectMode::kDelete; }

// A slice ends with the row that reaches one of these, in hash tables with that row's bucket.
struct SelectLimits {
  std::uint32_t max_results = ~0u;
  std::size_t max_bytes = ~std::size_t{0};
  std::uint32_t max_visits = ~0u;
};

struct SelectResult {
  std::uint32_t results = 0;   // appended to the reply
  std::uint32_t affected = 0;  // rows counted, deleted, taken or replaced
  std::uint32_t visited = 0;   // rows looked at
  bool done = false;           // there is nothing after this slice
  // Ordered tables, unless done: the key of the last row visited, behind the results in the reply. Continue
  // with an exclusive bound.
  std::size_t last_key_offset = 0;
  std::uint32_t last_key_size = 0;
};

// What the table has to do with the row it showed.
enum class Verdict : std::uint8_t { kKeep, kRemove, kReplace, kFailed };

// One slice: shows each row to the program, keeps the books, and tells the table what to do.
class Selector {
 public:
  // `run` null: every row matches, and the result is the row itself. `codec`: how the table stores its rows.
  Selector(SelectMode mode, MatchRun* run, const SelectLimits& limits, const RowCodec* codec, Reply& reply,
           SelectResult& result) noexcept
      : mode_(mode),
        run_(run),
        limits_(limits),
        codec_(codec),
        reply_(reply),
        result_(result),
        counts_all_(mode == SelectMode::kCount && run != nullptr && run->accepts_all()),
        start_(reply.size()) {}

  // So many rows are to come. For a few it does not pay to plan.
  void Expect(std::uint64_t rows) noexcept {
    if (run_ != nullptr && rows >= kMany) run_->Plan();
  }

  // Every row counts, whatever is in it: CountAll() instead of Visit().
  bool counts_all() const noexcept { return counts_all_; }
  void CountAll(std::uint64_t rows) noexcept {
    result_.visited += static_cast<std::uint32_t>(rows);
    result_.affected += static_cast<std::uint32_t>(rows);
  }

  // `stored` is the row as the table stores it. What it becomes, after kReplace: replacement(), until the
  // next Visit(). REQUIRES: the row's lock is held.
  Verdict Visit(Bytes stored) noexcept {
    ++result_.visited;
    if (codec_ != nullptr || run_ == nullptr) return VisitOther(stored);
    const MatchOutcome outcome = run_->Run(stored);
    return outcome == MatchOutcome::kNoMatch ? Verdict::kKeep : Judge(stored, outcome);
  }
  Bytes replacement() const noexcept { return replacement_; }

  // The table did what kRemove and kReplace asked for.
  void CountChanges(std::uint32_t rows) noexcept { result_.affected += rows; }
  // It could not. Everything that was done before stays.
  void Fail(Status status) noexcept { status_ = status; }

  bool full() const noexcept {
    return result_.results >= limits_.max_results || result_.visited >= limits_.max_visits ||
           reply_.size() - start_ >= limits_.max_bytes;
  }
  Status status() const noexcept { return status_; }
  bool failed() const noexcept { return status_ != Status::kOk; }

 private:
  static constexpr std::uint64_t kMany = 32;

  Verdict VisitOther(Bytes stored) noexcept;
  Verdict Judge(Bytes row, MatchOutcome outcome) noexcept;
  Verdict AppendResult() noexcept;
  Verdict AppendFound(Bytes row, Verdict then) noexcept;
  Verdict TakeReplacement(Bytes row) noexcept;
  Verdict Refuse(Status status) noexcept {
    status_ = status;
    return Verdict::kFailed;
  }

  const SelectMode mode_;
  MatchRun* const run_;
  const SelectLimits& limits_;
  const RowCodec* const codec_;
  Reply& reply_;
  SelectResult& result_;
  const bool counts_all_;
  const std::size_t start_;
  Bytes replacement_;
  RowBuffer expanded_;  // the row under way, where there is a codec
  RowBuffer packed_;    // its replacement
  Status status_ = Status::kOk;
};

}  // namespace termstore
