#include "core/table/select.h"

#include "core/term/row.h"

namespace termstore {

Verdict Selector::AppendFound(Bytes row, Verdict then) noexcept {
  if (!reply_.AppendSized(row)) return Refuse(Status::kNoMemory);
  ++result_.results;
  return then;
}

Verdict Selector::AppendResult() noexcept {
  const std::size_t at = reply_.size();
  if (reply_.Extend(4) == nullptr || !run_->AppendResult(reply_)) {
    reply_.Truncate(at);
    return Refuse(Status::kNoMemory);
  }
  Store(reply_.data() + at, static_cast<std::uint32_t>(reply_.size() - at - 4));
  ++result_.results;
  return Verdict::kKeep;
}

// Where rows are compressed, or all of them match.
Verdict Selector::VisitOther(Bytes stored) noexcept {
  const Bytes row = codec_ == nullptr ? stored : codec_->Expand(stored, expanded_);
  if (!row) return Refuse(Status::kNoMemory);
  const MatchOutcome outcome = run_ == nullptr ? MatchOutcome::kMatch : run_->Run(row);
  return outcome == MatchOutcome::kNoMatch ? Verdict::kKeep : Judge(row, outcome);
}

// What becomes of a row that matches.
Verdict Selector::Judge(Bytes row, MatchOutcome outcome) noexcept {
  if (outcome == MatchOutcome::kNoMemory) return Refuse(Status::kNoMemory);
  const bool is_true = run_ != nullptr && run_->result_is_true();
  switch (mode_) {
    case SelectMode::kResults:
      return run_ == nullptr ? Refuse(Status::kBadArg) : AppendResult();
    case SelectMode::kRows:
      return AppendFound(row, Verdict::kKeep);
    case SelectMode::kCount:
      if (is_true) ++result_.affected;
      return Verdict::kKeep;
    case SelectMode::kDelete:
      return is_true ? Verdict::kRemove : Verdict::kKeep;
    case SelectMode::kTake:
      return is_true ? AppendFound(row, Verdict::kRemove) : Verdict::kKeep;
    default:
      return TakeReplacement(row);
  }
}

Verdict Selector::TakeReplacement(Bytes row) noexcept {
  if (run_ == nullptr) return Refuse(Status::kBadArg);
  if (run_->result_is_row()) {
    ++result_.affected;
    return Verdict::kKeep;
  }
  replacement_ = run_->ResultAsRow();
  if (!replacement_ && run_->short_of_memory()) return Refuse(Status::kNoMemory);
  // A part of the row itself would be overwritten while it is read. No compiled program has such a result.
  const bool inside = replacement_.data >= row.begin() && replacement_.data < row.end();
  if (!replacement_ || inside) return Refuse(Status::kBadArg);
  if (replacement_.size > kRowSizeMask) return Refuse(Status::kTooLarge);
  if (codec_ == nullptr) return Verdict::kReplace;
  std::uint8_t* to = packed_.Reserve(replacement_.size + RowCodec::kPlainExtra);
  if (to == nullptr) return Refuse(Status::kNoMemory);
  std::size_t size = 0;
  const Status status = codec_->Pack(replacement_, to, &size);
  if (status != Status::kOk) return Refuse(status == Status::kDamaged ? Status::kBadArg : status);
  replacement_ = {to, size};
  return Verdict::kReplace;
}

}  // namespace termstore
