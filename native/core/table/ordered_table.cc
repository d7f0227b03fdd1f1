#include "core/table/ordered_table.h"

#include <new>
#include <utility>

namespace termstore {
namespace {

// One wait outweighs this many operations that did not wait (the figures of OTP's contention adapting tree).
constexpr std::int32_t kWaitWeight = 250;
constexpr std::int32_t kContentionLimit = 2000;

}  // namespace

std::unique_ptr<OrderedTable> OrderedTable::Make(const TableTraits& traits, Epochs& epochs,
                                                 const OrderedLimits& limits) noexcept {
  std::unique_ptr<OrderedTable> table(new (std::nothrow) OrderedTable(traits, epochs, limits));
  if (!table) return nullptr;
  std::unique_ptr<ShardBody> body = ShardBody::Make(epochs, traits.keypos);
  if (!body) return nullptr;
  Directory* directory = Directory::Make(1);
  if (directory == nullptr) return nullptr;
  Shard* shard = Shard::Make(nullptr, std::move(body));
  if (shard == nullptr) {
    Directory::Delete(directory, 0);
    return nullptr;
  }
  directory->Set(0, shard);
  table->directory_.store(directory, std::memory_order_release);  // pairs with CurrentDirectory()
  return table;
}

std::unique_ptr<Table> MakeOrderedTable(const TableTraits& traits, Epochs& epochs) noexcept {
  return OrderedTable::Make(traits, epochs);
}

OrderedTable::~OrderedTable() {
  Directory* directory = directory_.load(std::memory_order_relaxed);
  if (directory == nullptr) return;
  for (std::uint32_t i = 0; i < directory->count(); ++i) Shard::Delete((*directory)[i], 0);
  Directory::Delete(directory, 0);
}

void OrderedTable::CountWait(Shard& shard, bool waited) noexcept {
  if (waited) {
    if (shard.contention < kContentionLimit) shard.contention += kWaitWeight;
  } else if (shard.contention > -kContentionLimit) {
    --shard.contention;
  }
}

HeldShard OrderedTable::Acquire(const Cut& route) noexcept {
  for (;;) {
    const Directory* directory = CurrentDirectory();
    Shard* const shard = (*directory)[directory->IndexFor(route)];
    // The lines of the lock and of the leaf may have to come from memory or from another processor: both at
    // the same time. A single shard is seldom that large.
    const ShardBody* body = directory->count() == 1 ? nullptr : shard->PeekBody();
    if (body != nullptr) body->PrefetchLeaf(route.head());
    HeldShard held(shard);
    if (held->Covers(route)) [[likely]] {
      if (adaptive_) CountWait(*held, held.waited());
      if (held.waited()) [[unlikely]]
        waits_.fetch_add(1, std::memory_order_relaxed);
      return held;
    }
    retries_.fetch_add(1, std::memory_order_relaxed);
  }
}

Status OrderedTable::Insert(const RowInput& row) noexcept { return Put(row, false); }

Status OrderedTable::InsertNew(const RowInput& row) noexcept { return Put(row, true); }

Status OrderedTable::Put(const RowInput& row, bool only_new) noexcept {
  if (row.payload.size > kRowSizeMask) return Status::kTooLarge;
  const Bytes key = KeyIn(row);
  if (!key) return Status::kBadArg;
  const Sought sought(key);
  Need need;
  {
    const HeldShard held = Acquire(sought);
    Position at;
    const bool found = held.body().Find(key, sought.head, &at);
    if (found && only_new) return Status::kExists;
    ShardBody& body = held.BeginWrite();
    const bool done = found ? body.Replace(at, row.payload) : body.Insert(&at, sought.head, row.payload);
    if (!done) return Status::kNoMemory;
    PublishChange(*held);
    need = NeedAfterGrowth(*held);
  }
  if (need != Need::kNothing) Reshape(sought, need);
  return Status::kOk;
}

// Removes the row of `key` if `found(payload)` says kOk; answers what it says.
template <typename Found>
Status OrderedTable::RemoveIf(Bytes key, Found found) noexcept {
  const Sought sought(key);
  Need need;
  UnlinkedLeaves unlinked(epochs());
  {
    const HeldShard held = Acquire(sought);
    Position at;
    if (!held.body().Find(key, sought.head, &at)) return Status::kNotFound;
    const Status status = found(held.body().Payload(at));
    if (status != Status::kOk) return status;
    held.BeginWrite().Remove(at, unlinked);
    PublishChange(*held);
    need = NeedAfterRemoval(*held);
  }
  if (need != Need::kNothing) Reshape(sought, need);
  return Status::kOk;
}

Status OrderedTable::Delete(Bytes key) noexcept {
  return RemoveIf(key, [](Bytes) { return Status::kOk; });
}

Status OrderedTable::DeleteObject(const RowInput& row) noexcept {
  const Bytes key = KeyIn(row);
  if (!key) return Status::kNotFound;
  RowMatcher matcher(traits().codec, row.row());
  return RemoveIf(key, [&](Bytes payload) {
    if (!matcher.Prepare(payload)) return Status::kNoMemory;
    return matcher.Matches(payload) ? Status::kOk : Status::kNotFound;
  });
}

Status OrderedTable::Take(Bytes key, Reply& reply) noexcept {
  return RemoveIf(key, [&](Bytes payload) {
    return AppendRow(traits().codec, payload, reply) ? Status::kOk : Status::kNoMemory;
  });
}

Status OrderedTable::Edit(Bytes key, Editor& editor, const RowInput* fallback) noexcept {
  const Sought sought(key);
  Need need;
  {
    const HeldShard held = Acquire(sought);
    Position at;
    const bool found = held.body().Find(key, sought.head, &at);
    if (!found && fallback == nullptr) return Status::kNotFound;
    ShardBody& body = held.BeginWrite();
    const Status status =
        found ? EditAt(body, at, editor) : InsertEdited(body, at, sought, editor, *fallback);
    if (status != Status::kOk) return status;
    PublishChange(*held);
    need = NeedAfterGrowth(*held);
  }
  if (need != Need::kNothing) Reshape(sought, need);
  return Status::kOk;
}

Status OrderedTable::EditAt(ShardBody& body, Position at, Editor& editor) noexcept {
  RowEdit edit;
  const Status status = editor.Edit(body.Payload(at), edit);
  if (status != Status::kOk) return status;
  const Bytes payload = edit.payload();
  if (!payload) {
    edit.PatchCell(body.MutableCell(at));
    return Status::kOk;
  }
  if (payload.size > kRowSizeMask) return Status::kTooLarge;
  return body.Replace(at, payload) ? Status::kOk : Status::kNoMemory;
}

Status OrderedTable::InsertEdited(ShardBody& body, Position at, const Sought& sought, Editor& editor,
                                  const RowInput& row) noexcept {
  // A row with another key would be out of order at this place.
  const Bytes key = KeyIn(row);
  if (!key || CompareTerms(key, sought.key) != 0) return Status::kBadArg;
  RowEdit edit;
  const Status status = editor.Edit(row.payload, edit);
  if (status != Status::kOk) return status;
  const Bytes payload = edit.payload() ? edit.payload() : row.payload;
  if (payload.size > kRowSizeMask) return Status::kTooLarge;
  if (!body.Insert(&at, sought.head, payload)) return Status::kNoMemory;
  edit.PatchCell(body.MutableCell(at));  // nothing to do when the payload is a new one
  return Status::kOk;
}

RowStamp OrderedTable::Stamp(Bytes) noexcept {
  if (!versions_.begun()) [[unlikely]] {
    if (!versions_.offered()) return {};
    const ExclusiveGate alone(gate_);
    // No shard comes or goes meanwhile.
    const LockGuard guard(directory_lock_, LockLevel::kDirectory);
    const Directory& directory = *CurrentDirectory();
    const auto pass_every_writer = [&] {
      for (std::uint32_t i = 0; i < directory.count(); ++i) {
        const HeldShard held(directory[i]);
      }
    };
    if (!versions_.Begin(pass_every_writer)) return {};
  }
  return versions_.StampOnly();
}

std::uint64_t OrderedTable::Size() const noexcept {
  const SharedGate shared(gate_);
  return CountRows();
}

std::uint64_t OrderedTable::CountRows() const noexcept {
  const Directory* directory = CurrentDirectory();
  std::uint64_t rows = 0;
  for (std::uint32_t i = 0; i < directory->count(); ++i) {
    rows += (*directory)[i]->rows.load(std::memory_order_relaxed);
  }
  return rows;
}

std::size_t OrderedTable::Memory() const noexcept {
  const Directory* directory = CurrentDirectory();
  std::size_t bytes = sizeof(OrderedTable) + directory->memory() + versions_.memory();
  for (std::uint32_t i = 0; i < directory->count(); ++i) {
    bytes += (*directory)[i]->memory.load(std::memory_order_relaxed);
  }
  return bytes;
}

}  // namespace termstore
