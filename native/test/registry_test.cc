// The registry: names and numbers of tables, and what happens when threads disagree about them.
#include "core/registry/registry.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <string>

#include "test/support/caller.h"
#include "test/support/seed.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

struct Subject {
  HashSecret secret{{1, 3, 5, 7}};
  Epochs epochs;
  VersionWords version_words;
  Registry registry{epochs, secret, version_words};
  Caller caller{epochs};

  Status Create(const std::string& name, TableId* id, bool named = false, OwnerId owner = 1) {
    return CreateIn(caller, name, id, named, owner);
  }
  Status CreateIn(Caller& in, const std::string& name, TableId* id, bool named, OwnerId owner) {
    NewTable options;
    options.name = {reinterpret_cast<const std::uint8_t*>(name.data()),
                    static_cast<std::uint32_t>(name.size())};
    options.named = named;
    options.owner = owner;
    options.traits.type = owner % 2 == 0 ? TableType::kOrderedSet : TableType::kSet;
    return in.Call([&](Reply&) { return registry.Create(std::move(options), id); });
  }
  static Bytes Name(const std::string& name) {
    return {reinterpret_cast<const std::uint8_t*>(name.data()), static_cast<std::uint32_t>(name.size())};
  }
  std::vector<TableId> All() {
    PodArray<TableId> ids;
    REQUIRE(registry.All(&ids));
    return {ids.begin(), ids.end()};
  }
  TableId Whereis(const std::string& name) { return registry.Whereis(Name(name)); }
  bool There(TableId id) {
    return caller.Call([&](Reply&) { return registry.Find(id) != nullptr; });
  }
  Status Drop(TableId id) {
    return caller.Call([&](Reply&) { return registry.Drop(id); });
  }
  Status Rename(TableId id, const std::string& name) {
    return caller.Call([&](Reply&) { return registry.Rename(id, Name(name)); });
  }
  std::string NameOf(TableId id) {
    if (caller.Call([&](Reply& reply) { return registry.Name(id, reply); }) != Status::kOk) return "(none)";
    return std::string(caller.answer().begin(), caller.answer().end());
  }
};

}  // namespace

TEST_CASE("a named table is found by its name until it is renamed or dropped") {
  Subject subject;
  TableId first = 0;
  TableId second = 0;
  TableId unnamed = 0;
  REQUIRE(subject.Create("users", &first, true) == Status::kOk);
  CHECK(subject.Create("users", &second, true) == Status::kExists);
  CHECK(subject.registry.size() == 1);
  REQUIRE(subject.Create("users", &unnamed) == Status::kOk);
  REQUIRE(subject.Create("orders", &second, true, 2) == Status::kOk);
  CHECK(subject.Whereis("users") == first);
  CHECK(subject.Whereis("nobody") == 0);
  CHECK(subject.NameOf(unnamed) == "users");
  CHECK((subject.All() == std::vector<TableId>{first, unnamed, second}));

  CHECK(subject.Rename(first, "orders") == Status::kExists);
  CHECK(subject.Whereis("users") == first);
  CHECK(subject.Rename(first, "people") == Status::kOk);
  CHECK(subject.Whereis("users") == 0);
  CHECK(subject.Whereis("people") == first);
  CHECK(subject.NameOf(first) == "people");
  // An unnamed table has a name that nobody finds it by.
  CHECK(subject.Rename(unnamed, "people") == Status::kOk);
  CHECK(subject.Whereis("people") == first);

  CHECK(subject.Drop(first) == Status::kOk);
  CHECK(subject.Drop(first) == Status::kNoTable);
  CHECK(subject.Rename(first, "x") == Status::kNoTable);
  CHECK(subject.NameOf(first) == "(none)");
  CHECK(subject.Whereis("people") == 0);
  CHECK_FALSE(subject.There(first));
  CHECK(subject.There(second));
  CHECK(subject.registry.size() == 2);
  REQUIRE(subject.Create("people", &first, true) == Status::kOk);
  CHECK(subject.Whereis("people") == first);
}

TEST_CASE("access rights follow the owner and the kind of access") {
  TableEntry entry;
  entry.owner.store(7);
  entry.access.store(Access::kProtected);
  CHECK(entry.Check(7, Right::kWrite) == Status::kOk);
  CHECK(entry.Check(8, Right::kRead) == Status::kOk);
  CHECK(entry.Check(8, Right::kWrite) == Status::kAccess);
  entry.access.store(Access::kPrivate);
  CHECK(entry.Check(8, Right::kRead) == Status::kAccess);
  CHECK(entry.Check(8, Right::kInfo) == Status::kOk);
  entry.access.store(Access::kPublic);
  CHECK(entry.Check(8, Right::kWrite) == Status::kOk);
}

TEST_CASE("a thread that ends takes its tables with it and no others") {
  Subject subject;
  std::vector<TableId> ids(9);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    REQUIRE(subject.Create("t" + std::to_string(i), &ids[i], i % 2 == 0, static_cast<OwnerId>(1 + i % 3)) ==
            Status::kOk);
  }
  subject.caller.Call([&](Reply&) {
    subject.registry.Leave(2);
    subject.registry.Leave(77);
    return 0;
  });
  CHECK(subject.registry.size() == 6);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CHECK(subject.There(ids[i]) == (i % 3 != 1));
    CHECK(subject.Whereis("t" + std::to_string(i)) == (i % 2 == 0 && i % 3 != 1 ? ids[i] : 0));
  }
}

TEST_CASE("numbers are never used twice, and pages of dropped tables are given back") {
  Subject subject;
  std::set<TableId> seen;
  std::vector<TableId> staying;
  // Three pages of numbers; of the second every table goes.
  for (std::uint32_t i = 0; i < 3 * Registry::kPageTables; ++i) {
    TableId id = 0;
    REQUIRE(subject.Create("t", &id) == Status::kOk);
    if (!seen.insert(id).second) FAIL("a number twice");
    if (i % Registry::kPageTables == 17 && i / Registry::kPageTables != 1) {
      staying.push_back(id);
    } else {
      REQUIRE(subject.Drop(id) == Status::kOk);
    }
  }
  subject.epochs.Collect();
  CHECK(subject.epochs.pending() == 0);
  CHECK(subject.registry.size() == staying.size());
  CHECK((subject.All() == staying));
  for (const TableId id : seen) {
    if (subject.There(id) != std::binary_search(staying.begin(), staying.end(), id)) FAIL("number " << id);
  }
  CHECK_FALSE(subject.There(0));
  CHECK_FALSE(subject.There(~TableId{0}));
}

TEST_CASE("a page of numbers is given back when all are used up and their tables gone, not before") {
  Subject subject;
  EpochSlot* slot = subject.epochs.Attach();
  subject.epochs.Pin(*slot);  // nothing is freed meanwhile, so pending() counts what is given back
  const auto given_back = [&](TableId id) {
    const std::size_t before = subject.epochs.pending();
    REQUIRE(subject.Drop(id) == Status::kOk);
    return subject.epochs.pending() - before;
  };
  TableId id = 0;
  REQUIRE(subject.Create("t", &id) == Status::kOk);
  CHECK(given_back(id) == 1);  // the table; the page is empty, but has numbers left
  while (id != Registry::kPageTables - 2) {
    REQUIRE(subject.Create("t", &id) == Status::kOk);
    if (given_back(id) != 1) FAIL("the page went with table " << id);
  }
  REQUIRE(subject.Create("t", &id) == Status::kOk);
  CHECK(given_back(id) == 2);  // the table and the page
  REQUIRE(subject.Create("t", &id) == Status::kOk);
  CHECK(id == Registry::kPageTables);
  CHECK(given_back(id) == 1);
  subject.epochs.Detach(slot);
}

// Interleaving: threads drop one table at the same time; each table has one winner.
TEST_CASE("of several threads that drop a table one does") {
  Subject subject;
  std::vector<TableId> ids(Scaled(2000));
  for (TableId& id : ids) REQUIRE(subject.Create("t", &id) == Status::kOk);
  std::atomic<std::uint64_t> dropped{0};
  RunInThreads(4, [&](int, ThreadFailures&) {
    Caller caller(subject.epochs);
    for (const TableId id : ids) {
      if (caller.Call([&](Reply&) { return subject.registry.Drop(id); }) == Status::kOk) dropped.fetch_add(1);
    }
  });
  CHECK(dropped == ids.size());
  CHECK(subject.registry.size() == 0);
}

// Interleaving: names are created, renamed, looked up and dropped; readers hold entries inside their pins.
TEST_CASE("a name leads to the table that has it, whatever other threads rename and drop") {
  Subject subject;
  const std::uint64_t rounds = Scaled(4000);
  std::atomic<int> writers{3};
  std::atomic<std::uint64_t> found{0};
  RunInThreads(5, [&](int thread, ThreadFailures& failures) {
    Caller caller(subject.epochs);
    Rng rng(RunSeed() + static_cast<std::uint64_t>(thread));
    if (thread < 3) {
      // Longer than planned only where readers did not get a processor.
      for (std::uint64_t i = 0; (i < rounds || (found.load() == 0 && i < 100 * rounds)) && !failures.failed();
           ++i) {
        const std::string name = "n" + std::to_string(rng.Below(3));
        TableId id = 0;
        if (subject.CreateIn(caller, name, &id, true, static_cast<OwnerId>(thread + 1)) == Status::kOk) {
          const Term row = Row({Int(1), Int(static_cast<std::int32_t>(id))});
          caller.Call([&](Reply&) {
            TableEntry* entry = subject.registry.Find(id);
            if (entry == nullptr) return Status::kNoTable;  // another thread has dropped it by its name
            return entry->table->Insert(Input(row));
          });
          const std::string other = "n" + std::to_string(rng.Below(3));
          caller.Call([&](Reply&) { return subject.registry.Rename(id, Subject::Name(other)); });
        }
        if (rng.OneIn(2)) {
          const TableId victim = subject.registry.Whereis(Subject::Name(name));
          if (victim != 0) caller.Call([&](Reply&) { return subject.registry.Drop(victim); });
        }
        if (rng.OneIn(200)) {
          caller.Call([&](Reply&) {
            subject.registry.Leave(static_cast<OwnerId>(thread + 1));
            return 0;
          });
        }
      }
      writers.fetch_sub(1);
      return;
    }
    while (writers.load() > 0 && !failures.failed()) {
      const TableId id = subject.registry.Whereis(Subject::Name("n" + std::to_string(rng.Below(3))));
      if (id == 0) continue;
      caller.Call([&](Reply& reply) {
        const TableEntry* entry = subject.registry.Find(id);
        if (entry == nullptr) return 0;
        if (entry->id != id) failures.Add("a number leads to another table");
        if (entry->table->Lookup(View(Int(1)), reply) == Status::kOk) {
          const Bytes element = RowElement({reply.data(), static_cast<std::uint32_t>(reply.size())}, 1);
          if (static_cast<TableId>(Load<std::int32_t>(element.data + 1)) != id)
            failures.Add("another table's row");
          found.fetch_add(1, std::memory_order_relaxed);  // a count, orders nothing
        }
        return 0;
      });
    }
  });
  CHECK(found > 0);
  for (OwnerId owner = 1; owner <= 3; ++owner) {
    subject.caller.Call([&](Reply&) {
      subject.registry.Leave(owner);
      return 0;
    });
  }
  CHECK(subject.registry.size() == 0);
  for (int i = 0; i < 3; ++i) CHECK(subject.Whereis("n" + std::to_string(i)) == 0);
  subject.epochs.Collect();
  CHECK(subject.epochs.pending() == 0);
}

// Interleaving: one table is renamed to and fro between two names.
TEST_CASE("a table that is renamed has one of its two names at any time") {
  Subject subject;
  TableId id = 0;
  REQUIRE(subject.Create("a", &id, true) == Status::kOk);
  std::atomic<bool> done{false};
  RunInThreads(3, [&](int thread, ThreadFailures& failures) {
    if (thread == 0) {
      Caller caller(subject.epochs);
      for (std::uint64_t i = 0; i < Scaled(20000); ++i) {
        caller.Call(
            [&](Reply&) { return subject.registry.Rename(id, Subject::Name(i % 2 == 0 ? "b" : "a")); });
      }
      done.store(true);
      return;
    }
    while (!done.load()) {
      for (const char* name : {"a", "b"}) {
        const TableId there = subject.Whereis(name);
        if (there != 0 && there != id) failures.Add("another table");
      }
    }
  });
  CHECK((subject.Whereis("a") == id) != (subject.Whereis("b") == id));
}

}  // namespace termstore::test
