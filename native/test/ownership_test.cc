// Threads that come and go, and the tables that pass between them.
#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "core/registry/registry.h"
#include "test/support/caller.h"
#include "test/support/seed.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

EventPtr Gift(std::int32_t number) {
  const Term term = Int(number);
  return MakeEvent(View(term));
}

std::int32_t NumberOf(const Event& event) { return Load<std::int32_t>(event.data().data + 1); }

struct World {
  HashSecret secret{{1, 3, 5, 7}};
  Epochs epochs;
  VersionWords version_words;
  Registry registry{epochs, secret, version_words};
  Caller caller{epochs};

  TableId Create(OwnerId owner, OwnerId heir = kNoOwner, int gift = -1) {
    return CreateIn(caller, owner, heir, gift);
  }
  TableId CreateIn(Caller& in, OwnerId owner, OwnerId heir, int gift) {
    NewTable options;
    options.name = {reinterpret_cast<const std::uint8_t*>("t"), 1};
    options.owner = owner;
    options.heir.thread = heir;
    if (gift >= 0) options.heir.gift = Gift(gift);
    TableId id = 0;
    const Status status = in.Call([&](Reply&) { return registry.Create(std::move(options), &id); });
    return status == Status::kOk ? id : 0;
  }
  OwnerId OwnerOf(TableId id) {
    Ownership ownership;
    return registry.Describe(id, &ownership) == Status::kOk ? ownership.owner : kNoOwner;
  }
  OwnerId HeirOf(TableId id) {
    Ownership ownership;
    return registry.Describe(id, &ownership) == Status::kOk ? ownership.heir : kNoOwner;
  }
};

// A waker that counts, and refuses from a number of calls on.
struct Bell {
  std::uint64_t rings = 0;  // guarded by the mailbox's lock
  std::uint64_t most = ~0u;
  Waker waker() {
    return {[](void* context) {
              auto* bell = static_cast<Bell*>(context);
              return ++bell->rings < bell->most;
            },
            this};
  }
};

}  // namespace

TEST_CASE("a mailbox keeps events in order, and the newest when there are too many") {
  Mailbox mailbox;
  CHECK(mailbox.Take() == nullptr);
  for (std::uint64_t i = 0; i < Mailbox::kMostEvents; ++i) {
    if (mailbox.Post(Gift(static_cast<std::int32_t>(i))) != nullptr) FAIL("displaced too early");
  }
  const EventPtr displaced = mailbox.Post(Gift(-1));
  REQUIRE(displaced != nullptr);
  CHECK(NumberOf(*displaced) == 0);
  CHECK(mailbox.size() == Mailbox::kMostEvents);
  for (std::uint64_t i = 1; i < Mailbox::kMostEvents; ++i) {
    const EventPtr event = mailbox.Take();
    if (!event || NumberOf(*event) != static_cast<std::int32_t>(i)) FAIL("event " << i);
  }
  CHECK(NumberOf(*mailbox.Take()) == -1);
  CHECK(mailbox.Take() == nullptr);
  CHECK(mailbox.size() == 0);
  (void)mailbox.Post(Gift(7));  // freed with the mailbox
}

TEST_CASE("a mailbox wakes its owner once until it was found empty") {
  Mailbox mailbox;
  Bell bell;
  (void)mailbox.Post(Gift(1));
  mailbox.SetWaker(bell.waker());
  CHECK(bell.rings == 0);
  (void)mailbox.Post(Gift(2));
  (void)mailbox.Post(Gift(3));
  CHECK(bell.rings == 1);
  while (mailbox.Take()) {
  }
  (void)mailbox.Post(Gift(4));
  CHECK(bell.rings == 2);
  while (mailbox.Take()) {
  }
  Bell other;
  mailbox.ClearWaker(&other);  // not its waker
  (void)mailbox.Post(Gift(5));
  CHECK(bell.rings == 3);
  while (mailbox.Take()) {
  }
  mailbox.ClearWaker(&bell);
  (void)mailbox.Post(Gift(6));
  CHECK(bell.rings == 3);
  // A waker that says that it is gone is not asked again.
  Bell broken;
  broken.most = 1;
  mailbox.SetWaker(broken.waker());
  (void)mailbox.Post(Gift(7));
  (void)mailbox.Post(Gift(8));
  CHECK(broken.rings == 1);
}

TEST_CASE("a thread that leaves hands its tables to heirs that live, and drops the others") {
  World world;
  Mailbox* two = world.registry.Join(2);
  REQUIRE(two != nullptr);
  world.registry.Join(1);
  const TableId told = world.Create(1, 2, 10);
  const TableId silent = world.Create(1, 2);
  const TableId orphan = world.Create(1);
  const TableId own_heir = world.Create(1, 1, 11);
  const TableId dead_heir = world.Create(1, 3, 12);
  CHECK(world.HeirOf(dead_heir) == kNoOwner);
  CHECK(world.HeirOf(own_heir) == 1);
  world.registry.Leave(1);
  CHECK(world.registry.size() == 2);
  for (const TableId id : {orphan, own_heir, dead_heir}) CHECK(world.OwnerOf(id) == kNoOwner);
  CHECK(world.OwnerOf(told) == 2);
  CHECK(world.OwnerOf(silent) == 2);
  CHECK(world.HeirOf(told) == 2);
  const EventPtr event = two->Take();
  REQUIRE(event != nullptr);
  CHECK(event->table == told);
  CHECK(event->from == 1);
  CHECK(NumberOf(*event) == 10);
  CHECK(two->Take() == nullptr);
  // The heir is told again when the table comes back to it.
  world.registry.Join(4);
  CHECK(world.registry.GiveAway(told, 2, 4, Gift(20)) == Status::kOk);
  world.registry.Leave(4);
  CHECK(world.OwnerOf(told) == 2);
  const EventPtr again = two->Take();
  REQUIRE(again != nullptr);
  CHECK(NumberOf(*again) == 10);
  CHECK(again->from == 4);
  world.registry.Leave(2);
  CHECK(world.registry.size() == 0);
}

TEST_CASE("a thread that joined twice is alive until it has left twice") {
  World world;
  Mailbox* mailbox = world.registry.Join(1);
  CHECK(world.registry.Join(1) == mailbox);
  const TableId id = world.Create(1);
  world.registry.Leave(1);
  CHECK(world.OwnerOf(id) == 1);
  world.registry.Leave(1);
  CHECK(world.registry.size() == 0);
  world.registry.Leave(1);  // not alive: nothing
}

TEST_CASE("only the owner gives away and sets options; what is refused changes nothing") {
  World world;
  world.registry.Join(1);
  world.registry.Join(2);
  const TableId id = world.Create(1);
  CHECK(world.registry.GiveAway(id, 2, 1, Gift(1)) == Status::kNotOwner);
  CHECK(world.registry.GiveAway(id, 1, 1, Gift(1)) == Status::kOwner);
  CHECK(world.registry.GiveAway(id, 1, 3, Gift(1)) == Status::kBadArg);
  CHECK(world.registry.GiveAway(id + 1, 1, 2, Gift(1)) == Status::kNoTable);
  CHECK(world.registry.GiveAway(~TableId{0}, 1, 2, Gift(1)) == Status::kNoTable);
  NewOptions options;
  options.set_access = true;
  options.access = Access::kPublic;
  options.set_heir = true;
  options.heir = {2, Gift(5)};
  CHECK(world.registry.SetOptions(id, 2, std::move(options)) == Status::kNotOwner);
  CHECK(world.registry.SetOptions(id + 1, 1, {}) == Status::kNoTable);
  CHECK(world.OwnerOf(id) == 1);
  CHECK(world.HeirOf(id) == kNoOwner);
  CHECK(world.registry.Events() == 0);
  NewOptions good;
  good.set_heir = true;
  good.heir = {2, Gift(5)};
  CHECK(world.registry.SetOptions(id, 1, std::move(good)) == Status::kOk);
  CHECK(world.HeirOf(id) == 2);
  CHECK(world.registry.SetOptions(id, 1, {}) == Status::kOk);
  CHECK(world.HeirOf(id) == 2);
  CHECK(world.registry.GiveAway(id, 1, 2, Gift(6)) == Status::kOk);
  CHECK(world.registry.Events() == 1);
  world.registry.Leave(1);
  CHECK(world.OwnerOf(id) == 2);
  world.registry.Leave(2);
  CHECK(world.registry.Events() == 0);
}

// Interleaving: threads join and leave while tables are created for them, given to them and inherited by
// them.
TEST_CASE("tables that pass between threads which end at any moment are neither lost nor shared nor leaked") {
  World world;
  constexpr int kThreads = 4;
  const std::uint64_t rounds = Scaled(400);
  // A survivor, the heir of last resort of half of the tables.
  constexpr OwnerId kSurvivor = 1000;
  Mailbox* survivor = world.registry.Join(kSurvivor);
  REQUIRE(survivor != nullptr);
  std::atomic<std::uint64_t> secured{0};
  std::atomic<std::uint64_t> told{0};
  RunInThreads(kThreads, [&](int thread, ThreadFailures& failures) {
    Caller caller(world.epochs);
    Rng rng(RunSeed() + static_cast<std::uint64_t>(thread));
    const auto self = static_cast<OwnerId>(thread + 1);
    Bell bell;
    // Until somebody was told of a table: on a busy machine the threads may follow each other for a while.
    const auto met = [&] { return told.load() > 0; };
    for (std::uint64_t round = 0; !failures.failed() && (round < rounds || !met()); ++round) {
      if (round >= 1000 * rounds) return;
      if (round >= rounds) std::this_thread::yield();
      Mailbox* mailbox = world.registry.Join(self);
      if (mailbox == nullptr) return failures.Add("no mailbox");
      mailbox->SetWaker(bell.waker());
      for (int i = 0; i < 4; ++i) {
        const bool safe = rng.OneIn(2);
        const OwnerId heir = safe ? kSurvivor : static_cast<OwnerId>(1 + rng.Below(kThreads));
        const TableId id = world.CreateIn(caller, self, heir, 1);
        if (id == 0) return failures.Add("no table");
        if (safe) secured.fetch_add(1);
        const auto to = static_cast<OwnerId>(1 + rng.Below(kThreads));
        if (rng.OneIn(2)) (void)world.registry.GiveAway(id, self, to, Gift(2));
      }
      while (const EventPtr event = mailbox->Take()) {
        told.fetch_add(1);
        // The table was this thread's before it was told; nobody else may have given it on.
        Ownership ownership;
        const Status there = world.registry.Describe(event->table, &ownership);
        if (there != Status::kOk || ownership.owner != self) failures.Add("told of another's table");
      }
      if (rng.OneIn(2)) world.registry.ClearWaker(self, &bell);
      world.registry.Leave(self);
    }
  });
  for (OwnerId owner = 1; owner <= kThreads; ++owner) world.registry.Leave(owner);
  CHECK(told > 0);
  CHECK(world.registry.size() == secured);
  PodArray<TableId> left;
  REQUIRE(world.registry.All(&left));
  for (const TableId id : left) {
    if (world.OwnerOf(id) != kSurvivor) FAIL("a table of a thread that has ended");
  }
  std::uint64_t events = 0;
  while (survivor->Take()) ++events;
  CHECK(events == std::min(secured.load(), Mailbox::kMostEvents));
  world.registry.Leave(kSurvivor);
  CHECK(world.registry.size() == 0);
  world.epochs.Collect();
  CHECK(world.epochs.pending() == 0);
}

}  // namespace termstore::test
