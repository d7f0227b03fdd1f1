// A thread that calls into tables: each call is pinned as the binding pins it, and answers are values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/lock_trace.h"
#include "core/memory/epoch.h"
#include "core/table/table.h"
#include "test/support/terms.h"

namespace termstore::test {

class Caller {
 public:
  explicit Caller(Epochs& epochs) : epochs_(epochs), slot_(epochs.Attach()), memory_(kRegion + 16) {}
  ~Caller() {
    epochs_.Detach(slot_);
    epochs_.Collect();
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  // Runs `body(reply)` inside a pin; what it wrote is in answer() afterwards.
  template <typename Body>
  auto Call(Body body) {
    Reply reply(memory_.data() + 16, kRegion);
    auto result = [&] {
      const Pin pin(epochs_, *slot_);
      return body(reply);
    }();
    AssertNoLockHeld("a call returns");
    answer_.assign(reply.data(), reply.data() + reply.size());
    if (++calls_ % 64 == 0) epochs_.Collect();
    return result;
  }
  const Term& answer() const { return answer_; }

  // The answer as sized rows.
  std::vector<Term> Rows() const {
    std::vector<Term> rows;
    for (std::size_t at = 0; at + 4 <= answer_.size();) {
      const auto size = Load<std::uint32_t>(answer_.data() + at);
      rows.emplace_back(answer_.begin() + static_cast<std::ptrdiff_t>(at + 4),
                        answer_.begin() + static_cast<std::ptrdiff_t>(at + 4 + size));
      at += std::size_t{4} + size;
    }
    return rows;
  }

  Status Insert(Table& table, const Term& row) {
    return Call([&](Reply&) { return table.Insert(Input(row, table.traits().keypos)); });
  }
  Status InsertNew(Table& table, const Term& row) {
    return Call([&](Reply&) { return table.InsertNew(Input(row, table.traits().keypos)); });
  }
  Status InsertMany(Table& table, const std::vector<Term>& rows, bool only_new = false) {
    std::vector<RowInput> inputs;
    for (const Term& row : rows) inputs.push_back(Input(row, table.traits().keypos));
    return Call([&](Reply&) {
      return table.InsertMany(inputs.data(), static_cast<std::uint32_t>(inputs.size()), only_new);
    });
  }
  Status Lookup(Table& table, const Term& key) {
    return Call([&](Reply& reply) { return table.Lookup(View(key), reply); });
  }
  Status Take(Table& table, const Term& key) {
    return Call([&](Reply& reply) { return table.Take(View(key), reply); });
  }
  Status Member(Table& table, const Term& key) {
    return Call([&](Reply&) { return table.Member(View(key)); });
  }
  Status Delete(Table& table, const Term& key) {
    return Call([&](Reply&) { return table.Delete(View(key)); });
  }
  Status DeleteObject(Table& table, const Term& row) {
    return Call([&](Reply&) { return table.DeleteObject(Input(row, table.traits().keypos)); });
  }
  Status DeleteAll(Table& table) {
    std::uint64_t rows = 0;
    return Call([&](Reply&) { return table.DeleteAll(&rows); });
  }
  // `key` empty: from the end of the table.
  Status Step(Table& table, Direction direction, const Term& key, StepPart part = StepPart::kKey) {
    return Call(
        [&](Reply& reply) { return table.Step(direction, key.empty() ? Bytes{} : View(key), part, reply); });
  }
  std::uint64_t Size(Table& table) {
    return Call([&](Reply&) { return table.Size(); });
  }
  std::size_t Memory(Table& table) {
    return Call([&](Reply&) { return table.Memory(); });
  }
  // Every row of the range, fetched in chunks as `request` limits them.
  std::vector<Term> Range(Table& table, RangeRequest request, std::uint32_t* chunks = nullptr) {
    std::vector<Term> rows;
    Term last;
    for (;;) {
      ChunkResult result;
      const Status status = Call([&](Reply& reply) { return table.Range(request, reply, result); });
      if (chunks != nullptr) ++*chunks;
      for (Term& row : Rows()) rows.push_back(std::move(row));
      if (status != Status::kOk || result.done || result.rows == 0) return rows;
      const auto key = answer_.begin() + static_cast<std::ptrdiff_t>(result.last_key_offset);
      last.assign(key, key + static_cast<std::ptrdiff_t>(result.last_key_size));
      Bound& next = request.direction == Direction::kForward ? request.lower : request.upper;
      next.kind = Bound::Kind::kExclusive;
      next.key = View(last);
    }
  }

 private:
  static constexpr std::uint32_t kRegion = 4096;

  Epochs& epochs_;
  EpochSlot* slot_;
  std::vector<std::uint8_t> memory_;
  Term answer_;
  std::uint32_t calls_ = 0;
};

}  // namespace termstore::test
