// Frames of rows: how they are taken out of an export and fed to an import.
#include "core/table/frames.h"

#include <doctest/doctest.h>

#include <string>

#include "test/support/hash_rows.h"
#include "test/support/seed.h"
#include "test/support/shapes_scope.h"

namespace termstore::test {
namespace {

struct Tables {
  Rng rng{RunSeed()};
  HashSecret secret{{rng.Next(), rng.Next(), rng.Next(), rng.Next() | 1}};
  Epochs epochs;
  Caller caller{epochs};

  std::unique_ptr<Table> Make() { return HashTable::Make(TableTraits{}, epochs, secret); }
  void Fill(Table& table, int rows, std::size_t bytes) {
    for (int i = 0; i < rows; ++i) {
      const Term row =
          Row({Int(static_cast<std::int32_t>(caller.Size(table))), String(std::string(bytes, 'x'))});
      REQUIRE(caller.Insert(table, row) == Status::kOk);
    }
  }
};

std::size_t FrameBytes(const Term& frame) { return kFrameHeadBytes + Load<std::uint32_t>(frame.data() + 4); }

// The frames of all slices, each taken `room` bytes at a time.
std::vector<Term> Frames(Tables& tables, Table& table, std::size_t room) {
  std::vector<Term> frames;
  TableExport out;
  while (!out.done()) {
    REQUIRE(tables.caller.Call([&](Reply&) { return out.Fetch(table); }) == Status::kOk);
    REQUIRE(out.Frame() == Status::kOk);
    for (Term frame;;) {
      const std::size_t before = frame.size();
      frame.resize(before + room);
      const std::size_t taken = out.Take(frame.data() + before, room);
      frame.resize(before + taken);
      if (taken == 0) {
        REQUIRE(frame.empty());
        break;
      }
      const bool complete = frame.size() >= kFrameHeadBytes && frame.size() >= FrameBytes(frame);
      REQUIRE((complete || taken == room));
      if (complete) frames.push_back(std::move(frame));
      if (complete) frame.clear();
    }
  }
  return frames;
}

}  // namespace

TEST_CASE("frames are taken one after the other, none beyond its end, through any room") {
  ShapesScope scope;
  Tables tables;
  const auto from = tables.Make();
  tables.Fill(*from, 500, 1000);
  tables.Fill(*from, 3, 700'000);
  const std::vector<Term> wanted = Frames(tables, *from, std::size_t{1} << 20);
  REQUIRE(wanted.size() > 3);
  for (const std::size_t room : {std::size_t{1}, std::size_t{11}, std::size_t{12}, std::size_t{13},
                                 std::size_t{4096}, std::size_t{1} << 19}) {
    REQUIRE((Frames(tables, *from, room) == wanted));
  }
  std::uint32_t rows = 0;
  for (const Term& frame : wanted) {
    REQUIRE(frame.size() == FrameBytes(frame));
    CHECK(Load<std::uint32_t>(frame.data()) == kFrameOfRows);
    rows += Load<std::uint32_t>(frame.data() + 8);
  }
  CHECK(rows == 503);
}

TEST_CASE("a frame is stored when it is complete, and a part of one never") {
  ShapesScope scope;
  Tables tables;
  const auto from = tables.Make();
  tables.Fill(*from, 20, 100);
  const Term frame = Frames(tables, *from, 4096).at(0);
  const auto to = tables.Make();
  TableImport in;
  const auto insert = [&] { return tables.caller.Call([&](Reply&) { return in.Insert(*to); }); };
  CHECK(insert() == Status::kBadArg);
  for (const std::size_t size : {std::size_t{1}, kFrameHeadBytes - 1, kFrameHeadBytes, frame.size() - 1}) {
    REQUIRE(in.Begin(size));
    REQUIRE(in.Feed({frame.data(), size}));
    CHECK(insert() == (size < kFrameHeadBytes ? Status::kBadArg : Status::kDamaged));
  }
  REQUIRE(in.Begin(frame.size()));
  REQUIRE(in.Feed({frame.data(), frame.size() - 1}));
  CHECK(insert() == Status::kBadArg);
  CHECK(tables.caller.Size(*to) == 0);
  CHECK(!in.Feed({frame.data(), 2}));
  REQUIRE(in.Feed({frame.data() + frame.size() - 1, 1}));
  CHECK(insert() == Status::kOk);
  CHECK(tables.caller.Size(*to) == 20);
}

}  // namespace termstore::test
