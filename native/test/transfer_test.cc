// Rows on their way to a file and back.
#include "core/table/transfer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/table/ordered_table.h"
#include "core/term/canonical.h"
#include "core/term/portable.h"
#include "test/support/exact_bytes.h"
#include "test/support/hash_rows.h"
#include "test/support/seed.h"
#include "test/support/shapes_scope.h"

namespace termstore::test {
namespace {

// The portable form, written into exactly the bytes it was said to need; empty when it is refused.
Term Portable(const Term& row) {
  const ExactBytes exact(row);
  std::size_t size = 0;
  if (PortableRowSize(exact.view(), &size) != Status::kOk) return {};
  Term out(size);
  REQUIRE(WritePortableRow(exact.view(), out.data()) == out.data() + size);
  return out;
}

Term SizedRows(const std::vector<Term>& rows) {
  Term bytes;
  for (const Term& row : rows) {
    Append(bytes, static_cast<std::uint32_t>(row.size()));
    bytes.insert(bytes.end(), row.begin(), row.end());
  }
  return bytes;
}

TableTraits Traits(TableType type, std::uint32_t keypos = 0) {
  TableTraits traits;
  traits.type = type;
  traits.keypos = keypos;
  return traits;
}

Status Import(const std::vector<Term>& rows, const TableTraits& traits) {
  const Term bytes = SizedRows(rows);
  ImportedRows imported;
  const ExactBytes exact(bytes);
  return imported.Read(exact.view(), static_cast<std::uint32_t>(rows.size()), traits);
}

// Every row of `table`, exported in chunks of at most `max_bytes`.
std::vector<Term> ExportAll(Caller& caller, Table& table, std::size_t max_bytes) {
  std::vector<Term> rows;
  ExportCursor cursor;
  Term last;
  for (;;) {
    ChunkResult result;
    REQUIRE(caller.Call([&](Reply& reply) { return ExportRows(table, cursor, max_bytes, reply, result); }) ==
            Status::kOk);
    for (Term& row : caller.Rows()) rows.push_back(std::move(row));
    if (result.done) return rows;
    REQUIRE(result.rows > 0);
    const auto key = caller.answer().begin() + static_cast<std::ptrdiff_t>(result.last_key_offset);
    last.assign(key, key + static_cast<std::ptrdiff_t>(result.last_key_size));
    cursor.last_key = View(last);
  }
}

// An object of a shape with one long name, which a portable form repeats in each object.
Term ObjectWithLongName(ShapesScope& scope, std::size_t name_bytes) {
  const Term name = String(std::string(name_bytes, 'n'));
  const std::int32_t shape = scope.shapes().Intern(View(name), 1);
  REQUIRE(shape >= 0);
  Term object{kTagObject};
  Append(object, std::uint32_t{5});
  Append(object, static_cast<std::uint32_t>(shape));
  object.push_back(kTagNull);
  return object;
}

}  // namespace

TEST_CASE("the portable form of a row is the same row without shapes") {
  ShapesScope scope;
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(5000); round > 0; --round) {
    std::vector<Value> elements;
    for (std::uint64_t i = 1 + rng.Below(3); i > 0; --i) elements.push_back(RandomValue(rng, 4));
    const Term row = Portable(EncodeRow(elements, Objects::kEither, rng));
    REQUIRE(row == EncodeRow(elements, Objects::kDicts, rng));
  }
}

TEST_CASE("an object of 32 and more properties gets an index when its names are written out") {
  ShapesScope scope;
  Rng rng(RunSeed());
  for (const std::size_t count : {31, 32, 64}) {
    Value object;
    object.kind = Value::Kind::kObject;
    for (std::size_t i = 0; i < count; ++i) {
      object.names.push_back("name" + std::to_string(i));
      object.items.push_back(StringValue(std::string(i, 'x')));
    }
    const Term shaped = EncodeRow({object}, Objects::kShapes, rng);
    REQUIRE(shaped[1] == kTagObject);
    const Term row = Portable(shaped);
    CHECK(TermIsSound(RowElement(View(row), 0), false));
    CHECK(row == EncodeRow({object}, Objects::kDicts, rng));
  }
}

TEST_CASE("a row that refers to a shape which does not exist has no portable form") {
  ShapesScope scope;
  Term object{kTagObject};
  Append(object, std::uint32_t{4});
  Append(object, std::uint32_t{12});
  CHECK(Portable(Row({object})).empty());
  CHECK(Portable({0}).empty());
  CHECK(Portable({2, kTagNull}).empty());
  CHECK(Portable({1, kTagNull, kTagNull}).empty());
}

TEST_CASE("names that would make a row larger than a row may be are noticed before anything is written") {
  ShapesScope scope;
  const Term object = ObjectWithLongName(scope, 1 << 20);
  const Term fits = Row(std::vector<Term>(100, object));
  std::size_t size = 0;
  CHECK(PortableRowSize(View(fits), &size) == Status::kOk);
  CHECK(size > (100u << 20));
  Term many{0xd0, 0x0f};  // 2 000 elements
  for (int i = 0; i < 2000; ++i) many.insert(many.end(), object.begin(), object.end());
  CHECK(PortableRowSize(View(many), &size) == Status::kTooLarge);
}

TEST_CASE("the canonical form of bytes is that of the value") {
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(20000); round > 0; --round) {
    const Value value = RandomValue(rng, 4);
    const ExactBytes plain(Encode(value, Objects::kDicts, rng));
    Term out(plain.view().size);
    const std::uint8_t* end = WriteCanonical(plain.view(), out.data());
    REQUIRE(end != nullptr);
    out.resize(static_cast<std::size_t>(end - out.data()));
    REQUIRE(out == EncodeCanonical(value));
  }
}

TEST_CASE("rows of one key that are too many for a chunk are refused, and nothing of them is written") {
  ShapesScope scope;
  const Term object = ObjectWithLongName(scope, 4 << 20);
  Epochs epochs;
  Caller caller(epochs);
  Rng rng(RunSeed());
  const HashSecret secret = CollidingSecret(rng);
  const auto table = HashTable::Make(Traits(TableType::kDuplicateBag), epochs, secret);
  for (int i = 0; i < 300; ++i) REQUIRE(caller.Insert(*table, Row({Int(1), object})) == Status::kOk);
  ExportCursor cursor;
  ChunkResult result;
  CHECK(caller.Call([&](Reply& reply) { return ExportRows(*table, cursor, 65536, reply, result); }) ==
        Status::kTooLarge);
  CHECK(caller.answer().empty());
  CHECK(cursor.hash.position == 0);
}

TEST_CASE("rows that leave a table and come back are found under their keys, in every table type") {
  ShapesScope scope;
  Rng rng(RunSeed());
  Epochs epochs;
  Caller caller(epochs);
  const HashSecret secret = CollidingSecret(rng);
  for (const TableType type : {TableType::kSet, TableType::kOrderedSet}) {
    const TableTraits traits = Traits(type, 1);
    const auto make = [&] {
      return type == TableType::kSet ? HashTable::Make(traits, epochs, secret)
                                     : OrderedTable::Make(traits, epochs);
    };
    const auto from = make();
    const auto to = make();
    std::vector<Value> keys;
    for (int i = 0; i < 300; ++i) {
      const Value key = RandomValue(rng, 3);
      const Term row = EncodeRow({RandomValue(rng, 3), key}, Objects::kDicts, rng);
      if (key.kind == Value::Kind::kUndefined) continue;
      ImportedRows imported;
      const Term bytes = SizedRows({row});
      REQUIRE(imported.Read(View(bytes), 1, traits) == Status::kOk);
      caller.Call([&](Reply&) { return from->Insert(imported.rows()[0]); });
      keys.push_back(key);
    }
    const std::size_t sizes[] = {1, 100, 3000, std::size_t{1} << 30};
    const std::vector<Term> rows = ExportAll(caller, *from, sizes[rng.Below(4)]);
    REQUIRE(rows.size() == caller.Size(*from));
    const Term bytes = SizedRows(rows);
    ImportedRows imported;
    REQUIRE(imported.Read(View(bytes), static_cast<std::uint32_t>(rows.size()), traits) == Status::kOk);
    REQUIRE(caller.Call([&](Reply&) {
      return to->InsertMany(imported.rows(), static_cast<std::uint32_t>(rows.size()), true);
    }) == Status::kOk);
    for (const Value& key : keys) {
      const Term bytes_of_key = EncodeCanonical(key);
      REQUIRE(caller.Lookup(*from, bytes_of_key) == Status::kOk);
      const Term row = caller.answer();
      REQUIRE(caller.Lookup(*to, bytes_of_key) == Status::kOk);
      REQUIRE(RowsEqual(View(row), View(caller.answer())));
    }
  }
}

TEST_CASE("rows that are none, refer to shapes or have no key are refused, and the bad one is named") {
  ShapesScope scope;
  const TableTraits traits = Traits(TableType::kSet, 1);
  const Term good = Row({Int(1), Int(2)});
  Term object{kTagObject};
  Append(object, std::uint32_t{4});
  Append(object, static_cast<std::uint32_t>(scope.shapes().Intern(Bytes{}, 0)));
  const Term bad[] = {
      {},
      {0},
      Row({Int(1)}),
      Row({Int(1), Term{kTagUndefined}}),
      Row({object, Int(1)}),
      Row({Int(1), Float(1)}),                                            // an int32 as a double
      Row({Int(1), Int(2), Term{0x7f}}),                                  // no tag
      {0x82, 0x00, kTagNull, kTagTrue},                                   // an arity with a zero in front
      {3, kTagNull, kTagTrue},                                            // an element is missing
      {2, kTagNull, kTagTrue, kTagNull},                                  // one too many
      {0xff, 0xff, 0xff, 0xff, 0x0f, kTagNull, kTagTrue},                 // 2^32 - 1 elements
      {2, kTagNull, kTagArray, 4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff},       // so many elements, no bytes
      {2, kTagNull, kTagSymbol, 0xff, 0xff, 0xff, 0xff, 'a', 'b', 'c'}};  // a length beyond the end
  CHECK(Import({good, good}, traits) == Status::kOk);
  for (const Term& row : bad) {
    INFO(Hex(View(row)));
    const Term bytes = SizedRows({good, row, good});
    ImportedRows imported;
    CHECK(imported.Read(View(bytes), 3, traits) == Status::kDamaged);
    CHECK(imported.bad_row() == 1);
  }
  const Term bytes = SizedRows({good, good});
  for (const std::uint32_t count : {0u, 1u, 3u, ~0u}) {
    ImportedRows imported;
    CHECK(imported.Read(View(bytes), count, traits) == Status::kDamaged);
  }
}

TEST_CASE("no damage makes an import step outside, and what it accepts can be stored and found") {
  ShapesScope scope;
  Rng rng(RunSeed());
  Epochs epochs;
  Caller caller(epochs);
  const TableTraits traits = Traits(TableType::kSet);
  const HashSecret secret = CollidingSecret(rng);
  for (std::uint64_t round = Scaled(3000); round > 0; --round) {
    std::vector<Term> rows;
    for (std::uint64_t i = 1 + rng.Below(4); i > 0; --i)
      rows.push_back(EncodeRow({RandomValue(rng, 3), RandomValue(rng, 2)}, Objects::kDicts, rng));
    Term bytes = SizedRows(rows);
    for (std::uint64_t i = rng.Below(4); i > 0; --i)
      bytes[rng.Below(bytes.size())] = static_cast<std::uint8_t>(rng.Next());
    if (rng.OneIn(4)) bytes.resize(rng.Below(bytes.size() + 1));
    const ExactBytes exact(bytes);
    ImportedRows imported;
    const auto count = static_cast<std::uint32_t>(rows.size());
    if (imported.Read(exact.view(), count, traits) != Status::kOk) continue;
    const auto table = HashTable::Make(traits, epochs, secret);
    for (std::uint32_t i = 0; i < count; ++i) {
      const RowInput& row = imported.rows()[i];
      REQUIRE(caller.Call([&](Reply&) { return table->Insert(row); }) == Status::kOk);
      REQUIRE(caller.Lookup(*table, Copy(row.key)) == Status::kOk);
      REQUIRE(caller.answer() == Copy(row.payload));
    }
  }
}

}  // namespace termstore::test
