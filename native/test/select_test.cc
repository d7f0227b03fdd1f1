// Selections in slices against a model, in every kind of table.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "core/table/ordered_table.h"
#include "test/support/faults.h"
#include "test/support/hash_rows.h"
#include "test/support/matching.h"

namespace termstore::test {
namespace {

enum class Kind { kSet, kStripedSet, kBag, kDuplicateBag, kOrdered, kOneShard, kPackedSet, kPackedOrdered };
constexpr Kind kKinds[] = {Kind::kSet,     Kind::kStripedSet, Kind::kBag,       Kind::kDuplicateBag,
                           Kind::kOrdered, Kind::kOneShard,   Kind::kPackedSet, Kind::kPackedOrdered};

// Rows [key, number], and what is in the table.
struct Subject {
  Rng rng;
  HashSecret secret;
  Epochs epochs;
  Caller caller{epochs};
  Kind kind;
  std::unique_ptr<Table> table;
  OrderedTable* ordered = nullptr;  // the table, or the one of packed rows within it
  std::multiset<Term> rows;

  Subject(std::uint64_t seed, Kind which) : rng(seed), secret(CollidingSecret(rng)), kind(which) {
    TableTraits traits;
    if (is_ordered()) traits.type = TableType::kOrderedSet;
    if (kind == Kind::kBag) traits.type = TableType::kBag;
    if (kind == Kind::kDuplicateBag) traits.type = TableType::kDuplicateBag;
    if (kind == Kind::kStripedSet) traits.write_concurrency = WriteConcurrency::kOn;
    const auto make = [this](const TableTraits& of) { return MakeTable(of); };
    const bool packed = kind == Kind::kPackedSet || kind == Kind::kPackedOrdered;
    table = packed ? MakeCompressed(traits, epochs, make) : make(traits);
  }
  std::unique_ptr<Table> MakeTable(const TableTraits& traits) {
    if (!is_ordered()) return HashTable::Make(traits, epochs, secret);
    // Many small shards, or one of many leaves.
    const OrderedLimits limits = kind == Kind::kOneShard ? OrderedLimits{} : OrderedLimits{64, 16384};
    std::unique_ptr<OrderedTable> made = OrderedTable::Make(traits, epochs, limits);
    ordered = made.get();
    return made;
  }
  bool is_ordered() const {
    return kind == Kind::kOrdered || kind == Kind::kOneShard || kind == Kind::kPackedOrdered;
  }
  bool is_bag() const { return kind == Kind::kBag || kind == Kind::kDuplicateBag; }

  Term NewKey() {
    const auto n = static_cast<std::uint32_t>(rng.Below(kind == Kind::kOneShard ? 2000 : 400));
    return n < 40 ? CollidingKey(n) : Int(static_cast<std::int32_t>(n));
  }
  void Insert(const Term& key, std::int32_t number) {
    const Term row = Row({key, Int(number)});
    REQUIRE(caller.Insert(*table, row) == Status::kOk);
    if (!is_bag()) {
      const auto same = std::find_if(rows.begin(), rows.end(), [&](const Term& present) {
        return Copy(RowElement(View(present), 0)) == key;
      });
      if (same != rows.end()) rows.erase(same);
    }
    if (kind != Kind::kBag || rows.count(row) == 0) rows.insert(row);
  }
  void Fill(int count) {
    for (int i = 0; i < count; ++i) Insert(NewKey(), static_cast<std::int32_t>(rng.Below(100)));
  }
  static std::int32_t NumberOf(const Term& row) {
    return Load<std::int32_t>(RowElement(View(row), 1).data + 1);
  }
  std::multiset<Term> Having(std::int32_t modulus, std::int32_t rest) const {
    std::multiset<Term> found;
    for (const Term& row : rows) {
      if (NumberOf(row) % modulus == rest) found.insert(row);
    }
    return found;
  }
  // The table holds what the model holds.
  void CheckRows() {
    std::multiset<Term> found;
    SelectRequest request;
    REQUIRE(Select(request, 50, nullptr, [&](const Term& row) { found.insert(row); }) == Status::kOk);
    CHECK(found == rows);
    CHECK(caller.Size(*table) == rows.size());
    if (is_ordered()) CHECK(ordered->Check() == nullptr);
  }

  // All slices of `request`, each of at most about `visits` rows; `between` runs between two.
  template <typename Take>
  Status Select(SelectRequest request, std::uint32_t visits, std::uint64_t* affected, Take take,
                void (*between)(Subject&) = nullptr) {
    request.limits.max_visits = visits;
    Term last;
    for (std::uint32_t slice = 0;; ++slice) {
      SelectResult result;
      const Status status = caller.Call([&](Reply& reply) { return table->Select(request, reply, result); });
      if (affected != nullptr) *affected += result.affected;
      if (status != Status::kOk) return status;
      const Term answer = caller.answer();
      std::size_t at = 0;
      for (std::uint32_t i = 0; i < result.results; ++i) {
        const auto size = Load<std::uint32_t>(answer.data() + at);
        const auto start = answer.begin() + static_cast<std::ptrdiff_t>(at + 4);
        take(Term(start, start + size));
        at += 4 + size;
      }
      if (result.last_key_size > 0) {
        CHECK(at == result.last_key_offset);
        CHECK(at + result.last_key_size == answer.size());
        last.assign(answer.begin() + static_cast<std::ptrdiff_t>(at), answer.end());
        Bound& reached = request.direction == Direction::kForward ? request.lower : request.upper;
        reached = {Bound::Kind::kExclusive, View(last)};
      } else {
        CHECK(at == answer.size());
      }
      if (result.done) return status;
      REQUIRE(slice < 10000);
      if (between != nullptr) between(*this);
    }
  }
};

Code HavingProgram(std::int32_t modulus, std::int32_t rest, const Code& result) {
  const Code guard = Call(MatchFunction::kExactEq,
                          {Call(MatchFunction::kRem, {Var(1), Const(Int(modulus))}), Const(Int(rest))});
  return Program({{2, RowOf({Bind(0), Bind(1)}), {guard}, {result}}});
}

struct Running {
  Code code;
  MatchProgram program;
  MatchRun run;

  explicit Running(Code bytes) : code(std::move(bytes)), program(Parsed(code)), run(program, 0) {}
  static MatchProgram Parsed(const Code& code) {
    MatchProgram program;
    REQUIRE(MatchProgram::Parse({code.data(), code.size()}, &program) == Status::kOk);
    return program;
  }
};

void InsertAndDeleteOthers(Subject& subject) {
  // Strings that no test looks for, so many of them that the table grows and shrinks far beyond its size.
  const bool grow = subject.rng.OneIn(2);
  for (int i = 0; i < 1500; ++i) {
    const Term key = String("other " + std::to_string(i));
    if (grow) {
      REQUIRE(subject.caller.Insert(*subject.table, Row({key, Int(-1)})) == Status::kOk);
    } else {
      (void)subject.caller.Delete(*subject.table, key);
    }
  }
}

SelectRequest Request(SelectMode mode, Running& running, Direction direction = Direction::kForward) {
  SelectRequest request;
  request.mode = mode;
  request.run = &running.run;
  request.direction = direction;
  return request;
}

}  // namespace

TEST_CASE("selections find, count, delete, take and replace what a model does, whatever their slices") {
  for (const Kind kind : kKinds) {
    for (std::uint64_t round = 0; round < Scaled(12); ++round) {
      Subject subject(RunSeed() + round, kind);
      const Term is_true = True();
      for (int step = 0; step < 12; ++step) {
        subject.Fill(static_cast<int>(subject.rng.Below(kind == Kind::kOneShard ? 1500 : 300)));
        const auto modulus = static_cast<std::int32_t>(1 + subject.rng.Below(5));
        const auto rest = static_cast<std::int32_t>(subject.rng.Below(static_cast<std::uint64_t>(modulus)));
        const auto visits =
            static_cast<std::uint32_t>(1 + subject.rng.Below(subject.rng.OneIn(2) ? 10 : 500));
        const Direction way = subject.rng.OneIn(2) ? Direction::kForward : Direction::kBackward;
        const std::multiset<Term> wanted = subject.Having(modulus, rest);
        std::multiset<Term> found;
        std::vector<Term> in_order;
        std::uint64_t affected = 0;
        const auto take = [&](const Term& row) {
          found.insert(row);
          in_order.push_back(row);
        };
        const auto mode = static_cast<SelectMode>(subject.rng.Below(6));
        CAPTURE(static_cast<int>(kind));
        CAPTURE(static_cast<int>(mode));
        if (mode == SelectMode::kReplace && kind == Kind::kBag) continue;
        if (mode == SelectMode::kResults) {
          Running running(HavingProgram(modulus, rest, MakeArray({Var(0), Var(1)})));
          REQUIRE(subject.Select(Request(mode, running, way), visits, &affected, take) == Status::kOk);
          CHECK(found.size() == wanted.size());
        } else if (mode == SelectMode::kRows) {
          Running running(HavingProgram(modulus, rest, WholeRow()));
          REQUIRE(subject.Select(Request(mode, running, way), visits, &affected, take) == Status::kOk);
          CHECK(found == wanted);
        } else if (mode == SelectMode::kReplace) {
          Running running(
              HavingProgram(modulus, rest, MakeArray({Var(0), Const(Int(77)), Const(String("longer"))})));
          REQUIRE(subject.Select(Request(mode, running, way), visits, &affected, take) == Status::kOk);
          CHECK(affected == wanted.size());
          Running back(Program({{2, RowOf({Bind(0), Bind(1), Any()}), {}, {MakeArray({Var(0), Var(1)})}}}));
          std::uint64_t again = 0;
          REQUIRE(subject.Select(Request(mode, back, way), visits, &again, take) == Status::kOk);
          CHECK(again == affected);
          for (const Term& row : wanted) {
            subject.rows.erase(subject.rows.find(row));
            subject.rows.insert(Row({Copy(RowElement(View(row), 0)), Int(77)}));
          }
        } else {
          Running running(HavingProgram(modulus, rest, Const(is_true)));
          REQUIRE(subject.Select(Request(mode, running, way), visits, &affected, take) == Status::kOk);
          CHECK(affected == wanted.size());
          if (mode == SelectMode::kTake) CHECK(found == wanted);
          if (mode != SelectMode::kCount)
            for (const Term& row : wanted) subject.rows.erase(subject.rows.find(row));
        }
        if (subject.is_ordered() && (mode == SelectMode::kRows || mode == SelectMode::kTake)) {
          const bool sorted =
              std::is_sorted(in_order.begin(), in_order.end(), [&](const Term& a, const Term& b) {
                const int order = CompareTerms(RowElement(View(a), 0), RowElement(View(b), 0));
                return way == Direction::kForward ? order < 0 : order > 0;
              });
          CHECK(sorted);
        }
        subject.CheckRows();
      }
    }
  }
}

TEST_CASE("rows are counted without being looked at where every one counts") {
  const std::vector<std::pair<Clause, bool>> clauses = {
      {{0, Any(), {}, {Const(True())}}, true},
      {{1, Bind(0), {}, {Const(False()), Const(True())}}, true},
      {{0, Any(), {}, {Const(False())}}, false},
      {{0, Any(), {}, {Const(True()), Const(String("true"))}}, false},
      {{0, Any(), {Const(False())}, {Const(True())}}, false},
      {{1, Bind(0), {}, {Var(0)}}, false},
  };
  for (const Kind kind : kKinds) {
    for (const auto& [clause, all] : clauses) {
      Subject subject(RunSeed(), kind);
      subject.Fill(700);
      Running running(Program({clause}));
      for (const std::uint32_t visits : {7u, 100u, 10000u}) {
        std::uint64_t counted = 0;
        REQUIRE(subject.Select(Request(SelectMode::kCount, running), visits, &counted, [](const Term&) {}) ==
                Status::kOk);
        CHECK(counted == (all ? subject.rows.size() : 0));
      }
    }
    // Whatever part of the table is asked for.
    Subject subject(RunSeed(), kind);
    subject.Fill(700);
    Running all(Program({clauses[0].first}));
    Running rows(Program({{0, Any(), {}, {WholeRow()}}}));
    for (std::int32_t i = 0; i < 400; i += 37) {
      SelectRequest request = Request(SelectMode::kCount, all);
      SelectRequest looking = Request(SelectMode::kRows, rows);
      const Term key = Int(i);
      request.lower = looking.lower = {Bound::Kind::kExclusive, View(key)};
      request.cursor.position = looking.cursor.position = std::uint64_t{subject.rng.Next()} >> 32;
      std::uint64_t counted = 0;
      std::uint64_t met = 0;
      REQUIRE(subject.Select(request, 10000, &counted, [](const Term&) {}) == Status::kOk);
      REQUIRE(subject.Select(looking, 10000, nullptr, [&](const Term&) { ++met; }) == Status::kOk);
      CHECK(counted == met);
    }
  }
}

TEST_CASE("rows that stay are selected exactly once while others come and go between the slices") {
  for (const Kind kind : kKinds) {
    for (std::uint64_t round = 0; round < Scaled(6); ++round) {
      Subject subject(RunSeed() + round, kind);
      subject.Fill(300);
      for (const SelectMode mode : {SelectMode::kRows, SelectMode::kTake}) {
        Running running(mode == SelectMode::kRows ? HavingProgram(3, 1, WholeRow())
                                                  : HavingProgram(3, 1, Const(True())));
        std::multiset<Term> found;
        REQUIRE(subject.Select(
                    Request(mode, running), static_cast<std::uint32_t>(10 + subject.rng.Below(60)), nullptr,
                    [&](const Term& row) { found.insert(row); }, InsertAndDeleteOthers) == Status::kOk);
        CHECK(found == subject.Having(3, 1));
      }
    }
  }
}

TEST_CASE("given keys are looked up alone, and a key that is not there is none") {
  for (const Kind kind : {Kind::kSet, Kind::kStripedSet, Kind::kDuplicateBag}) {
    Subject subject(RunSeed(), kind);
    subject.Fill(500);
    std::vector<Term> keys;
    for (std::uint32_t i = 0; i < 40; i += 3) keys.push_back(CollidingKey(i));
    keys.push_back(String("nowhere"));
    std::vector<Bytes> views;
    for (const Term& key : keys) views.push_back(View(key));
    std::multiset<Term> wanted;
    for (const Term& row : subject.rows) {
      const Term key = Copy(RowElement(View(row), 0));
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) wanted.insert(row);
    }
    REQUIRE(!wanted.empty());
    SelectRequest request;
    request.keys = views.data();
    request.key_count = static_cast<std::uint32_t>(views.size());
    std::multiset<Term> found;
    REQUIRE(subject.Select(request, 3, nullptr, [&](const Term& row) { found.insert(row); }) == Status::kOk);
    CHECK(found == wanted);
  }
}

TEST_CASE("a replacement with another key, or none at all, is refused and changes nothing") {
  for (const Kind kind :
       {Kind::kSet, Kind::kDuplicateBag, Kind::kOrdered, Kind::kPackedSet, Kind::kPackedOrdered}) {
    Subject subject(RunSeed(), kind);
    subject.Fill(50);
    for (const Code& result : {MakeArray({Const(Int(12345)), Var(1)}), MakeArray({}), Var(1)}) {
      Running running(Program({{2, RowOf({Bind(0), Bind(1)}), {}, {result}}}));
      CHECK(subject.Select(Request(SelectMode::kReplace, running), 1000, nullptr, [](const Term&) {}) ==
            Status::kBadArg);
      subject.CheckRows();
    }
  }
  Subject bag(RunSeed(), Kind::kBag);
  Running running(Program({{2, RowOf({Bind(0), Bind(1)}), {}, {MakeArray({Var(0), Var(1)})}}}));
  CHECK(bag.Select(Request(SelectMode::kReplace, running), 10, nullptr, [](const Term&) {}) ==
        Status::kTableType);
}

#if defined(TERMSTORE_TEST_FAULTS)
TEST_CASE("a selection that runs out of memory leaves a whole table, with what it did so far") {
  for (const Kind kind : kKinds) {
    int failed = 0;
    for (std::uint32_t successes = 0; successes < 60; ++successes) {
      Subject subject(RunSeed() + successes, kind);
      subject.Fill(400);
      const bool replace = kind != Kind::kBag && successes % 2 == 0;
      const Code grown = MakeArray({Var(0), Var(1), Const(String(std::string(300, 'x')))});
      Running running(HavingProgram(2, 1, replace ? grown : Const(True())));
      const SelectMode mode = replace ? SelectMode::kReplace : SelectMode::kTake;
      const std::uint64_t before = subject.rows.size();
      std::uint64_t affected = 0;
      Status status = Status::kOk;
      {
        const Shortage shortage(successes);
        SelectRequest request = Request(mode, running);
        SelectResult result;
        const std::size_t rows = subject.Having(2, 1).size();
        REQUIRE(rows > 0);
        status =
            subject.caller.Call([&](Reply& reply) { return subject.table->Select(request, reply, result); });
        affected = result.affected;
      }
      failed += status == Status::kOk ? 0 : 1;
      if (status != Status::kOk) CHECK(status == Status::kNoMemory);
      const std::uint64_t now = subject.caller.Size(*subject.table);
      CHECK(now == (replace ? before : before - affected));
      if (subject.is_ordered()) CHECK(subject.ordered->Check() == nullptr);
      SelectRequest all;
      std::uint64_t found = 0;
      REQUIRE(subject.Select(all, 100, nullptr, [&](const Term&) { ++found; }) == Status::kOk);
      CHECK(found == now);
    }
    CHECK(failed > 0);
  }
}
#endif

}  // namespace termstore::test
