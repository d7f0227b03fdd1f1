// The arena against a model: cells never overlap, bytes stay, memory is counted exactly.
#include "core/memory/arena.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "test/support/faults.h"
#include "test/support/seed.h"

namespace termstore::test {
namespace {

struct Cell {
  RowRef ref;
  std::uint32_t bytes;
  std::uint8_t fill;
};

// Cells by address.
class Model {
 public:
  explicit Model(Arena& arena) : arena_(arena) {}

  bool Add(RowRef ref, std::uint32_t bytes, std::uint8_t fill) {
    std::uint8_t* at = arena_.At(ref);
    REQUIRE(at != nullptr);
    REQUIRE(reinterpret_cast<std::uintptr_t>(at) % Arena::kUnit == 0);
    const auto next = cells_.lower_bound(at);
    if (next != cells_.end()) REQUIRE(at + bytes <= next->first);
    if (next != cells_.begin()) REQUIRE(std::prev(next)->first + std::prev(next)->second.bytes <= at);
    std::fill_n(at, bytes, fill);
    return cells_.emplace(at, Cell{ref, bytes, fill}).second;
  }
  void RemoveOne(Rng& rng) {
    auto place = cells_.begin();
    std::advance(place, static_cast<std::ptrdiff_t>(rng.Below(std::min<std::size_t>(cells_.size(), 50))));
    Remove(place);
  }
  void RemoveAll() {
    while (!cells_.empty()) Remove(cells_.begin());
  }
  void Forget() { cells_.clear(); }
  std::size_t size() const { return cells_.size(); }

 private:
  void Remove(std::map<std::uint8_t*, Cell>::iterator place) {
    const Cell cell = place->second;
    REQUIRE(arena_.At(cell.ref) == place->first);
    REQUIRE(std::all_of(place->first, place->first + cell.bytes,
                        [&](std::uint8_t byte) { return byte == cell.fill; }));
    arena_.Free(cell.ref);
    cells_.erase(place);
  }

  Arena& arena_;
  std::map<std::uint8_t*, Cell> cells_;
};

std::uint32_t RandomBytes(Rng& rng) {
  if (rng.OneIn(40))
    return static_cast<std::uint32_t>(16000 + rng.Below(90000));  // around and beyond kMaxCell
  return static_cast<std::uint32_t>(1 + rng.Below(rng.OneIn(4) ? 3000 : 130));
}

}  // namespace

TEST_CASE("cells of an arena never overlap and keep their bytes") {
  Epochs epochs;
  Arena arena(epochs);
  Model model(arena);
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(200000); round > 0; --round) {
    // Phases of growth and of shrinking.
    const bool grow = (round / 20000) % 2 == 0 ? !rng.OneIn(3) : rng.OneIn(3);
    if (grow || model.size() == 0) {
      const std::uint32_t bytes = RandomBytes(rng);
      const RowRef ref = arena.Allocate(bytes);
      REQUIRE(ref != kNoRow);
      REQUIRE(model.Add(ref, bytes, static_cast<std::uint8_t>(rng.Next())));
    } else {
      model.RemoveOne(rng);
    }
    if (rng.OneIn(20000)) {
      arena.Clear();
      model.Forget();
    }
    if (rng.OneIn(100)) epochs.Collect();
  }
  model.RemoveAll();
}

TEST_CASE("a cell that SameCell says is kept holds the new bytes") {
  Epochs epochs;
  std::uint64_t same = 0;
  for (std::uint32_t bytes = 1; bytes <= Arena::kMaxCell; bytes += 1 + bytes / 50) {
    Arena arena(epochs);
    std::vector<std::uint8_t*> cells;
    for (int i = 0; i < 4; ++i) cells.push_back(arena.At(arena.Allocate(bytes)));
    std::sort(cells.begin(), cells.end());
    // Cells of one slab lie one behind the other, so their distance is their size.
    const auto cell =
        static_cast<std::uint32_t>(std::min({cells[1] - cells[0], cells[2] - cells[1], cells[3] - cells[2]}));
    CHECK(Arena::SameCell(bytes, bytes));
    for (const std::uint32_t other :
         {bytes + 1, bytes + 15, bytes + 16, bytes + bytes / 4, bytes + bytes / 3, bytes * 2}) {
      if (Arena::SameCell(bytes, other)) {
        CHECK(other <= cell);
        ++same;
      }
      CHECK(Arena::SameCell(bytes, other) == Arena::SameCell(other, bytes));
    }
    CHECK(cell >= bytes);
    CHECK(cell <= std::max(bytes + bytes / 4 + Arena::kUnit, Arena::kUnit));  // at most a quarter is wasted
  }
  CHECK(same > 0);
  CHECK(Arena::SameCell(20001, 20015));
  CHECK_FALSE(Arena::SameCell(20001, 20100));
  CHECK_FALSE(Arena::SameCell(Arena::kMaxCell, Arena::kMaxCell + 1));
}

TEST_CASE("a reference that is not of this arena has no address") {
  Epochs epochs;
  Arena arena(epochs);
  CHECK(arena.At(kNoRow) == nullptr);
  CHECK(arena.At(~RowRef{0}) == nullptr);
  const RowRef ref = arena.Allocate(100);
  CHECK(arena.At(ref) != nullptr);
  CHECK(arena.At(kNoRow) == nullptr);
  CHECK(arena.At(~RowRef{0}) == nullptr);
  const RowRef large = arena.Allocate(50000);
  arena.Free(large);
  CHECK(arena.At(large) == nullptr);
  arena.Clear();
  CHECK(arena.At(ref) == nullptr);
}

TEST_CASE("rows that come and go leave one slab, and Clear leaves nothing") {
  Epochs epochs;
  Arena arena(epochs);
  CHECK(arena.memory() == 0);
  const RowRef first = arena.Allocate(40);
  const std::size_t one_slab = arena.memory();
  arena.Free(first);
  for (int round = 0; round < 3; ++round) {
    std::vector<RowRef> refs;
    for (int i = 0; i < 20000; ++i) refs.push_back(arena.Allocate(40));
    CHECK(arena.memory() > 20000 * 40);
    CHECK(arena.memory() < 20000 * 48 + 70000 + 4096);
    for (const RowRef ref : refs) arena.Free(ref);
    CHECK(arena.memory() < one_slab + 65536 + 4096);
  }
  const std::size_t before = arena.memory();
  const RowRef large = arena.Allocate(1 << 20);
  CHECK(arena.memory() >= before + (1 << 20));
  arena.Free(large);
  CHECK(arena.memory() == before);
  arena.Clear();
  CHECK(arena.memory() == 0);
  arena.Clear();
  CHECK(arena.Allocate(40) != kNoRow);
  CHECK(arena.memory() == one_slab);
  arena.Clear();
  CHECK(arena.memory() == 0);
}

TEST_CASE("an arena is sparse while most of it is holes, until it is evacuated or cleared") {
  Epochs epochs;
  Arena arena(epochs);
  std::vector<RowRef> refs;
  for (int i = 0; i < 20000; ++i) refs.push_back(arena.Allocate(40));
  CHECK_FALSE(arena.IsSparse());
  const std::size_t full = arena.memory();
  std::vector<RowRef> kept;
  for (std::size_t i = 0; i < refs.size(); ++i) {
    if (i % 4 == 0)
      kept.push_back(refs[i]);
    else
      arena.Free(refs[i]);
  }
  CHECK(arena.IsSparse());
  CHECK(arena.memory() == full);
  REQUIRE(arena.BeginEvacuation());
  std::size_t moved = 0;
  for (RowRef& ref : kept) {
    if (!arena.IsLeaving(ref)) continue;
    const RowRef fresh = arena.Allocate(40);
    REQUIRE(fresh != kNoRow);
    CHECK_FALSE(arena.IsLeaving(fresh));
    arena.Free(ref);
    ref = fresh;
    ++moved;
  }
  arena.EndEvacuation();
  CHECK(moved > 0);
  CHECK(moved < kept.size());
  CHECK(arena.memory() < full / 2);
  CHECK_FALSE(arena.IsSparse());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (i % 4 != 0) arena.Free(kept[i]);
  }
  CHECK(arena.IsSparse());
  arena.Clear();
  CHECK_FALSE(arena.IsSparse());
}

#if defined(TERMSTORE_TEST_FAULTS)

TEST_CASE("memory() is what the arena has taken and not given back") {
  Epochs epochs;
  const AllocationMeter meter;
  Arena arena(epochs);
  Model model(arena);
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(20000); round > 0; --round) {
    const std::uint32_t bytes = RandomBytes(rng);
    if (model.size() == 0 || rng.OneIn(2)) {
      model.Add(arena.Allocate(bytes), bytes, 1);
    } else {
      model.RemoveOne(rng);
    }
    if (rng.OneIn(1000)) {
      arena.Clear();
      model.Forget();
    }
    epochs.Collect();
    if (meter.live() != arena.memory()) FAIL("counted " << arena.memory() << ", taken " << meter.live());
  }
  model.RemoveAll();
}

TEST_CASE("an allocation that fails changes nothing, and later ones succeed") {
  Epochs epochs;
  Arena arena(epochs);
  Model model(arena);
  Rng rng(RunSeed());
  std::uint32_t failures = 0;
  for (std::uint64_t round = Scaled(3000); round > 0; --round) {
    const std::uint32_t bytes = RandomBytes(rng);
    RowRef ref;
    {
      const Shortage shortage(static_cast<std::uint32_t>(rng.Below(2)));
      ref = arena.Allocate(bytes);
    }
    if (ref == kNoRow) {
      ++failures;
      ref = arena.Allocate(bytes);
      REQUIRE(ref != kNoRow);
    }
    model.Add(ref, bytes, static_cast<std::uint8_t>(round));
  }
  CHECK(failures > 0);
  model.RemoveAll();
}

#endif

}  // namespace termstore::test
