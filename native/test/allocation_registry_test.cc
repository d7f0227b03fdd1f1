// Every operation of the registry with each of its allocations failing in turn, and what a thread's end and
// the end of a table do without any memory.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/registry/registry.h"
#include "test/support/caller.h"
#include "test/support/compressing.h"
#include "test/support/faults.h"
#include "test/support/values.h"

#if defined(TERMSTORE_TEST_FAULTS)
namespace termstore::test {
namespace {

// Two threads, a few tables, some of them named.
struct Tables {
  static constexpr OwnerId kOwner = 1;
  static constexpr OwnerId kOther = 2;

  HashSecret secret{{1, 3, 5, 7}};
  Epochs epochs;
  VersionWords version_words;
  Registry registry{epochs, secret, version_words};
  Caller caller{epochs};
  TableId first = 0;

  Tables() {
    registry.OfferCompressor(&TestCompressor());
    for (const OwnerId owner : {kOwner, kOther}) REQUIRE(registry.Join(owner) != nullptr);
    REQUIRE(Create("first", TableType::kSet, false, &first) == Status::kOk);
    // Names fill their buckets.
    for (int i = 0; i < 63; ++i) {
      TableId ignored = 0;
      REQUIRE(Create("table " + std::to_string(i), TableType::kSet, false, &ignored) == Status::kOk);
    }
  }
  Status Create(const std::string& name, TableType type, bool compressed, TableId* id,
                OwnerId owner = kOwner) {
    NewTable options;
    options.name = Name(name);
    options.named = true;
    options.owner = owner;
    options.traits.type = type;
    options.traits.compressed = compressed;
    return caller.Call([&](Reply&) { return registry.Create(std::move(options), id); });
  }
  static Bytes Name(const std::string& name) {
    return {reinterpret_cast<const std::uint8_t*>(name.data()), name.size()};
  }
  // Everything that anybody can ask for.
  std::vector<std::string> Everything() {
    PodArray<TableId> ids;
    REQUIRE(registry.All(&ids));
    REQUIRE(ids.size() == registry.size());
    std::vector<std::string> lines;
    for (const TableId id : ids) {
      Ownership ownership;
      REQUIRE(registry.Describe(id, &ownership) == Status::kOk);
      REQUIRE(caller.Call([&](Reply& reply) { return registry.Name(id, reply); }) == Status::kOk);
      const std::string name(caller.answer().begin(), caller.answer().end());
      REQUIRE(registry.Whereis(Name(name)) == id);
      std::uint32_t holders = 0;
      caller.Call([&](Reply& reply) {
        double since = 0;
        REQUIRE(registry.Find(id)->fixations.Describe(reply, &since) == Status::kOk);
        holders = static_cast<std::uint32_t>(reply.size() / 8);
        return 0;
      });
      lines.push_back(name + " of " + std::to_string(ownership.owner) + " heir " +
                      std::to_string(ownership.heir) + " gift " + std::to_string(ownership.gift_bytes) +
                      " fixed by " + std::to_string(holders));
    }
    lines.push_back("events " + std::to_string(registry.Events()));
    return lines;
  }
};

using RegistryCall = std::function<Status(Tables&)>;

Status Create(Tables& it, TableType type, bool compressed, OwnerId owner = Tables::kOwner) {
  TableId id = 0;
  return it.Create("a new one", type, compressed, &id, owner);
}

// What a table is given away with.
const Term& Gift() {
  static const Term gift = String(std::string(20000, 'l'));
  return gift;
}

Status GiveAway(Tables& it) {
  EventPtr event = MakeEvent(View(Gift()));
  if (!event) return Status::kNoMemory;
  return it.registry.GiveAway(it.first, Tables::kOwner, Tables::kOther, std::move(event));
}

Status SetHeir(Tables& it) {
  NewOptions options;
  options.set_heir = true;
  options.heir.thread = Tables::kOther;
  options.heir.gift = MakeEvent(View(Gift()));
  if (!options.heir.gift) return Status::kNoMemory;
  return it.registry.SetOptions(it.first, Tables::kOwner, std::move(options));
}

Status Fix(Tables& it) {
  return it.caller.Call([&](Reply&) {
    TableEntry& entry = *it.registry.Find(it.first);
    return entry.fixations.Fix(*entry.table, Tables::kOther, 1);
  });
}

}  // namespace

TEST_CASE("whichever allocation of the registry fails, it says so and nothing is half there") {
  const std::pair<const char*, RegistryCall> calls[] = {
      {"create a set", [](Tables& it) { return Create(it, TableType::kSet, false); }},
      {"create a bag", [](Tables& it) { return Create(it, TableType::kBag, false); }},
      {"create an ordered set", [](Tables& it) { return Create(it, TableType::kOrderedSet, false); }},
      {"create a compressed set", [](Tables& it) { return Create(it, TableType::kSet, true); }},
      {"create for a thread that nobody knows",
       [](Tables& it) { return Create(it, TableType::kSet, false, 77); }},
      {"rename",
       [](Tables& it) {
         const std::string name(200, 'n');
         return it.caller.Call([&](Reply&) { return it.registry.Rename(it.first, Tables::Name(name)); });
       }},
      {"join", [](Tables& it) { return it.registry.Join(3) != nullptr ? Status::kOk : Status::kNoMemory; }},
      {"give away", GiveAway},
      {"set an heir", SetHeir},
      {"fix", Fix},
  };
  for (const auto& one : calls) {
    // By names of their own: the message captures them, which C++20 compilers do not all allow of a
    // structured binding.
    const char* const name = one.first;
    const RegistryCall& call = one.second;
    Tables reference;
    const std::vector<std::string> before = reference.Everything();
    REQUIRE(call(reference) == Status::kOk);
    const std::vector<std::string> after = reference.Everything();
    std::uint32_t failures = 0;
    for (std::uint32_t n = 0; n <= failures; ++n) {
      Tables it;
      Status status = Status::kOk;
      {
        const Shortage shortage(n, 1);
        status = call(it);
        failures += shortage.failures();
      }
      INFO(std::string(name) << ", allocation " << n);
      REQUIRE(it.Everything() == (status == Status::kOk ? after : before));
      REQUIRE((status == Status::kOk || status == Status::kNoMemory));
      if (status == Status::kNoMemory) REQUIRE(call(it) == Status::kOk);
      REQUIRE(it.Everything() == after);
    }
    CHECK(failures > 0);
  }
}

TEST_CASE("a thread ends and a table is dropped without any memory") {
  Tables it;
  REQUIRE(SetHeir(it) == Status::kOk);
  REQUIRE(Fix(it) == Status::kOk);
  {
    const Shortage none(0);
    it.caller.Call([&](Reply&) {
      it.registry.ReleaseFixations(Tables::kOther);
      it.registry.Leave(Tables::kOwner);
      return 0;
    });
    CHECK(it.registry.size() == 1);  // the heir's
    it.caller.Call([&](Reply&) {
      it.registry.Leave(Tables::kOther);
      return 0;
    });
    CHECK(it.registry.size() == 0);
    it.epochs.Collect();
  }
  CHECK(it.epochs.pending() == 0);
  CHECK(it.epochs.lost() == 0);
}

}  // namespace termstore::test
#endif
