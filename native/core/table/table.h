// What every kind of table can do. Access rights and names are the registry's business; by the time one of
// these functions runs they are settled, and the caller is inside a Pin, so the table's memory stays.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/status.h"
#include "core/memory/epoch.h"
#include "core/memory/lock.h"
#include "core/memory/reply.h"
#include "core/table/edit.h"
#include "core/table/packed_rows.h"
#include "core/table/row_codec.h"
#include "core/table/row_versions.h"
#include "core/table/select.h"
#include "core/term/row.h"

namespace termstore {

enum class TableType : std::uint8_t { kSet = 0, kOrderedSet = 1, kBag = 2, kDuplicateBag = 3 };
enum class WriteConcurrency : std::uint8_t { kOff = 0, kOn = 1, kAuto = 2 };

struct TableTraits {
  TableType type = TableType::kSet;
  std::uint32_t keypos = 0;
  WriteConcurrency write_concurrency = WriteConcurrency::kOff;
  bool read_concurrency = false;
  bool decentralized_counters = false;
  bool compressed = false;
  // How rows are stored; null: as they come. With a codec all rows that come in are packed ones, with the key
  // at position 0. What goes out is expanded where it must be done at once (Take(), Scan(), Range(),
  // Select()); Lookup(), LookupElement(), Step() and Slot() leave it to the caller, who then holds no lock.
  // For CompressedTable, which nobody else needs to know of.
  const RowCodec* codec = nullptr;

  bool IsBag() const noexcept { return type == TableType::kBag || type == TableType::kDuplicateBag; }
};

enum class Direction : std::uint8_t { kForward, kBackward };
enum class StepPart : std::uint8_t { kKey, kRows };

// One end of a range in an ordered table.
struct Bound {
  enum class Kind : std::uint8_t {
    kNone,       // unbounded
    kInclusive,  // a key equal to `key` is inside
    kExclusive,  // a key equal to `key` is outside
    kPrefix,     // everything that starts with `key` (CompareToPrefix) is inside
  };
  Kind kind = Kind::kNone;
  Bytes key;
  std::uint32_t depth = 0;  // kPrefix: that of CompareToPrefix()

  // From a number: those of Kind, and kPrefix + n for a prefix of depth n. False for any other.
  bool SetKind(std::int32_t number) noexcept {
    constexpr std::int32_t kDeepest = 252;  // a byte holds the number
    const auto prefix = static_cast<std::int32_t>(Kind::kPrefix);
    if (number < 0 || number > prefix + kDeepest) return false;
    kind = number < prefix ? static_cast<Kind>(number) : Kind::kPrefix;
    depth = number < prefix ? 0 : static_cast<std::uint32_t>(number - prefix);
    return true;
  }
};

struct RangeRequest {
  Bound lower;
  Bound upper;
  Direction direction = Direction::kForward;
  bool keys_only = false;
  std::uint32_t max_rows = ~0u;
  std::size_t max_bytes =
      ~std::size_t{0};  // stop before the row that would exceed it, unless it is the first
};

// Where a traversal of a hash table stands: every row of a lower position has been delivered. Positions are
// reversed hashes, an order that neither growing and shrinking nor other stripes change.
struct HashCursor {
  std::uint64_t position = 0;
};

// Which rows Select() looks at, and what it does with them.
struct SelectRequest {
  SelectMode mode = SelectMode::kRows;
  MatchRun* run = nullptr;  // null: every row matches, and the result is the row itself
  SelectLimits limits;
  // Ordered tables: the rows of this range.
  Bound lower;
  Bound upper;
  Direction direction = Direction::kForward;
  // Hash tables: where to go on. With `keys`, canonical and distinct, only their rows; the cursor's position
  // is the number of the next one.
  HashCursor cursor;
  const Bytes* keys = nullptr;
  std::uint32_t key_count = 0;
};

struct ChunkResult {
  std::uint32_t rows = 0;
  bool done = false;
  bool unstamped = false;  // StepRun() only
  // Of the last row delivered, ordered tables only: its key element inside the reply. Continue with an
  // exclusive bound.
  std::size_t last_key_offset = 0;
  std::uint32_t last_key_size = 0;
};

class KnownRows;

class Table {
 public:
  Table(const TableTraits& traits, Epochs& epochs) noexcept : traits_(traits), epochs_(epochs) {}
  virtual ~Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const TableTraits& traits() const noexcept { return traits_; }

  // Keys: canonical bytes (hash tables) or any encoding of the key (ordered tables).

  // Appends the row's payload to `reply` (exactly the payload, no size); bags: all rows as sized rows, in the
  // order of insertion. kOk, kNotFound, kNoMemory.
  virtual Status Lookup(Bytes key, Reply& reply) noexcept = 0;
  // kOk or kNotFound.
  virtual Status Member(Bytes key) noexcept = 0;
  // Appends element `position` of the row; bags: of each row, one term after the other. kOk, kNotFound,
  // kPosition (also when only one of several rows is too short), kNoMemory.
  virtual Status LookupElement(Bytes key, std::uint32_t position, Reply& reply) noexcept = 0;

  // Replaces the row with an equal key; a bag adds it behind the others, unless an equal row is there; a
  // duplicate bag adds it always. kOk, kNoMemory, kTooLarge.
  virtual Status Insert(const RowInput& row) noexcept = 0;
  // kOk, kExists (nothing changed), kNoMemory.
  virtual Status InsertNew(const RowInput& row) noexcept = 0;
  // All rows or none, in order (in a set the last of equal keys wins); no reader in any thread sees a part.
  // With `only_new`: kExists and no change when any key is present already; equal keys inside `rows` do not
  // matter.
  virtual Status InsertMany(const RowInput* rows, std::uint32_t count, bool only_new) noexcept = 0;
  // The same for rows in their packed form, which were checked; they need not be held as a list.
  virtual Status InsertPacked(const PackedRows& rows, bool only_new) noexcept;

  // Insert() for a loader that keeps `known` between its rows: in a bag the cost does not grow with the rows
  // of the key when they come together. A bag: kExists when an equal row is there.
  virtual Status InsertKnowing(const RowInput& row, KnownRows&) noexcept { return Insert(row); }

  // All rows of the key. kOk, kNotFound; kNoMemory when a fixed table cannot remember the key.
  virtual Status Delete(Bytes key) noexcept = 0;
  // Deletes every row that equals `row` as a whole (RowsEqual). As Delete().
  virtual Status DeleteObject(const RowInput& row) noexcept = 0;
  // Lookup() and Delete() in one step. kOk, kNotFound; kNoMemory, kTooLarge (then nothing is deleted).
  virtual Status Take(Bytes key, Reply& reply) noexcept = 0;
  // Atomic for every reader. kOk with how many rows there were; kNoMemory (nothing is deleted) when a fixed
  // table cannot remember the keys.
  virtual Status DeleteAll(std::uint64_t* rows) noexcept = 0;

  // Runs `editor` on the row under its lock. When there is none: kNotFound, or with `fallback` the row
  // `fallback` is edited and inserted in the same atomic step (nothing is inserted when the editor refuses).
  // kTableType for bags.
  virtual Status Edit(Bytes key, Editor& editor, const RowInput* fallback) noexcept = 0;

  // The first row (key none) or the one after/before `key`, in traversal order. Appends the key element, or
  // every row of that key as sized rows. kOk, kNotFound (the end), kBadKey (hash tables: `key` is not there,
  // and it was not deleted while the table is fixed).
  virtual Status Step(Direction direction, Bytes key, StepPart part, Reply& reply) noexcept = 0;

  // Several Step()s from `key` on, which is not none: sized rows, or (bags: only) keys, as far as `limits`
  // say, and as a stamp of `key` that was taken before vouches for all of them. Where it would for none, the
  // first one with `result.unstamped`. No rows and `done` at the end. kOk, kBadKey as Step(), kTableType,
  // kNoMemory.
  virtual Status StepRun(Direction direction, Bytes key, const RangeRequest& limits, Reply& reply,
                         ChunkResult& result) noexcept = 0;

  // Ordered tables: rows of a range, as sized rows. kTableType for others.
  virtual Status Range(const RangeRequest& request, Reply& reply, ChunkResult& result) noexcept = 0;
  // Hash tables: the next rows from `cursor` on, as sized rows; advances the cursor. kTableType for others.
  virtual Status Scan(HashCursor& cursor, const RangeRequest& limits, Reply& reply,
                      ChunkResult& result) noexcept = 0;

  // Appends the rows of bucket `index` (hash tables) or row number `index` (ordered tables) as sized rows;
  // kNotFound for the first index beyond the last, kBadArg for any other.
  virtual Status Slot(std::uint64_t index, Reply& reply) noexcept = 0;

  // While a table is fixed, a key that is deleted stays a place from which Step() goes on. Counts: each Fix()
  // needs one Unfix(). After Fix() has returned no deletion is missed.
  virtual void Fix() noexcept { fixes_.fetch_add(1, std::memory_order_relaxed); }
  virtual void Unfix() noexcept { fixes_.fetch_sub(1, std::memory_order_relaxed); }

  // One slice of a selection; advances `request.cursor`. Each change is atomic, the slice is not: when it
  // ends with kNoMemory, what it has changed so far stays. kTableType: kReplace in a bag; kBadArg: a
  // replacement that is no row or has another key, which changes nothing.
  virtual Status Select(SelectRequest& request, Reply& reply, SelectResult& result) noexcept = 0;

  // Appends figures about the layout as doubles, for diagnosis. Hash tables: buckets, rows in them, sum of
  // the squares of rows per bucket, fewest and most rows of a bucket, remembered keys, and for each lock how
  // often it was waited for. Ordered tables: shards, leaves, waits, splits of large shards and of contended
  // ones, joins. Cost: one step per row, in holds of a lock that are bounded. kOk, kNoMemory.
  virtual Status Describe(Reply& reply) noexcept = 0;

  // What a reader takes before it reads the row of `key`, to know later whether that may have changed. The
  // first stamp of a table waits for every writer once. kNone where the table has none to give.
  virtual RowStamp Stamp(Bytes key) noexcept = 0;
  // For who gives and takes away tables and rights.
  virtual RowVersions& versions() noexcept { return versions_; }

  // Rows that are in the table. Waits for an insertMany, of which it never counts a part.
  virtual std::uint64_t Size() const noexcept = 0;
  // Bytes taken from the system for this table.
  virtual std::size_t Memory() const noexcept = 0;
  // How often an operation has waited for a lock of the table.
  virtual std::uint64_t Waits() const noexcept = 0;

 protected:
  Epochs& epochs() const noexcept { return epochs_; }
  static bool AppendNumber(Reply& reply, double number) noexcept {
    std::uint8_t* at = reply.Extend(sizeof(number));
    if (at != nullptr) Store(at, number);
    return at != nullptr;
  }

  // Traversals that deliver several rows share it for one call, operations on several rows hold it alone:
  // a chunk never shows a part of an insertMany, nor does Size(). Point operations do not touch it.
  mutable Gate gate_;
  RowVersions versions_;

  // Relaxed: Fix() of a hash table passes through every stripe's lock, under which it is read.
  std::atomic<std::uint32_t> fixes_{0};

 private:
  const TableTraits traits_;
  Epochs& epochs_;
};

}  // namespace termstore
