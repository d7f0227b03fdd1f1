// Reads without the lock, alone and among writers; run these under ThreadSanitizer.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>

#include "test/support/hash_rows.h"
#include "test/support/seed.h"
#include "test/support/threads.h"
#include "test/support/witness.h"

namespace termstore::test {
namespace {

Term Witness(std::int32_t key, std::uint32_t n) { return WitnessOf(Int(key), n); }

bool IsWitness(const Term& row, std::int32_t key) { return IsWitnessOf(row, Int(key)); }

}  // namespace

TEST_CASE("a read takes no lock where nobody writes, and the lock where somebody does") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  Caller caller(epochs);
  const auto table = MakeHashTable(epochs, secret);
  REQUIRE(caller.Insert(*table, Witness(1, 77)) == Status::kOk);
  REQUIRE(caller.Insert(*table, Row({Int(3), String(std::string(5000, 'l'))})) == Status::kOk);
  const HashRow apart = MakeHashRow(NumberValue(-0.0), Int(1), 0, rng);
  REQUIRE(caller.Call([&](Reply&) { return table->Insert(apart.input()); }) == Status::kOk);
  Stripe& stripe = HashTableProbe::StripeOf(*table, View(Int(1)));
  const auto look = [&](std::int32_t key, Status wanted) {
    return [&epochs, &table, key, wanted] {
      Caller reader(epochs);
      if (reader.Lookup(*table, Int(key)) != wanted) std::abort();
      if (reader.Member(*table, Int(key)) != wanted) std::abort();
    };
  };
  const auto held = [&](auto body) {
    stripe.Acquire();
    body();
    stripe.Release();
  };
  const auto written = [&](auto body) {
    held([&] {
      stripe.BeginWrite();
      body();
      stripe.EndWrite();
    });
  };
  CHECK(EndsWhile(held, kAmple, look(1, Status::kOk)));
  CHECK(EndsWhile(held, kAmple, look(2, Status::kNotFound)));
  CHECK_FALSE(EndsWhile(written, kShort, look(1, Status::kOk)));
  CHECK_FALSE(EndsWhile(written, kShort, look(2, Status::kNotFound)));
  CHECK(EndsWhile(held, kAmple, look(1, Status::kOk)));
  // Large rows and keys stored apart are read under the lock.
  CHECK_FALSE(EndsWhile(held, kShort, look(3, Status::kOk)));
  CHECK_FALSE(EndsWhile(held, kShort, look(0, Status::kOk)));
}

// Interleaving: writers replace, delete, grow and shrink under readers that hold no lock.
TEST_CASE("what a reader without the lock gets is a row of one moment") {
  Rng seeds(RunSeed());
  const HashSecret secret = CollidingSecret(seeds);
  Epochs epochs;
  const auto table = MakeHashTable(epochs, secret, true);
  constexpr std::int32_t kKeys = 60;
  const std::uint64_t rounds = Scaled(60000);
  std::atomic<int> writers{2};
  std::atomic<std::uint64_t> hits{0};
  std::atomic<std::uint64_t> misses{0};
  std::atomic<std::uint64_t> met{0};
  RunInThreads(5, [&](int thread, ThreadFailures& failures) {
    Caller caller(epochs);
    Rng rng(RunSeed() + static_cast<std::uint64_t>(thread));
    if (thread < 2) {
      // Longer than planned only where readers did not get a processor.
      const auto seen = [&] { return hits.load() > 0 && misses.load() > 0 && met.load() > 0; };
      for (std::uint64_t i = 0; (i < rounds || (!seen() && i < 100 * rounds)) && !failures.failed(); ++i) {
        const auto key = static_cast<std::int32_t>(rng.Below(kKeys));
        if (rng.OneIn(4)) {
          caller.Delete(*table, Int(key));
        } else {
          caller.Insert(*table, Witness(key, static_cast<std::uint32_t>(rng.Below(100000))));
        }
        // A crowd that comes and goes: buckets are split and merged under the readers.
        const auto other = static_cast<std::int32_t>(1000 + i % 4000);
        if ((i / 4000) % 2 == 0) {
          caller.Insert(*table, Row({Int(other), Int(0)}));
        } else {
          caller.Delete(*table, Int(other));
        }
        if (rng.OneIn(10000)) caller.DeleteAll(*table);
      }
      writers.fetch_sub(1);
      return;
    }
    while (writers.load() > 0 && !failures.failed()) {
      const auto key = static_cast<std::int32_t>(rng.Below(kKeys));
      if (rng.OneIn(4)) {
        if (caller.Lookup(*table, Int(key)) == Status::kOk && !IsWitness(caller.answer(), key))
          failures.Add("lookup: a torn row");
        const Status status =
            caller.Call([&](Reply& reply) { return table->LookupElement(View(Int(key)), 0, reply); });
        if (status == Status::kOk && caller.answer() != Int(key)) failures.Add("lookupElement: another row");
        caller.Member(*table, Int(key));
        continue;
      }
      const std::atomic<std::uint64_t>& version = HashTableProbe::StripeOf(*table, View(Int(key))).version();
      const std::uint64_t before = version.load();
      const bool found = caller.Lookup(*table, Int(key)) == Status::kOk;
      if (found && !IsWitness(caller.answer(), key)) failures.Add("a torn row");
      // Even and unchanged: the read cannot have met a writer.
      const bool quiet = before % 2 == 0 && version.load() == before;
      (quiet ? (found ? hits : misses) : met)
          .fetch_add(1, std::memory_order_relaxed);  // counts, they order nothing
    }
  });
  CHECK(hits > 0);
  CHECK(misses > 0);
  CHECK(met > 0);
}

// Interleaving: one row that is always being replaced; readers go on until they have met the writer often.
TEST_CASE("readers without the lock do meet writers, and are right then too") {
  Rng seeds(RunSeed());
  const HashSecret secret = CollidingSecret(seeds);
  Epochs epochs;
  const auto table = MakeHashTable(epochs, secret);
  const std::atomic<std::uint64_t>& version = HashTableProbe::StripeOf(*table, View(Int(1))).version();
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> quiet{0};
  std::atomic<std::uint64_t> met{0};
  {
    Caller caller(epochs);
    REQUIRE(caller.Insert(*table, Witness(1, 0)) == Status::kOk);
  }
  RunInThreads(3, [&](int thread, ThreadFailures& failures) {
    Caller caller(epochs);
    if (thread == 0) {
      for (std::uint32_t n = 0; !done.load(); ++n) caller.Insert(*table, Witness(1, n % 500));
      return;
    }
    for (std::uint64_t i = 0; i < 20000000 && !done.load() && !failures.failed(); ++i) {
      const std::uint64_t before = version.load();
      if (caller.Lookup(*table, Int(1)) != Status::kOk || !IsWitness(caller.answer(), 1))
        failures.Add("a torn row");
      (before % 2 == 0 && version.load() == before ? quiet : met).fetch_add(1);
      if (quiet.load() > 1000 && met.load() > 1000) done.store(true);
    }
    done.store(true);
  });
  CHECK(quiet > 1000);
  CHECK(met > 1000);
}

// Interleaving: a read that begins after a write has returned must see it.
TEST_CASE("a thread that has been told of a write sees it") {
  Rng seeds(RunSeed());
  const HashSecret secret = CollidingSecret(seeds);
  Epochs epochs;
  const auto table = MakeHashTable(epochs, secret, true);
  const auto rounds = static_cast<std::int32_t>(Scaled(30000));
  std::atomic<std::int32_t> told{0};
  {
    Caller caller(epochs);
    REQUIRE(caller.Insert(*table, Row({Int(1), Int(0)})) == Status::kOk);
  }
  RunInThreads(3, [&](int thread, ThreadFailures& failures) {
    Caller caller(epochs);
    if (thread == 0) {
      for (std::int32_t n = 1; n <= rounds; ++n) {
        caller.Insert(*table, Row({Int(1), Int(n)}));
        told.store(n, std::memory_order_release);
      }
      return;
    }
    for (std::int32_t n = 0; n < rounds && !failures.failed();) {
      n = told.load(std::memory_order_acquire);
      if (caller.Lookup(*table, Int(1)) != Status::kOk) {
        failures.Add("the row is gone");
      } else if (Load<std::int32_t>(RowElement(View(caller.answer()), 1).data + 1) < n) {
        failures.Add("an old row after the write has returned");
      }
    }
  });
}

}  // namespace termstore::test
