// The persistent area: terms, generations, and threads that put, erase and read at once.
#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <set>
#include <string>

#include "core/persistent/area.h"
#include "test/support/faults.h"
#include "test/support/seed.h"
#include "test/support/terms.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

const HashSecret kSecret{{11, 13, 17, 19}};

// Calls into an area and keeps the answer.
class Client {
 public:
  explicit Client(PersistentArea& area) : area_(area), memory_(4096 + 16) {}

  Status Put(const Term& key, const Term& value, bool only_new = false) {
    const Term row = Row({key, value});
    return area_.Put(Input(row), only_new);
  }
  Status Get(const Term& key) {
    Reply reply(memory_.data() + 16, 4096);
    const Status status = area_.Get(View(key), reply, ref);
    payload.assign(reply.data(), reply.data() + reply.size());
    return status;
  }
  Term Value() const { return Copy(RowElement(View(payload), 1)); }
  Status Erase(const Term& key) { return area_.Erase(View(key)); }
  // key -> value of one moment.
  std::map<Term, Term> All() {
    Reply reply(memory_.data() + 16, 4096);
    std::uint32_t count = 0;
    std::map<Term, Term> all;
    if (area_.GetAll(reply, &count) != Status::kOk) return all;
    const std::uint8_t* at = reply.data();
    for (std::uint32_t i = 0; i < count; ++i) {
      const Bytes row{at + 12, Load<std::uint32_t>(at + 8)};
      all[Copy(RowElement(row, 0))] = Copy(RowElement(row, 1));
      at += 12 + row.size;
    }
    if (at != reply.data() + reply.size() || all.size() != count) all.clear();
    return all;
  }
  std::uint64_t Count() const {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    area_.Info(&count, &bytes);
    return count;
  }
  std::uint64_t UsedBytes() const {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    area_.Info(&count, &bytes);
    return bytes;
  }
  // The generation word as JavaScript sees it.
  std::uint32_t Word(std::uint32_t slot) const {
    std::uint32_t* page = area_.GenerationPage(slot / PersistentArea::kPageSlots);
    return __atomic_load_n(page + slot % PersistentArea::kPageSlots, __ATOMIC_SEQ_CST);
  }

  GenerationRef ref;
  Term payload;

 private:
  PersistentArea& area_;
  std::vector<std::uint8_t> memory_;
};

}  // namespace

TEST_CASE("a term is what was put last, and its generation tells every change") {
  PersistentArea area(kSecret);
  Client client(area);
  CHECK(client.Get(Int(1)) == Status::kNotFound);
  CHECK(client.Erase(Int(1)) == Status::kNotFound);
  CHECK(area.GenerationPage(0) == nullptr);
  REQUIRE(client.Put(Int(1), String("a")) == Status::kOk);
  REQUIRE(client.Get(Int(1)) == Status::kOk);
  CHECK((client.Value() == String("a")));
  const GenerationRef first = client.ref;
  CHECK(client.Word(first.slot) == first.generation);

  REQUIRE(client.Put(Int(1), String("a")) == Status::kOk);  // equal: nothing changes
  CHECK(client.Word(first.slot) == first.generation);
  CHECK(client.Put(Int(1), String("b"), true) == Status::kExists);
  CHECK(client.Put(Int(1), String("a"), true) == Status::kOk);
  CHECK(client.Word(first.slot) == first.generation);
  REQUIRE(client.Put(Int(1), String("b")) == Status::kOk);
  CHECK(client.Word(first.slot) != first.generation);
  REQUIRE(client.Get(Int(1)) == Status::kOk);
  CHECK((client.Value() == String("b")));
  CHECK(client.Word(client.ref.slot) == client.ref.generation);

  const GenerationRef second = client.ref;
  REQUIRE(client.Erase(Int(1)) == Status::kOk);
  CHECK(client.Word(second.slot) != second.generation);
  CHECK(client.Get(Int(1)) == Status::kNotFound);
  CHECK(client.Count() == 0);
  CHECK(client.UsedBytes() == 0);
}

TEST_CASE("a slot that is used again never shows a generation that it had before") {
  PersistentArea area(kSecret);
  Client client(area);
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(5000); round > 0; --round) {
    const Term key = Int(static_cast<std::int32_t>(rng.Below(20)));
    if (rng.OneIn(3)) {
      client.Erase(key);
      continue;
    }
    REQUIRE(client.Put(key, Int(static_cast<std::int32_t>(round))) == Status::kOk);
    REQUIRE(client.Get(key) == Status::kOk);
    const bool fresh = seen.emplace(client.ref.slot, client.ref.generation).second;
    REQUIRE(fresh);
    REQUIRE(client.ref.slot < 20);  // slots of erased keys are used again
  }
}

TEST_CASE("a slot at its last generation is given up, by put and by erase") {
  PersistentArea area(kSecret);
  Client client(area);
  REQUIRE(client.Put(Int(1), Int(0)) == Status::kOk);
  REQUIRE(client.Get(Int(1)) == Status::kOk);
  const std::uint32_t slot = client.ref.slot;
  area.SetGenerationForTest(View(Int(1)), PersistentArea::kLastGeneration - 2);
  REQUIRE(client.Put(Int(1), Int(1)) == Status::kOk);
  REQUIRE(client.Get(Int(1)) == Status::kOk);
  CHECK(client.ref.slot == slot);
  CHECK(client.ref.generation == PersistentArea::kLastGeneration - 1);
  REQUIRE(client.Put(Int(1), Int(2)) == Status::kOk);
  CHECK(client.Word(slot) == PersistentArea::kDead);
  REQUIRE(client.Get(Int(1)) == Status::kOk);
  CHECK(client.ref.slot != slot);
  CHECK((client.Value() == Int(2)));

  const std::uint32_t next = client.ref.slot;
  area.SetGenerationForTest(View(Int(1)), PersistentArea::kLastGeneration - 1);
  REQUIRE(client.Erase(Int(1)) == Status::kOk);
  CHECK(client.Word(next) == PersistentArea::kDead);
  for (std::int32_t i = 0; i < 100; ++i) {
    REQUIRE(client.Put(Int(i), Int(0)) == Status::kOk);
    REQUIRE(client.Get(Int(i)) == Status::kOk);
    CHECK(client.ref.slot != slot);
    CHECK(client.ref.slot != next);
  }
}

TEST_CASE("an erased slot that is almost worn out moves its next key and stays silent") {
  PersistentArea area(kSecret);
  Client client(area);
  REQUIRE(client.Put(Int(1), Int(0)) == Status::kOk);
  area.SetGenerationForTest(View(Int(1)), PersistentArea::kLastGeneration - 2);
  REQUIRE(client.Erase(Int(1)) == Status::kOk);
  REQUIRE(client.Put(Int(2), Int(0)) == Status::kOk);
  REQUIRE(client.Get(Int(2)) == Status::kOk);
  CHECK(client.ref.generation < PersistentArea::kLastGeneration);
  CHECK(client.Word(client.ref.slot) == client.ref.generation);
}

TEST_CASE("many terms fill several pages of generations, and all come in one answer") {
  PersistentArea area(kSecret);
  Client client(area);
  const std::int32_t terms = static_cast<std::int32_t>(PersistentArea::kPageSlots) + 100;
  for (std::int32_t i = 0; i < terms; ++i) REQUIRE(client.Put(Int(i), Int(i + 1)) == Status::kOk);
  CHECK(area.GenerationPage(1) != nullptr);
  CHECK(area.GenerationPage(2) == nullptr);
  CHECK(client.Count() == static_cast<std::uint64_t>(terms));
  const auto all = client.All();
  CHECK(all.size() == static_cast<std::size_t>(terms));
  CHECK((all.at(Int(4711)) == Int(4712)));
  for (std::int32_t i = 0; i < terms; ++i) REQUIRE(client.Erase(Int(i)) == Status::kOk);
  CHECK(client.All().empty());
  CHECK(client.UsedBytes() == 0);
}

// Interleaving: writers put and erase while readers check that a kept generation means an unchanged value.
TEST_CASE("a generation that still stands means that the value is still the one that was read") {
  PersistentArea area(kSecret);
  const std::uint64_t rounds = Scaled(40000);
  std::atomic<int> writers{2};
  std::atomic<std::uint64_t> kept{0};
  RunInThreads(4, [&](int thread, ThreadFailures& failures) {
    Client client(area);
    Rng rng(RunSeed() + static_cast<std::uint64_t>(thread));
    if (thread < 2) {
      // Each writer has keys of its own and counts their values up.
      // Longer than planned only where readers did not get a processor.
      for (std::uint64_t i = 1; (i <= rounds || (kept.load() == 0 && i < 100 * rounds)) && !failures.failed();
           ++i) {
        const Term key = Int(static_cast<std::int32_t>(rng.Below(4)) * 2 + thread);
        if (rng.OneIn(5)) {
          client.Erase(key);
          if (client.Get(key) != Status::kNotFound) failures.Add("an erased term is there");
        } else {
          const Term value = rng.OneIn(4) ? String(std::string(5000, 'p') + std::to_string(i))
                                          : Int(static_cast<std::int32_t>(i));
          client.Put(key, value);
          if (client.Get(key) != Status::kOk || client.Value() != value) failures.Add("not what was put");
          if (client.Word(client.ref.slot) != client.ref.generation)
            failures.Add("an old generation after a put");
        }
      }
      writers.fetch_sub(1);
      return;
    }
    std::map<Term, std::pair<GenerationRef, Term>> cache;
    while (writers.load() > 0 && !failures.failed()) {
      const Term key = Int(static_cast<std::int32_t>(rng.Below(8)));
      const auto cached = cache.find(key);
      const bool stands =
          cached != cache.end() && client.Word(cached->second.first.slot) == cached->second.first.generation;
      if (client.Get(key) != Status::kOk) continue;
      // The word stood before the read; if it still stands nothing was put in between.
      if (stands && client.Word(cached->second.first.slot) == cached->second.first.generation) {
        if (client.payload != cached->second.second)
          failures.Add("another value under a standing generation");
        kept.fetch_add(1, std::memory_order_relaxed);  // a count, orders nothing
      }
      if (!RowIsWhole(View(client.payload))) failures.Add("a torn term");
      cache[key] = {client.ref, client.payload};
    }
  });
  CHECK(kept > 0);
}

// Interleaving: one thread puts pairs, always the same value under both keys, lower key first.
TEST_CASE("GetAll shows the terms of one moment") {
  PersistentArea area(kSecret);
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> looks{0};
  {
    Client client(area);
    client.Put(Int(1), Int(0));
    client.Put(Int(2), Int(0));
  }
  RunInThreads(3, [&](int thread, ThreadFailures& failures) {
    Client client(area);
    if (thread == 0) {
      const auto rounds = static_cast<std::int32_t>(Scaled(30000));
      for (std::int32_t i = 1; i <= rounds || (looks.load() == 0 && i < 100 * rounds); ++i) {
        client.Put(Int(1), Int(i));
        client.Put(Int(2), Int(i));
      }
      done.store(true);
      return;
    }
    while (!done.load() && !failures.failed()) {
      const auto all = client.All();
      if (all.size() != 2) return failures.Add("a term is missing");
      const auto first = Load<std::int32_t>(all.at(Int(1)).data() + 1);
      const auto second = Load<std::int32_t>(all.at(Int(2)).data() + 1);
      if (first != second && first != second + 1) failures.Add("terms of different moments");
      looks.fetch_add(1, std::memory_order_relaxed);  // a count, orders nothing
    }
  });
  CHECK(looks > 0);
}

#if defined(TERMSTORE_TEST_FAULTS)
// Runs `act`, which must end with kOk, with every allocation of it failing in turn; `unchanged` is asked
// after each failure.
template <typename Act, typename Unchanged>
void WithEveryShortage(Act act, Unchanged unchanged) {
  for (std::uint32_t successes = 0;; ++successes) {
    Status status = Status::kOk;
    std::uint32_t failures = 0;
    {
      const Shortage shortage(successes);
      status = act();
      failures = shortage.failures();
    }
    // Buckets that cannot grow do no harm.
    if (status == Status::kOk) {
      if (failures == 0) return;
      continue;
    }
    REQUIRE(status == Status::kNoMemory);
    REQUIRE(failures > 0);
    unchanged();
  }
}

TEST_CASE("an area without memory says so, keeps what it had, and works again") {
  PersistentArea area(kSecret);
  Client client(area);
  const Term long_key = String(std::string(200, 'k'));
  const auto key = [](std::int32_t i) { return Int(i); };
  // The first term of all; then so many that the buckets grow.
  for (std::int32_t i = 0; i < 40; ++i) {
    const std::uint64_t count = client.Count();
    const std::uint64_t bytes = client.UsedBytes();
    WithEveryShortage([&] { return client.Put(key(i), Int(i)); },
                      [&] {
                        REQUIRE(client.Count() == count);
                        REQUIRE(client.UsedBytes() == bytes);
                        REQUIRE(client.Get(key(i)) == Status::kNotFound);
                      });
  }
  REQUIRE(client.Get(key(7)) == Status::kOk);
  const GenerationRef before = client.ref;
  WithEveryShortage([&] { return client.Put(key(7), Int(70)); },
                    [&] {
                      REQUIRE(client.Get(key(7)) == Status::kOk);
                      REQUIRE(client.Value() == Int(7));
                      REQUIRE(client.ref.generation == before.generation);
                    });
  {
    // What erases needs no memory, whatever it leaves behind.
    const Shortage shortage(0);
    for (std::int32_t i = 0; i < 40; ++i) REQUIRE(client.Erase(key(i)) == Status::kOk);
    CHECK(shortage.failures() > 0);  // the block of a key that was not made smaller
  }
  CHECK(client.Count() == 0);
  CHECK(client.UsedBytes() == 0);
  REQUIRE(client.Put(long_key, Int(1)) == Status::kOk);
  REQUIRE(client.All().size() == 1);
  const Shortage shortage(0);
  REQUIRE(client.All().empty());
}
#endif

}  // namespace termstore::test
