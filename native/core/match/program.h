// A match program that was checked: what select() and its kin run over the rows of a table.
#pragma once

#include "core/base/bytes.h"
#include "core/base/status.h"

namespace termstore {

// A view over bytes that the caller keeps alive and unchanged.
class MatchProgram {
 public:
  // No clauses: matches nothing.
  MatchProgram() = default;

  // Checks everything about `bytes` that MatchRun relies on. kOk, or kBadArg and `program` is unchanged.
  // Cost: O(bytes).
  static Status Parse(Bytes bytes, MatchProgram* program) noexcept;

  std::uint32_t clauses() const noexcept { return clauses_; }
  // The most that any clause has.
  std::uint32_t variables() const noexcept { return variables_; }
  // Every row matches, and what comes of it is `true`.
  bool AcceptsAll() const noexcept;
  // The clauses, one behind the other.
  Bytes code() const noexcept { return code_; }

 private:
  Bytes code_;
  std::uint32_t clauses_ = 0;
  std::uint32_t variables_ = 0;
};

}  // namespace termstore
