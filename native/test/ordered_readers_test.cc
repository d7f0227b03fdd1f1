// Reads of ordered tables without the shard's lock, alone and among writers; run these under ThreadSanitizer.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "core/table/ordered_table.h"
#include "test/support/caller.h"
#include "test/support/rng.h"
#include "test/support/seed.h"
#include "test/support/threads.h"
#include "test/support/witness.h"

namespace termstore {

struct OrderedTableProbe {
  // Inside a Pin, or while nobody writes.
  static Shard& ShardOf(OrderedTable& table, Bytes key) {
    const Directory& directory = *table.CurrentDirectory();
    return *directory[directory.IndexFor(OrderedTable::Sought(key).After())];
  }
  static const Directory* DirectoryOf(OrderedTable& table) { return table.CurrentDirectory(); }
  // Of an operation that has found this directory. Inside a Pin.
  static Glance GlanceAt(OrderedTable& table, const Directory* directory, Bytes key) {
    alignas(8) static thread_local std::uint8_t room[512 + 8];
    return table.GlanceAt(directory, OrderedTable::Sought(key), room, 512);
  }
};

namespace test {
namespace {

std::unique_ptr<OrderedTable> MakeSubject(Epochs& epochs, const OrderedLimits& limits = {64, 16384}) {
  TableTraits traits;
  traits.type = TableType::kOrderedSet;
  traits.write_concurrency = WriteConcurrency::kAuto;
  return OrderedTable::Make(traits, epochs, limits);
}

// Ascending in `i`, and of several kinds: short ones, ones whose heads are equal until they are long behind
// what they share, ones whose heads are always equal, and composite ones.
Term KeyOf(std::int32_t kind, std::int32_t i) {
  const std::string digits = std::to_string(100000 + i);
  switch (kind) {
    case 0:
      return Int(i);
    case 1:
      return String("tenants/0123456789/sessions/" + digits);
    case 2:
      return BigInt((std::int64_t{1} << 60) + i);
    default:
      return Array({Int(7), String(digits)});
  }
}
constexpr std::int32_t kKinds = 4;

}  // namespace

TEST_CASE("a read of an ordered table takes no lock where nobody writes, and the lock where somebody does") {
  Epochs epochs;
  Caller caller(epochs);
  const auto table = MakeSubject(epochs);
  for (std::int32_t i = 0; i < 20; i += 2)
    REQUIRE(caller.Insert(*table, WitnessOf(Int(i), 77)) == Status::kOk);
  REQUIRE(caller.Insert(*table, Row({Int(100), String(std::string(5000, 'l'))})) == Status::kOk);
  Shard& shard = OrderedTableProbe::ShardOf(*table, View(Int(1)));
  const auto held = [&](auto body) {
    const HeldShard guard(&shard);
    body();
  };
  const auto written = [&](auto body) {
    const HeldShard guard(&shard);
    guard.BeginWrite();
    body();
  };
  const auto looks = [&](std::int32_t key, Status wanted) {
    return [&epochs, &table, key, wanted] {
      Caller reader(epochs);
      const auto element = [&](Reply& reply) { return table->LookupElement(View(Int(key)), 1, reply); };
      if (reader.Lookup(*table, Int(key)) != wanted) std::abort();
      if (reader.Member(*table, Int(key)) != wanted) std::abort();
      if (reader.Call(element) != wanted) std::abort();
    };
  };
  const auto steps = [&](Direction direction, std::int32_t key, Status wanted) {
    return [&epochs, &table, direction, key, wanted] {
      if (Caller(epochs).Step(*table, direction, Int(key)) != wanted) std::abort();
    };
  };
  const auto forward = steps(Direction::kForward, 5, Status::kOk);
  const auto backward = steps(Direction::kBackward, 5, Status::kOk);
  for (int round = 0; round < 2; ++round) {
    CHECK(EndsWhile(held, kAmple, looks(2, Status::kOk)));
    CHECK(EndsWhile(held, kAmple, looks(3, Status::kNotFound)));
    CHECK(EndsWhile(held, kAmple, forward));
    CHECK(EndsWhile(held, kAmple, backward));
    CHECK_FALSE(EndsWhile(written, kShort, looks(2, Status::kOk)));
    CHECK_FALSE(EndsWhile(written, kShort, looks(3, Status::kNotFound)));
    CHECK_FALSE(EndsWhile(written, kShort, forward));
    CHECK_FALSE(EndsWhile(written, kShort, backward));
  }
  // Large rows, and what lies beyond the shard, are for who holds the lock.
  CHECK_FALSE(EndsWhile(held, kShort, looks(100, Status::kOk)));
  CHECK_FALSE(EndsWhile(held, kShort, steps(Direction::kForward, 100, Status::kNotFound)));
  CHECK_FALSE(EndsWhile(held, kShort, steps(Direction::kBackward, 0, Status::kNotFound)));
}

// Interleaving: writers replace, delete, and make shards split, join and be copied under readers without a
// lock.
TEST_CASE("what a reader of an ordered table without the lock gets is a row of one moment") {
  for (std::int32_t kind = 0; kind < kKinds; ++kind) {
    CAPTURE(kind);
    Epochs epochs;
    const auto table = MakeSubject(epochs);
    constexpr std::int32_t kKeys = 400;
    const std::uint64_t rounds = Scaled(20000);
    std::atomic<int> writers{2};
    std::atomic<std::uint64_t> hits{0};
    std::atomic<std::uint64_t> misses{0};
    std::atomic<std::uint64_t> met{0};
    const auto key_of = [kind](std::uint64_t i) { return KeyOf(kind, static_cast<std::int32_t>(i)); };
    {
      // Every tenth key stays.
      Caller caller(epochs);
      for (std::uint64_t i = 0; i < kKeys; i += 10) caller.Insert(*table, WitnessOf(key_of(i), 0));
    }
    RunInThreads(5, [&](int thread, ThreadFailures& failures) {
      Caller caller(epochs);
      Rng rng(RunSeed() + static_cast<std::uint64_t>(thread));
      if (thread < 2) {
        const auto seen = [&] {
          const bool joined = caller.Call([&](Reply&) { return table->Stats().joins > 0; });
          return joined && hits.load() > 0 && misses.load() > 0 && met.load() > 0;
        };
        for (std::uint64_t i = 0; (i < rounds || (!seen() && i < 100 * rounds)) && !failures.failed(); ++i) {
          const std::uint64_t at = rng.Below(kKeys);
          const auto n = static_cast<std::uint32_t>(rng.Below(100000));
          // Towards full and towards empty in turn.
          if (at % 10 != 0 && rng.Below(100) < ((i / 2000) % 2 == 0 ? 20u : 80u)) {
            caller.Delete(*table, key_of(at));
          } else {
            caller.Insert(*table, WitnessOf(key_of(at), n));
          }
          if (!rng.OneIn(500)) continue;
          std::vector<Term> rows;
          for (std::uint64_t k = at; k < kKeys; k += 7) rows.push_back(WitnessOf(key_of(k), n));
          caller.InsertMany(*table, rows);
        }
        writers.fetch_sub(1);
        return;
      }
      while (writers.load() > 0 && !failures.failed()) {
        const std::uint64_t at = rng.Below(kKeys);
        const Term key = key_of(at);
        if (rng.OneIn(3)) {
          const bool forward = rng.OneIn(2);
          const Direction direction = forward ? Direction::kForward : Direction::kBackward;
          // The next one that stays is the furthest that a step may go.
          const std::uint64_t furthest = forward ? (at / 10 + 1) * 10 : (at + 9) / 10 * 10 - 10;
          if (furthest >= kKeys) continue;
          if (caller.Step(*table, direction, key) != Status::kOk) {
            failures.Add("a step found nothing");
            continue;
          }
          const Term next = caller.answer();
          const int from = CompareTerms(View(next), View(key));
          const int to = CompareTerms(View(next), View(key_of(furthest)));
          if (forward ? from <= 0 || to > 0 : from >= 0 || to < 0) failures.Add("a step to the wrong place");
          continue;
        }
        const auto element = [&](Reply& reply) { return table->LookupElement(View(key), 0, reply); };
        if (rng.OneIn(4)) {
          const Status status = caller.Call(element);
          if (status == Status::kOk && caller.answer() != key) failures.Add("lookupElement: another row");
          if (caller.Member(*table, key) != Status::kOk && at % 10 == 0)
            failures.Add("a row that stays is gone");
          continue;
        }
        const bool found = caller.Lookup(*table, key) == Status::kOk;
        if (found && !IsWitnessOf(caller.answer(), key)) failures.Add("a torn row");
        if (!found && at % 10 == 0) failures.Add("a row that stays was not found");
        const bool quiet = caller.Call([&](Reply&) {
          const Shard& shard = OrderedTableProbe::ShardOf(*table, View(key));
          const std::uint64_t before = shard.Version();
          return before % 2 == 0 && shard.Version() == before;
        });
        (quiet ? (found ? hits : misses) : met)
            .fetch_add(1, std::memory_order_relaxed);  // counts, they order nothing
      }
    });
    CHECK(hits > 0);
    CHECK(misses > 0);
    CHECK(met > 0);
    CHECK(table->Check() == nullptr);
    const OrderedStats stats = table->Stats();
    CHECK(stats.splits + stats.contended_splits > 0);
    CHECK(stats.joins > 0);
  }
}

TEST_CASE("a reader without the lock that knew the shards before they were split or joined looks again") {
  Epochs epochs;
  Caller caller(epochs);
  const auto table = MakeSubject(epochs, {16, 4096});
  for (std::int32_t i = 0; i < 16; ++i) REQUIRE(caller.Insert(*table, Row({Int(i)})) == Status::kOk);
  REQUIRE(table->Stats().shards == 1);
  // Pinned by a thread of its own: what it knows stays in memory.
  Caller reader(epochs);
  const auto found = [&](const Directory* directory, std::int32_t key) {
    const Term term = Int(key);
    return OrderedTableProbe::GlanceAt(*table, directory, View(term)).Find(View(term), OrderHead(View(term)));
  };
  reader.Call([&](Reply&) {
    const Directory* before = OrderedTableProbe::DirectoryOf(*table);
    CHECK(found(before, 15) == Glance::Outcome::kHit);
    for (std::int32_t i = 16; i < 40; ++i) REQUIRE(caller.Insert(*table, Row({Int(i)})) == Status::kOk);
    REQUIRE(table->Stats().shards > 1);
    CHECK(found(before, 15) == Glance::Outcome::kRetry);
    CHECK(found(before, 39) == Glance::Outcome::kRetry);
    const Directory* split = OrderedTableProbe::DirectoryOf(*table);
    CHECK(found(split, 39) == Glance::Outcome::kHit);
    const Term first = Int(0);
    const Term last = Int(39);
    Glance at_first = OrderedTableProbe::GlanceAt(*table, split, View(first));
    Glance at_last = OrderedTableProbe::GlanceAt(*table, split, View(last));
    for (std::int32_t i = 1; i < 39; ++i) REQUIRE(caller.Delete(*table, Int(i)) == Status::kOk);
    REQUIRE(table->Stats().joins > 0);
    epochs.Collect();
    // Under AddressSanitizer: the bodies that they hold on to are still there.
    CHECK(at_first.Find(View(first), OrderHead(View(first))) == Glance::Outcome::kRetry);
    CHECK(at_last.Find(View(last), OrderHead(View(last))) == Glance::Outcome::kRetry);
    CHECK(found(split, 39) == Glance::Outcome::kRetry);
    CHECK(found(OrderedTableProbe::DirectoryOf(*table), 39) == Glance::Outcome::kHit);
    const Directory* joined = OrderedTableProbe::DirectoryOf(*table);
    REQUIRE(caller.DeleteAll(*table) == Status::kOk);
    CHECK(found(joined, 39) == Glance::Outcome::kRetry);
    CHECK(found(OrderedTableProbe::DirectoryOf(*table), 39) == Glance::Outcome::kMiss);
    return Status::kOk;
  });
}

// Interleaving: a leaf whose rows are always being moved, because a row in front of them comes and goes;
// readers go on until they have met the writer often.
TEST_CASE("readers of an ordered table do meet writers, and are right then too") {
  constexpr std::int32_t kRows = 40;
  Epochs epochs;
  const auto table = MakeSubject(epochs);
  Shard& shard = OrderedTableProbe::ShardOf(*table, View(Int(1)));
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> quiet{0};
  std::atomic<std::uint64_t> met{0};
  {
    Caller caller(epochs);
    for (std::int32_t i = 1; i <= kRows; ++i)
      REQUIRE(caller.Insert(*table, WitnessOf(Int(i), 0)) == Status::kOk);
  }
  RunInThreads(3, [&](int thread, ThreadFailures& failures) {
    Caller caller(epochs);
    Rng rng(RunSeed() + static_cast<std::uint64_t>(thread));
    if (thread == 0) {
      for (std::uint32_t n = 0; !done.load(); ++n) {
        caller.Insert(*table, WitnessOf(Int(0), 1));
        // Of one size, so that it is overwritten where it lies.
        caller.Insert(*table, WitnessOf(Int(kRows / 2), 400 + 500 * (n % 2)));
        caller.Delete(*table, Int(0));
      }
      return;
    }
    for (std::uint64_t i = 0; i < 20000000 && !done.load() && !failures.failed(); ++i) {
      const std::uint64_t before = shard.Version();
      const auto key = rng.OneIn(2) ? kRows / 2 : static_cast<std::int32_t>(1 + rng.Below(kRows));
      if (rng.OneIn(3)) {
        if (key > 1 && (caller.Step(*table, Direction::kForward, Int(key - 1)) != Status::kOk ||
                        caller.answer() != Int(key)))
          failures.Add("a step passed over a row");
      } else if (caller.Lookup(*table, Int(key)) != Status::kOk) {
        failures.Add("a row was not found");
      } else if (!IsWitnessOf(caller.answer(), Int(key))) {
        failures.Add("a torn row");
      }
      (before % 2 == 0 && shard.Version() == before ? quiet : met).fetch_add(1);
      if (quiet.load() > 1000 && met.load() > 20000) done.store(true);
    }
    done.store(true);
  });
  CHECK(quiet > 1000);
  CHECK(met > 1000);
}

// Interleaving: a step looks at two shards one after the other; a batch adds a row to each of them meanwhile,
// and the one in the second shard is taken away first. So that one is never next.
TEST_CASE("a step from one shard to the next never sees a part of an insertMany") {
  Epochs epochs;
  const auto table = MakeSubject(epochs, {16, 4096});
  constexpr std::int32_t kApart = 1000;
  const std::uint64_t rounds = Scaled(20000);
  std::int32_t bound = 0;
  {
    Caller caller(epochs);
    for (std::int32_t i = 0; i < 24; ++i)
      REQUIRE(caller.Insert(*table, Row({Int(i * kApart)})) == Status::kOk);
    REQUIRE(table->Stats().shards > 1);
    caller.Call([&](Reply&) {
      const Bytes fence = (*OrderedTableProbe::DirectoryOf(*table))[1]->low->key();
      bound = Load<std::int32_t>(fence.data + 1);
      return Status::kOk;
    });
    REQUIRE(caller.Delete(*table, Int(bound)) == Status::kOk);
  }
  // The rows around the bound, and between them one on each side of it.
  const std::int32_t before = bound - kApart;
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> met{0};
  RunInThreads(3, [&](int thread, ThreadFailures& failures) {
    Caller caller(epochs);
    if (thread == 0) {
      for (std::uint64_t i = 0; (i < rounds || (met.load() == 0 && i < 100 * rounds)) && !failures.failed();
           ++i) {
        caller.InsertMany(*table, {Row({Int(before + 1)}), Row({Int(bound)})});
        caller.Delete(*table, Int(bound));
        caller.Delete(*table, Int(before + 1));
      }
      done.store(true);
      return;
    }
    while (!done.load() && !failures.failed()) {
      const bool forward = thread == 1;
      // Backwards it is the one in the lower shard that comes last: so the upper one is asked for from behind
      // both.
      const Status status = caller.Step(*table, forward ? Direction::kForward : Direction::kBackward,
                                        Int(forward ? before : bound + kApart));
      if (status != Status::kOk) return failures.Add("a step found nothing");
      const Term next = caller.answer();
      if (forward && next == Int(bound)) failures.Add("a step saw a part of a batch");
      if (next == Int(forward ? before + 1 : bound)) met.fetch_add(1, std::memory_order_relaxed);  // a count
    }
  });
  CHECK(met > 0);
}

// Interleaving: a read that begins after a write has returned must see it, also when the row has moved
// meanwhile.
TEST_CASE("a thread that has been told of a write to an ordered table sees it") {
  Epochs epochs;
  const auto table = MakeSubject(epochs, {16, 4096});
  const auto rounds = static_cast<std::int32_t>(Scaled(30000));
  std::atomic<std::int32_t> told{0};
  {
    Caller caller(epochs);
    REQUIRE(caller.Insert(*table, Row({Int(500), Int(0)})) == Status::kOk);
  }
  RunInThreads(3, [&](int thread, ThreadFailures& failures) {
    Caller caller(epochs);
    if (thread == 0) {
      Rng rng(RunSeed());
      for (std::int32_t n = 1; n <= rounds; ++n) {
        // Neighbours come and go, so that the row's shard splits and joins.
        const auto other = static_cast<std::int32_t>(rng.Below(1000));
        if ((n / 1000) % 2 == 0 && other != 500) caller.Insert(*table, Row({Int(other), Int(0)}));
        if ((n / 1000) % 2 == 1 && other != 500) caller.Delete(*table, Int(other));
        if (rng.OneIn(2000)) caller.DeleteAll(*table);
        caller.Insert(*table, Row({Int(500), Int(n)}));
        told.store(n, std::memory_order_release);
      }
      return;
    }
    for (std::int32_t n = 0; n < rounds && !failures.failed();) {
      n = told.load(std::memory_order_acquire);
      if (caller.Lookup(*table, Int(500)) != Status::kOk) continue;  // between DeleteAll() and the next row
      if (Load<std::int32_t>(RowElement(View(caller.answer()), 1).data + 1) < n)
        failures.Add("an old row after the write has returned");
    }
  });
  CHECK(table->Stats().splits > 0);
}

}  // namespace test
}  // namespace termstore
