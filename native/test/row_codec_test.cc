// Packed rows: there and back, damaged ones, and tables of them when memory is short or threads are many.
#include "core/table/row_codec.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>

#include "core/registry/registry.h"
#include "core/table/counter.h"
#include "core/table/ordered_table.h"
#include "test/support/exact_bytes.h"
#include "test/support/faults.h"
#include "test/support/hash_rows.h"
#include "test/support/seed.h"
#include "test/support/threads.h"

namespace termstore::test {
namespace {

// Strings of a few repeated letters among values of every kind: packed in both forms.
Term RandomRow(Rng& rng) {
  std::vector<Value> elements;
  for (std::uint64_t n = 1 + rng.Below(rng.OneIn(10) ? 120 : 5); elements.size() < n;) {
    const auto letter = static_cast<char>('a' + rng.Below(3));
    elements.push_back(rng.OneIn(2) ? RandomValue(rng, 2)
                                    : StringValue(std::string(rng.Below(rng.OneIn(9) ? 9000 : 90), letter)));
  }
  return EncodeRow(elements, Objects::kDicts, rng);
}

Term Packed(const RowCodec& codec, const Term& row) {
  Term packed(row.size() + RowCodec::kPlainExtra);
  std::size_t size = 0;
  REQUIRE(codec.Pack(View(row), packed.data(), &size) == Status::kOk);
  REQUIRE(size <= packed.size());
  packed.resize(size);
  return packed;
}

// The expansion, written into a block of exactly its size.
Status ExpandInto(const RowCodec& codec, const Term& packed, Term* row) {
  const ExactBytes input(packed);
  const std::size_t size = RowCodec::ExpandedSize(input.view());
  if (size == 0) return Status::kDamaged;
  REQUIRE(size <= packed.size() * Compressor::kMostExpansion);
  const std::unique_ptr<std::uint8_t[]> room(new std::uint8_t[size]);
  const Status status = codec.Expand(input.view(), room.get());
  if (status == Status::kOk) row->assign(room.get(), room.get() + size);
  return status;
}

}  // namespace

TEST_CASE("a packed row expands to the row itself, whatever it is, and is hardly larger") {
  Rng rng(RunSeed());
  std::uint64_t smaller = 0;
  for (std::uint64_t i = 0; i < Scaled(20000); ++i) {
    const Term row = RandomRow(rng);
    const std::uint32_t keypos = static_cast<std::uint32_t>(rng.Below(ReadRowStart(View(row)).arity));
    const RowCodec codec(TestCompressor(), keypos);
    const Term packed = Packed(codec, row);
    smaller += packed.size() < row.size() ? 1 : 0;
    REQUIRE((Copy(RowElement(View(packed), 0)) == Copy(RowElement(View(row), keypos))));
    Term again;
    REQUIRE(ExpandInto(codec, packed, &again) == Status::kOk);
    REQUIRE((again == row));
  }
  CHECK(smaller > 0);
}

TEST_CASE("a row without its key element cannot be packed") {
  const RowCodec codec(TestCompressor(), 2);
  const Term row = Row({Int(1), Int(2)});
  std::uint8_t room[64];
  std::size_t size = 0;
  CHECK(codec.Pack(View(row), room, &size) == Status::kDamaged);
}

TEST_CASE("damaged packed rows are refused or expand within their room") {
  Rng rng(RunSeed());
  std::uint64_t refused = 0;
  for (std::uint64_t i = 0; i < Scaled(40000); ++i) {
    const Term row = RandomRow(rng);
    const RowCodec codec(TestCompressor(), static_cast<std::uint32_t>(rng.Below(3)));
    Term packed;
    if (ReadRowStart(View(row)).arity <= codec.keypos()) {
      packed = row;  // something else altogether
    } else {
      packed = Packed(codec, row);
      if (rng.OneIn(4)) packed.resize(rng.Below(packed.size()));
    }
    for (std::uint64_t flips = rng.Below(4); flips > 0 && !packed.empty(); --flips)
      packed[rng.Below(std::min<std::uint64_t>(packed.size(), rng.OneIn(2) ? 24 : packed.size()))] =
          static_cast<std::uint8_t>(rng.Next());
    Term expanded;
    refused += ExpandInto(codec, packed, &expanded) == Status::kOk ? 0 : 1;
  }
  CHECK(refused > 0);
}

TEST_CASE("a size that the bytes cannot expand to allocates nothing") {
  const RowCodec codec(TestCompressor(), 0);
  Term packed = Packed(codec, Row({Int(1), String(std::string(1000, 'x'))}));
  // 2, the key's five bytes, tag, u32 size, form: then the size of what was compressed.
  Store(packed.data() + 12, std::uint32_t{0xffffff});
  CHECK(RowCodec::ExpandedSize(View(packed)) == 0);
  Store(packed.data() + 12, std::uint32_t{0});
  CHECK(RowCodec::ExpandedSize(View(packed)) == 0);
}

TEST_CASE("a process that can compress nothing refuses compressed tables") {
  const HashSecret secret{{1, 3, 5, 7}};
  Epochs epochs;
  VersionWords version_words;
  Registry registry(epochs, secret, version_words);
  Caller caller(epochs);
  const auto create = [&](TableId* id) {
    NewTable options;
    options.traits.compressed = true;
    options.owner = 1;
    return caller.Call([&](Reply&) { return registry.Create(std::move(options), id); });
  };
  TableId id = 0;
  CHECK(create(&id) == Status::kNoCompressor);
  registry.OfferCompressor(nullptr);
  CHECK(create(&id) == Status::kNoCompressor);
  registry.OfferCompressor(&TestCompressor());
  CHECK(create(&id) == Status::kOk);
  CHECK(caller.Call([&](Reply&) { return registry.Drop(id); }) == Status::kOk);
}

TEST_CASE("readers of a compressed table meet whole rows while writers change their size") {
  const std::uint64_t rounds = Scaled(20000);
  for (const bool ordered : {false, true}) {
    const HashSecret secret{{1, 3, 5, 7}};
    Epochs epochs;
    TableTraits traits;
    traits.type = ordered ? TableType::kOrderedSet : TableType::kSet;
    const auto make = [&](const TableTraits& of) -> std::unique_ptr<Table> {
      if (ordered) return OrderedTable::Make(of, epochs);
      return HashTable::Make(of, epochs, secret);
    };
    const std::unique_ptr<Table> table = MakeCompressed(traits, epochs, make);
    RunInThreads(3, [&](int thread, ThreadFailures& failures) {
      Caller caller(epochs);
      Rng rng(RunSeed() + static_cast<std::uint64_t>(thread));
      for (std::uint64_t i = 0; i < rounds && !failures.failed(); ++i) {
        const Term key = Int(static_cast<std::int32_t>(rng.Below(4)));
        if (thread == 0) {
          const Term text = String(std::string(rng.Below(400), static_cast<char>('a' + rng.Below(26))));
          if (caller.Insert(*table, Row({key, text, text})) != Status::kOk) failures.Add("refused");
        } else if (caller.Lookup(*table, key) == Status::kOk) {
          const Bytes row = View(caller.answer());
          if (Copy(RowElement(row, 1)) != Copy(RowElement(row, 2))) failures.Add("two rows in one");
        }
      }
    });
  }
}

#if defined(TERMSTORE_TEST_FAULTS)
TEST_CASE(
    "when any single allocation fails, an operation on a compressed table reports it and changes nothing") {
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  const Term key = Int(1);
  const Term old_row = Row({key, Int(5), String(std::string(9000, 'o'))});
  const Term new_row = Row({key, Int(6), String(std::string(20000, 'n'))});
  const std::vector<std::function<Status(Caller&, Table&)>> operations = {
      [&](Caller& caller, Table& table) { return caller.Insert(table, new_row); },
      [&](Caller& caller, Table& table) {
        return caller.InsertMany(table, {new_row, Row({Int(2), String(std::string(500, 'z'))})});
      },
      [&](Caller& caller, Table& table) { return caller.Lookup(table, key); },
      [&](Caller& caller, Table& table) { return caller.Take(table, key); },
      [&](Caller& caller, Table& table) { return caller.DeleteObject(table, old_row); },
      [&](Caller& caller, Table& table) {
        NumberCounter counter(1, 0, 1);
        return caller.Call([&](Reply&) { return table.Edit(View(key), counter, nullptr); });
      },
      [&](Caller& caller, Table& table) {
        return caller.Call([&](Reply& reply) { return table.LookupElement(View(key), 2, reply); });
      },
      [&](Caller& caller, Table& table) {
        return caller.Step(table, Direction::kForward, {}, StepPart::kRows);
      },
  };
  for (const TableType type : {TableType::kSet, TableType::kBag, TableType::kOrderedSet}) {
    for (std::size_t number = 0; number < operations.size(); ++number) {
      int failed = 0;
      for (std::uint32_t successes = 0; successes < 30; ++successes) {
        CAPTURE(static_cast<int>(type));
        CAPTURE(number);
        CAPTURE(successes);
        Epochs epochs;
        Caller caller(epochs);
        TableTraits traits;
        traits.type = type;
        const auto make = [&](const TableTraits& of) -> std::unique_ptr<Table> {
          if (type == TableType::kOrderedSet) return OrderedTable::Make(of, epochs);
          return HashTable::Make(of, epochs, secret);
        };
        const std::unique_ptr<Table> table = MakeCompressed(traits, epochs, make);
        REQUIRE(caller.Insert(*table, old_row) == Status::kOk);
        Status status = Status::kOk;
        {
          const Shortage shortage(successes);
          status = operations[number](caller, *table);
        }
        if (status == Status::kOk || status == Status::kTableType) continue;
        ++failed;
        REQUIRE(status == Status::kNoMemory);
        REQUIRE(caller.Size(*table) == 1);
        REQUIRE(caller.Step(*table, Direction::kForward, {}, StepPart::kRows) == Status::kOk);
        REQUIRE((caller.Rows() == std::vector<Term>{old_row}));
      }
      // The bag has no counters.
      CHECK((failed > 0 || (type == TableType::kBag && number == 5)));
    }
  }
}
#endif

}  // namespace termstore::test
