// Reads without the lock, alone and among writers; run these under ThreadSanitizer.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>

#include "test/support/hash_rows.h"
#include "test/support/seed.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

using Outcome = HashTableProbe::Outcome;

// A row that shows whether its bytes are of one moment: [key, n, string of n % 500 times the same letter].
Term Witness(std::int32_t key, std::uint32_t n) {
  return Row({Int(key), Int(static_cast<std::int32_t>(n)), String(std::string(n % 500, static_cast<char>('a' + n % 26)))});
}

bool IsWitness(const Term& row, std::int32_t key) {
  const Bytes number = RowElement(View(row), 1);
  if (!number || number.size != 5) return false;
  return row == Witness(key, static_cast<std::uint32_t>(Load<std::int32_t>(number.data + 1)));
}

Outcome TryCopy(Caller& caller, Table& table, const Term& key, Term* row) {
  std::uint32_t size = 0;
  return caller.Call([&](Reply& reply) {
    const Outcome outcome = HashTableProbe::TryCopy(table, View(key), reply, &size);
    if (outcome == Outcome::kHit) row->assign(reply.region(), reply.region() + size);
    return outcome;
  });
}

}  // namespace

TEST_CASE("a read takes no lock where nobody writes, and the lock where somebody does") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  Epochs epochs;
  Caller caller(epochs);
  const auto table = MakeHashTable(epochs, secret);
  REQUIRE(caller.Insert(*table, Witness(1, 77)) == Status::kOk);
  Term row;
  CHECK(TryCopy(caller, *table, Int(1), &row) == Outcome::kHit);
  CHECK((row == Witness(1, 77)));
  CHECK(TryCopy(caller, *table, Int(2), &row) == Outcome::kMiss);

  Stripe& stripe = HashTableProbe::StripeOf(*table, View(Int(1)));
  stripe.Acquire();
  CHECK(TryCopy(caller, *table, Int(1), &row) == Outcome::kHit);  // a reader with the lock hinders nobody
  stripe.BeginWrite();
  CHECK(TryCopy(caller, *table, Int(1), &row) == Outcome::kRetry);
  CHECK(TryCopy(caller, *table, Int(2), &row) == Outcome::kRetry);
  stripe.EndWrite();
  stripe.Release();
  CHECK(TryCopy(caller, *table, Int(1), &row) == Outcome::kHit);

  // Large rows and keys stored apart are read under the lock.
  REQUIRE(caller.Insert(*table, Row({Int(3), String(std::string(5000, 'l'))})) == Status::kOk);
  CHECK(TryCopy(caller, *table, Int(3), &row) == Outcome::kRetry);
  CHECK(caller.Lookup(*table, Int(3)) == Status::kOk);
  const HashRow apart = MakeHashRow(NumberValue(-0.0), Int(1), 0, rng);
  REQUIRE(caller.Call([&](Reply&) { return table->Insert(apart.input()); }) == Status::kOk);
  CHECK(TryCopy(caller, *table, Int(0), &row) == Outcome::kRetry);
  CHECK(caller.Lookup(*table, Int(0)) == Status::kOk);
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
  std::atomic<std::uint64_t> retries{0};
  RunInThreads(5, [&](int thread, ThreadFailures& failures) {
    Caller caller(epochs);
    Rng rng(RunSeed() + static_cast<std::uint64_t>(thread));
    if (thread < 2) {
      for (std::uint64_t i = 0; i < rounds && !failures.failed(); ++i) {
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
    std::uint64_t counts[3] = {};
    while (writers.load() > 0 && !failures.failed()) {
      const auto key = static_cast<std::int32_t>(rng.Below(kKeys));
      if (rng.OneIn(4)) {
        if (caller.Lookup(*table, Int(key)) == Status::kOk && !IsWitness(caller.answer(), key)) failures.Add("lookup: a torn row");
        const Status status = caller.Call([&](Reply& reply) { return table->LookupElement(View(Int(key)), 0, reply); });
        if (status == Status::kOk && caller.answer() != Int(key)) failures.Add("lookupElement: another row");
        caller.Member(*table, Int(key));
        continue;
      }
      Term row;
      const Outcome outcome = TryCopy(caller, *table, Int(key), &row);
      ++counts[static_cast<int>(outcome)];
      if (outcome == Outcome::kHit && !IsWitness(row, key)) failures.Add("a torn row");
    }
    hits.fetch_add(counts[0]);
    misses.fetch_add(counts[1]);
    retries.fetch_add(counts[2]);
  });
  CHECK(hits > 0);
  CHECK(misses > 0);
  epochs.Collect();
  MESSAGE("hits " << hits.load() << ", misses " << misses.load() << ", retries " << retries.load());
}

// Interleaving: one row that is always being replaced; the reader goes on until it has met a writer inside.
TEST_CASE("readers without the lock do meet writers, and are right then too") {
  Rng seeds(RunSeed());
  const HashSecret secret = CollidingSecret(seeds);
  Epochs epochs;
  const auto table = MakeHashTable(epochs, secret);
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> hits{0};
  std::atomic<std::uint64_t> retries{0};
  RunInThreads(3, [&](int thread, ThreadFailures& failures) {
    Caller caller(epochs);
    if (thread == 0) {
      for (std::uint32_t n = 0; !done.load(); ++n) caller.Insert(*table, Witness(1, n % 500));
      return;
    }
    for (std::uint64_t i = 0; i < 20000000 && !done.load() && !failures.failed(); ++i) {
      Term row;
      const Outcome outcome = TryCopy(caller, *table, Int(1), &row);
      if (outcome == Outcome::kHit && !IsWitness(row, 1)) failures.Add("a torn row");
      if (outcome == Outcome::kHit) hits.fetch_add(1);
      if (outcome == Outcome::kRetry) retries.fetch_add(1);
      if (hits.load() > 1000 && retries.load() > 100) done.store(true);
    }
    done.store(true);
  });
  CHECK(hits > 1000);
  CHECK(retries > 100);
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
