// Keys chosen to collide: they do so under the secret that they were made for only, and every answer stays
// right.
#include <doctest/doctest.h>

#include <set>

#include "test/support/hash_rows.h"
#include "test/support/seed.h"

namespace termstore::test {

TEST_CASE("keys that collide under one secret do not under others") {
  Rng rng(RunSeed());
  constexpr std::uint32_t kKeys = 4000;
  const HashSecret known = CollidingSecret(rng);
  const auto hashes = [](const HashSecret& secret) {
    std::set<std::uint32_t> different;
    for (std::uint32_t i = 0; i < kKeys; ++i)
      different.insert(static_cast<std::uint32_t>(HashBytes(View(CollidingKey(i)), secret)));
    return different.size();
  };
  CHECK(hashes(known) == 1);
  for (int secrets = 0; secrets < 40; ++secrets) {
    // Not even when the other words are known.
    HashSecret secret = known;
    secret.word[1] = rng.Next();
    CHECK(hashes(secret) > kKeys - 20);
  }
}

TEST_CASE("a table whose keys all have one hash answers as any other") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  for (const bool striped : {false, true}) {
    Epochs epochs;
    Caller caller(epochs);
    const std::unique_ptr<Table> table = MakeHashTable(epochs, secret, striped);
    const auto keys = static_cast<std::uint32_t>(Scaled(1500));
    for (std::uint32_t i = 0; i < keys; ++i)
      REQUIRE(caller.Insert(*table, Row({CollidingKey(i), Int(static_cast<std::int32_t>(i))})) ==
              Status::kOk);
    for (std::uint32_t i = 0; i < keys; i += 3)
      REQUIRE(caller.Delete(*table, CollidingKey(i)) == Status::kOk);
    for (std::uint32_t i = 0; i < keys; ++i) {
      const Status wanted = i % 3 == 0 ? Status::kNotFound : Status::kOk;
      REQUIRE(caller.Lookup(*table, CollidingKey(i)) == wanted);
      if (wanted == Status::kOk)
        REQUIRE(caller.answer() == Row({CollidingKey(i), Int(static_cast<std::int32_t>(i))}));
    }
    CHECK(ScanAll(caller, *table, 10, [] {}).size() == caller.Size(*table));
  }
}

}  // namespace termstore::test
