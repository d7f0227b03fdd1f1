// Large batches of insertMany: what is made ready for all of them at once, and rows in their packed form.
#include <doctest/doctest.h>

#include <algorithm>

#include "test/support/faults.h"
#include "test/support/hash_rows.h"
#include "test/support/seed.h"

namespace termstore::test {
namespace {

constexpr std::uint32_t kRows = 3000;  // enough for every stripe to be made ready

std::vector<Term> Content(Caller& caller, Table& table) {
  std::vector<Term> rows = ScanAll(caller, table, ~0u, [] {});
  std::sort(rows.begin(), rows.end());
  return rows;
}

void AppendWord(Term& bytes, std::size_t word) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
}

// As lib/bulk.ts writes them.
Term Packed(const std::vector<Term>& rows) {
  Term bytes;
  for (const Term& row : rows) {
    AppendWord(bytes, row.size());
    AppendWord(bytes, 0);
    bytes.insert(bytes.end(), row.begin(), row.end());
  }
  return bytes;
}

Status InsertPacked(Caller& caller, Table& table, const std::vector<Term>& rows, bool only_new = false) {
  const Term bytes = Packed(rows);
  const PackedRows packed(View(bytes), static_cast<std::uint32_t>(rows.size()), 0);
  REQUIRE(packed.Check() == Status::kOk);
  return caller.Call([&](Reply&) { return table.InsertPacked(packed, only_new); });
}

std::vector<Term> RandomRows(Rng& rng, std::uint32_t keys) {
  std::vector<Term> rows;
  for (std::uint32_t i = 0; i < kRows; ++i) {
    const Term key = Int(static_cast<std::int32_t>(rng.Below(keys)));
    rows.push_back(Row({key, rng.OneIn(3) ? String(std::string(rng.Below(300), 's')) : Int(1)}));
  }
  return rows;
}

}  // namespace

TEST_CASE("a large batch does what its rows do one by one") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  for (const TableType type : {TableType::kSet, TableType::kBag, TableType::kDuplicateBag}) {
    for (const WriteConcurrency stripes : {WriteConcurrency::kOff, WriteConcurrency::kOn}) {
      for (const std::uint32_t keys : {3u, 500u, 1000000u}) {
        if (type != TableType::kSet && keys == 3) continue;
        CAPTURE(keys);
        Epochs epochs;
        Caller caller(epochs);
        TableTraits traits;
        traits.type = type;
        traits.write_concurrency = stripes;
        const auto table = HashTable::Make(traits, epochs, secret);
        const auto model = HashTable::Make(traits, epochs, secret);
        for (int batch = 0; batch < 3; ++batch) {
          const std::vector<Term> rows = RandomRows(rng, keys);
          REQUIRE(InsertPacked(caller, *table, rows) == Status::kOk);
          for (const Term& row : rows) REQUIRE(caller.Insert(*model, row) == Status::kOk);
          REQUIRE(table->Size() == model->Size());
          REQUIRE((Content(caller, *table) == Content(caller, *model)));
          // Rows that share keys leave no buckets behind that were made for them.
          if (keys == 3) REQUIRE(HashTableProbe::Buckets(*table) == HashTableProbe::Buckets(*model));
          const std::vector<Term> again{Row({Int(-1), Int(1)}), rows[7]};
          REQUIRE(InsertPacked(caller, *table, again, true) == Status::kExists);
        }
        REQUIRE(caller.DeleteAll(*table) == Status::kOk);
        REQUIRE(caller.DeleteAll(*model) == Status::kOk);
        CHECK(table->Memory() == model->Memory());
      }
    }
  }
}

TEST_CASE("packed rows are looked at before they are believed") {
  const std::vector<Term> rows{Row({Int(1), Int(2)}), Row({String("a")})};
  Term bytes = Packed(rows);
  const auto check = [&](std::uint32_t count, std::uint32_t keypos = 0) {
    return PackedRows(View(bytes), count, keypos).Check();
  };
  CHECK(check(0) == Status::kOk);
  CHECK(check(2) == Status::kOk);
  CHECK(check(3) == Status::kDamaged);
  CHECK(check(0x10000000) == Status::kDamaged);
  CHECK(check(2, 1) == Status::kPosition);
  for (std::size_t i = 0; i < 9; ++i) {
    const std::uint8_t before = bytes[i];
    bytes[i] = 0xff;
    CHECK(check(2) == Status::kDamaged);
    bytes[i] = before;
  }
  // A canonical key behind the row.
  const Term key = Int(9);
  bytes = Packed({rows[0]});
  bytes[4] = static_cast<std::uint8_t>(key.size());
  CHECK(check(1) == Status::kDamaged);
  bytes.insert(bytes.end(), key.begin(), key.end());
  REQUIRE(check(1) == Status::kOk);
  std::uint32_t at = 0;
  const RowInput row = PackedRows(View(bytes), 1, 0).Read(&at);
  CHECK(at == bytes.size());
  CHECK(row.separate_key);
  CHECK(SameBytes(row.key, View(key)));
  CHECK(SameBytes(row.payload, View(rows[0])));
  bytes.back() = 0;
  bytes[bytes.size() - key.size()] = 0xff;
  CHECK(check(1) == Status::kDamaged);
}

#if defined(TERMSTORE_TEST_FAULTS)

TEST_CASE("a large batch that runs out of memory leaves the table as it was") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  for (const TableType type : {TableType::kSet, TableType::kDuplicateBag}) {
    Epochs epochs;
    Caller caller(epochs);
    TableTraits traits;
    traits.type = type;
    traits.write_concurrency = WriteConcurrency::kOn;
    const auto table = HashTable::Make(traits, epochs, secret);
    for (std::int32_t i = 0; i < 300; ++i)
      REQUIRE(caller.Insert(*table, Row({Int(i), Int(0)})) == Status::kOk);
    const std::vector<Term> before = Content(caller, *table);
    const std::vector<Term> rows = RandomRows(rng, 2000);
    std::uint32_t failures = 0;
    for (std::uint32_t successes = 0;; successes += 1 + static_cast<std::uint32_t>(rng.Below(20))) {
      Status status;
      {
        std::vector<RowInput> inputs;
        for (const Term& row : rows) inputs.push_back(Input(row));
        const Shortage shortage(successes);
        status = caller.Call([&](Reply&) { return table->InsertMany(inputs.data(), kRows, false); });
      }
      if (status == Status::kOk) break;
      REQUIRE(status == Status::kNoMemory);
      ++failures;
      REQUIRE((Content(caller, *table) == before));
    }
    CHECK(failures > 5);
  }
}

#endif

}  // namespace termstore::test
