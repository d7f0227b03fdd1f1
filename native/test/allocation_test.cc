// Every operation of every kind of table with each of its allocations failing in turn: alone, and together
// with all that follow. An operation that says so has changed nothing; one that ends well did all of it.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "core/table/counter.h"
#include "core/table/element.h"
#include "core/table/frames.h"
#include "core/table/ordered_table.h"
#include "test/support/faults.h"
#include "test/support/hash_rows.h"
#include "test/support/matching.h"

#if defined(TERMSTORE_TEST_FAULTS)
namespace termstore::test {
namespace {

struct Kind {
  const char* name;
  TableType type;
  WriteConcurrency write = WriteConcurrency::kOff;
  bool compressed = false;
  bool fixed = false;
};
constexpr Kind kKinds[] = {
    {"set", TableType::kSet},
    {"striped set", TableType::kSet, WriteConcurrency::kOn},
    {"set that adapts", TableType::kSet, WriteConcurrency::kAuto},
    {"compressed set", TableType::kSet, WriteConcurrency::kOff, true},
    {"fixed set", TableType::kSet, WriteConcurrency::kOff, false, true},
    {"bag", TableType::kBag},
    {"fixed striped bag", TableType::kBag, WriteConcurrency::kOn, false, true},
    {"duplicate bag", TableType::kDuplicateBag},
    {"compressed duplicate bag", TableType::kDuplicateBag, WriteConcurrency::kOff, true},
    {"ordered set", TableType::kOrderedSet},
    {"compressed ordered set", TableType::kOrderedSet, WriteConcurrency::kOff, true},
};

constexpr std::int32_t kRows = 90;
// A row beyond the cells of an arena: it has a block of memory of its own.
const Term& Large() {
  static const Term large = String(std::string(20000, 'l'));
  return large;
}
std::vector<Term> Batch() {
  std::vector<Term> rows;
  for (std::int32_t i = 80; i < 130; ++i)
    rows.push_back(Row({Int(i), i % 10 == 0 ? Large() : String("batch"), Int(i)}));
  return rows;
}

// A table with the same rows each time.
struct World {
  static constexpr HashSecret kSecret{{11, 22, 33, 45}};

  Kind kind;
  Epochs epochs;
  VersionWords version_words;
  Caller caller{epochs};
  std::unique_ptr<Table> table;
  OrderedTable* ordered = nullptr;

  explicit World(const Kind& which) : kind(which) {
    TableTraits traits;
    traits.type = kind.type;
    traits.write_concurrency = kind.write;
    const auto make = [this](const TableTraits& of) -> std::unique_ptr<Table> {
      if (of.type != TableType::kOrderedSet) return HashTable::Make(of, epochs, kSecret, {100, 1 << 20});
      std::unique_ptr<OrderedTable> made = OrderedTable::Make(of, epochs, {16, 4096});
      ordered = made.get();
      return made;
    };
    table = kind.compressed ? MakeCompressed(traits, epochs, make) : make(traits);
    table->versions().Offer(version_words, IsOrdered() ? VersionWords::kLeastBits : 8);
    if (kind.fixed) Call([](Table& it, Reply&) { return it.Fix(), Status::kOk; });
    for (std::int32_t i = 0; i < kRows; ++i)
      REQUIRE(caller.Insert(*table, Row({Int(i), String("row"), Int(i)})) == Status::kOk);
    // Several rows of a key where there can be some, and one that is large.
    for (std::int32_t i = 0; i < 5; ++i)
      REQUIRE(caller.Insert(*table, Row({Int(7), String("more"), Int(i)})) == Status::kOk);
    REQUIRE(caller.Insert(*table, Row({Int(8), Large(), Int(8)})) == Status::kOk);
  }

  template <typename Body>
  Status Call(Body body) {
    return caller.Call([&](Reply& reply) { return body(*table, reply); });
  }
  bool IsOrdered() const { return kind.type == TableType::kOrderedSet; }
  bool IsBag() const { return kind.type == TableType::kBag || kind.type == TableType::kDuplicateBag; }

  // Every row, in the order of its bytes.
  std::vector<Term> Rows() {
    std::vector<Term> rows = IsOrdered() ? caller.Range(*table, {}) : ScanAll(caller, *table, 1000, [] {});
    REQUIRE(rows.size() == caller.Size(*table));
    if (ordered != nullptr) REQUIRE(ordered->Check() == nullptr);
    std::sort(rows.begin(), rows.end());
    return rows;
  }
};

// A selection in one slice.
Status Select(World& world, SelectMode mode, const Code& result_of) {
  const Code code = Program({{3, RowOf({Bind(0), Bind(1), Bind(2)}), {}, {result_of}}});
  MatchProgram program;
  REQUIRE(MatchProgram::Parse({code.data(), code.size()}, &program) == Status::kOk);
  MatchRun run(program, kSelf);
  SelectRequest request;
  request.mode = mode;
  request.run = &run;
  SelectResult result;
  return world.Call([&](Table& it, Reply& reply) { return it.Select(request, reply, result); });
}

struct Operation {
  const char* name;
  std::function<Status(World&)> run;
  // What has no effect as a whole, but row by row.
  bool row_by_row = false;
};

#define TABLE_CALL(expression)                                                               \
  [](World& world) {                                                                         \
    return world.Call([&](Table& it, [[maybe_unused]] Reply& reply) { return expression; }); \
  }

Status Export(World& world) {
  TableExport out;
  while (!out.done()) {
    const Status fetched = world.Call([&](Table& it, Reply&) { return out.Fetch(it); });
    if (fetched != Status::kOk) return fetched;
    if (const Status framed = out.Frame(); framed != Status::kOk) return framed;
  }
  return Status::kOk;
}

Status Import(World& world) {
  Term rows;
  const std::vector<Term> batch = Batch();
  for (const Term& row : batch) {
    Append(rows, static_cast<std::uint32_t>(row.size()));
    rows.insert(rows.end(), row.begin(), row.end());
  }
  Term frame;
  Append(frame, kFrameOfRows);
  Append(frame, static_cast<std::uint32_t>(rows.size()));
  Append(frame, static_cast<std::uint32_t>(batch.size()));
  frame.insert(frame.end(), rows.begin(), rows.end());
  TableImport in;
  if (!in.Begin(frame.size())) return Status::kNoMemory;
  REQUIRE(in.Feed(View(frame)));
  return world.Call([&](Table& it, Reply&) { return in.Insert(it); });
}

Status Counters(World& world) {
  Term operations;
  for (const std::uint32_t position : {2u, 2u}) {
    Append(operations, position);
    operations.push_back(0);
    const Term increment = BigInt(std::int64_t{1} << 40);
    const Term number = Int(1 << 30);
    const Term& used = position == 2 ? number : increment;
    operations.insert(operations.end(), used.begin(), used.end());
  }
  CounterList list(View(operations), 2, 0);
  const Term key = Int(3);
  return world.Call([&](Table& it, Reply&) { return it.Edit(View(key), list, nullptr); });
}

Status Elements(World& world, std::int32_t key_number, bool with_fallback) {
  const Term value = Large();
  const ElementChange changes[] = {{1, View(value)}};
  ElementEditor editor(changes, 1, 0);
  const Term key = Int(key_number);
  const Term fallback = Row({Int(key_number), String("fallback"), Int(0)});
  const RowInput row = Input(fallback);
  return world.Call(
      [&](Table& it, Reply&) { return it.Edit(View(key), editor, with_fallback ? &row : nullptr); });
}

std::vector<Operation> Operations() {
  static const Term key = Int(7);
  static const Term large = Int(8);
  static const Term fresh = Row({Int(1000), String("fresh"), Int(0)});
  static const Term fresh_large = Row({Int(1000), Large(), Int(0)});
  static const Term over = Row({Int(7), String(std::string(300, 'o')), Int(0)});
  return {
      {"insert", [](World& world) { return world.caller.Insert(*world.table, fresh); }},
      {"insert a large row", [](World& world) { return world.caller.Insert(*world.table, fresh_large); }},
      {"overwrite", [](World& world) { return world.caller.Insert(*world.table, over); }},
      {"insertNew", [](World& world) { return world.caller.InsertNew(*world.table, fresh); }},
      {"insertMany", [](World& world) { return world.caller.InsertMany(*world.table, Batch()); }},
      {"delete", [](World& world) { return world.caller.Delete(*world.table, key); }},
      {"deleteObject",
       [](World& world) {
         return world.caller.DeleteObject(*world.table, Row({Int(7), String("more"), Int(4)}));
       }},
      {"take", [](World& world) { return world.caller.Take(*world.table, large); }},
      {"lookup", [](World& world) { return world.caller.Lookup(*world.table, large); }},
      {"lookupElement", TABLE_CALL(it.LookupElement(View(large), 1, reply))},
      {"step", TABLE_CALL(it.Step(Direction::kForward, View(key), StepPart::kRows, reply))},
      {"slot", TABLE_CALL(it.Slot(1, reply))},
      {"describe", TABLE_CALL(it.Describe(reply))},
      {"stamp", TABLE_CALL((it.Stamp(View(key)), Status::kOk))},
      {"updateCounter", Counters},
      {"updateElement", [](World& world) { return Elements(world, 3, false); }},
      {"updateElement with a default", [](World& world) { return Elements(world, 1000, true); }},
      {"scan",
       [](World& world) {
         HashCursor cursor;
         ChunkResult result;
         return world.Call([&](Table& it, Reply& reply) {
           return world.IsOrdered() ? it.Range({}, reply, result) : it.Scan(cursor, {}, reply, result);
         });
       }},
      {"select",
       [](World& world) {
         return Select(world, SelectMode::kResults, MakeArray({Var(1), Var(0)}));
       }},
      {"select rows", [](World& world) { return Select(world, SelectMode::kRows, WholeRow()); }},
      {"select count", [](World& world) { return Select(world, SelectMode::kCount, Const(True())); }},
      {"select delete", [](World& world) { return Select(world, SelectMode::kDelete, Const(True())); }, true},
      {"select take", [](World& world) { return Select(world, SelectMode::kTake, WholeRow()); }, true},
      {"select replace",
       [](World& world) {
         return Select(world, SelectMode::kReplace, MakeArray({Var(0), Var(1), Var(1)}));
       },
       true},
      {"export", Export},
      {"import", Import, true},
      {"deleteAll", [](World& world) { return world.caller.DeleteAll(*world.table); }},
      {"unfix",
       [](World& world) {
         const Status deleted = world.caller.Delete(*world.table, key);
         if (deleted != Status::kOk || !world.kind.fixed) return deleted;
         return world.Call([](Table& it, Reply&) { return it.Unfix(), Status::kOk; });
       }},
  };
}

// Whether each row is as it was or as it should become.
bool IsBetween(const std::vector<Term>& rows, const std::vector<Term>& before,
               const std::vector<Term>& after) {
  const auto has = [](const std::vector<Term>& all, const Term& row) {
    return std::binary_search(all.begin(), all.end(), row);
  };
  return std::all_of(rows.begin(), rows.end(),
                     [&](const Term& row) { return has(before, row) || has(after, row); });
}

// Fails the allocation number `n` of one operation in a new world. False: it has no such allocation.
bool Fail(const Kind& kind, const Operation& operation, std::uint32_t n, std::uint32_t failures,
          const std::vector<Term>& before, const std::vector<Term>& after, const Term& answer,
          Status wanted) {
  World world(kind);
  std::uint32_t failed = 0;
  Status status = Status::kOk;
  {
    const Shortage shortage(n, failures);
    status = operation.run(world);
    failed = shortage.failures();
  }
  const Term answered = world.caller.answer();
  INFO(std::string(kind.name) << ", " << std::string(operation.name) << ", allocation " << n);
  const std::vector<Term> rows = world.Rows();
  if (status == Status::kNoMemory) {
    REQUIRE(failed > 0);
    if (operation.row_by_row) {
      REQUIRE(IsBetween(rows, before, after));
    } else {
      REQUIRE(rows == before);
    }
    // The store works as if nothing had been.
    (void)operation.run(world);
  } else {
    REQUIRE(status == wanted);
    REQUIRE(answered == answer);
  }
  // Deletions under a fixation may leave a ghost less or more, rows never.
  if (status != Status::kNoMemory || !operation.row_by_row) REQUIRE(world.Rows() == after);
  REQUIRE(world.epochs.lost() == 0);
  return failed > 0;
}

}  // namespace

TEST_CASE("whichever allocation of an operation fails, it says so and changes nothing, or does all of it") {
  std::uint64_t failures = 0;
  for (const Kind& kind : kKinds) {
    for (const Operation& operation : Operations()) {
      World reference(kind);
      const std::vector<Term> before = reference.Rows();
      const Status wanted = operation.run(reference);
      const Term answer = reference.caller.answer();
      const std::vector<Term> after = reference.Rows();
      REQUIRE(wanted != Status::kNoMemory);
      for (const std::uint32_t many : {1u, Shortage::kAll}) {
        for (std::uint32_t n = 0; Fail(kind, operation, n, many, before, after, answer, wanted); ++n)
          ++failures;
      }
    }
  }
  CHECK(failures > 2000);
}

}  // namespace termstore::test
#endif
