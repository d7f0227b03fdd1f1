// Reading one row of an ordered table.
#include "core/table/ordered_table.h"
#include "core/table/ordered_walk.h"

namespace termstore {

using Outcome = Glance::Outcome;

template <typename Use>
Status OrderedTable::WithRow(const Sought& sought, Use use) noexcept {
  const HeldShard held = Acquire(sought);
  Position at;
  return held.body().Find(sought.key, sought.head, &at) ? use(held.body().Payload(at)) : Status::kNotFound;
}

Status OrderedTable::Lookup(Bytes key, Reply& reply) noexcept {
  const Sought sought(key);
  Glance glance = GlanceAt(CurrentDirectory(), sought, reply.region(), reply.region_capacity());
  switch (glance.Find(sought.key, sought.head)) {
    case Outcome::kHit:
      return reply.Extend(glance.payload().size) != nullptr ? Status::kOk : Status::kNoMemory;
    case Outcome::kMiss:
      return Status::kNotFound;
    case Outcome::kRetry:
      break;
  }
  return WithRow(sought,
                 [&](Bytes payload) { return reply.Append(payload) ? Status::kOk : Status::kNoMemory; });
}

Status OrderedTable::Member(Bytes key) noexcept {
  const Sought sought(key);
  alignas(8) std::uint8_t room[512 + 8];
  const Outcome outcome = GlanceAt(CurrentDirectory(), sought, room, 512).Find(sought.key, sought.head);
  if (outcome != Outcome::kRetry) return outcome == Outcome::kHit ? Status::kOk : Status::kNotFound;
  return WithRow(sought, [](Bytes) { return Status::kOk; });
}

Status OrderedTable::LookupElement(Bytes key, std::uint32_t position, Reply& reply) noexcept {
  const Sought sought(key);
  Glance glance = GlanceAt(CurrentDirectory(), sought, reply.region(), reply.region_capacity());
  switch (glance.Find(sought.key, sought.head)) {
    case Outcome::kHit: {
      const Bytes element = RowElement(glance.payload(), position);
      if (element.data == nullptr) return Status::kPosition;
      return reply.AnswerPart(element) ? Status::kOk : Status::kNoMemory;
    }
    case Outcome::kMiss:
      return Status::kNotFound;
    case Outcome::kRetry:
      break;
  }
  return WithRow(sought, [&](Bytes payload) {
    const Bytes element = RowElement(payload, position);
    if (!element) return Status::kPosition;
    return reply.Append(element) ? Status::kOk : Status::kNoMemory;
  });
}

bool OrderedTable::TryStep(Direction direction, const Sought& sought, StepPart part,
                           Reply& reply) const noexcept {
  if (reply.region_capacity() < kRowHeaderBytes) return false;
  std::uint8_t* const to = reply.region() + kRowHeaderBytes;
  Glance glance = GlanceAt(CurrentDirectory(), sought, to, reply.region_capacity() - kRowHeaderBytes);
  if (glance.Step(direction, sought.key, sought.head) != Outcome::kHit) return false;
  const Bytes payload = glance.payload();
  if (part == StepPart::kRows) {
    Store(reply.region(), static_cast<std::uint32_t>(payload.size));
    return reply.Extend(kRowHeaderBytes + payload.size) != nullptr;
  }
  const Bytes key = RowElement(payload, traits().keypos);
  return key.data != nullptr && reply.AnswerPart(key);
}

namespace {

// The shards that a step has left behind without an answer, as they were then. A step that went on has an
// answer of one moment if they still are: rows may have come to them, and to the shard where the answer is,
// one after the other.
class PassedShards {
 public:
  // REQUIRES: the shard's lock.
  void Add(const Shard& shard) noexcept {
    // More follow each other only where empty shards have not been joined yet: the first ones count.
    if (count_ < kMost) passed_[count_++] = {&shard, shard.Version()};
  }
  bool Unchanged() const noexcept {
    for (std::uint32_t i = 0; i < count_; ++i) {
      if (passed_[i].shard->Version() != passed_[i].version) return false;
    }
    return true;
  }

 private:
  static constexpr std::uint32_t kMost = 4;
  struct Passed {
    const Shard* shard;  // the caller's pin keeps it
    std::uint64_t version;
  };

  Passed passed_[kMost];
  std::uint32_t count_ = 0;
};

}  // namespace

Status OrderedTable::Step(Direction direction, Bytes key, StepPart part, Reply& reply) noexcept {
  const bool forward = direction == Direction::kForward;
  if (key && TryStep(direction, Sought(key), part, reply)) return Status::kOk;
  const Cut start = key ? Cut::At(key, forward ? Cut::Side::kAfter : Cut::Side::kBefore)
                        : (forward ? Cut::First() : Cut::Last());
  PassedShards passed;
  for (Cut from = start;;) {
    const HeldShard held = Acquire(forward ? RouteUp(from) : from);
    if (!passed.Unchanged()) {
      passed = {};
      from = start;
      continue;
    }
    const ShardBody& body = held.body();
    Position at = body.Locate(from);
    if (forward ? at != body.end() : at != body.begin()) {
      if (!forward) at = body.Previous(at);
      const bool written =
          part == StepPart::kKey ? reply.Append(body.Key(at)) : reply.AppendSized(body.Payload(at));
      return written ? Status::kOk : Status::kNoMemory;
    }
    const Fence* fence = forward ? held->high : held->low;
    if (fence == nullptr) return Status::kNotFound;
    from = AtFence(fence, Cut::Side::kBefore);
    passed.Add(*held);
  }
}

}  // namespace termstore
