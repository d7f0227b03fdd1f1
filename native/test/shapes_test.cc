// Shapes: one number per list of names, for ever, within bounds.
#include "core/term/shapes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "test/support/exact_bytes.h"
#include "test/support/seed.h"
#include "test/support/threads.h"
#include "test/support/values.h"

namespace termstore::test {
namespace {

Term Names(const std::vector<std::string>& names) {
  Term bytes;
  for (const std::string& name : names) {
    const Term term = String(name);
    bytes.insert(bytes.end(), term.begin(), term.end());
  }
  return bytes;
}

std::int32_t Intern(ShapeTable& shapes, const std::vector<std::string>& names) {
  return shapes.Intern(ExactBytes(Names(names)).view(), static_cast<std::uint32_t>(names.size()));
}

}  // namespace

TEST_CASE("a list of names has one number, and every other list another") {
  ShapeTable shapes;
  const std::int32_t ab = Intern(shapes, {"a", "b"});
  const std::int32_t ba = Intern(shapes, {"b", "a"});
  const std::int32_t none = Intern(shapes, {});
  const std::int32_t empty = Intern(shapes, {""});
  CHECK(ab >= 0);
  CHECK(ba >= 0);
  CHECK(ab != ba);
  CHECK(none != empty);
  CHECK(Intern(shapes, {"a", "b"}) == ab);
  CHECK(Intern(shapes, {"ab"}) != ab);
  CHECK(shapes.size() == 5);

  const Shape* shape = shapes.Find(static_cast<std::uint32_t>(ba));
  REQUIRE(shape != nullptr);
  CHECK(shape->count == 2);
  CHECK((Copy(shape->Name(0)) == String("b")));
  CHECK((Copy(shape->Name(1)) == String("a")));
  CHECK(shape->sorted[0] == 1);
  CHECK(shape->sorted[1] == 0);
  CHECK(shapes.Find(5) == nullptr);
  CHECK(shapes.Find(kMaxShapes) == nullptr);
  CHECK(shapes.Find(~0u) == nullptr);
}

TEST_CASE("names of all string kinds are sorted as strings are") {
  ShapeTable shapes;
  Rng rng(RunSeed());
  for (int round = 0; round < 200; ++round) {
    Value object;
    object.kind = Value::Kind::kObject;
    Term names;
    for (std::uint64_t n = rng.Below(20); n > 0; --n) {
      std::string name = std::to_string(rng.Below(1000)) + (rng.OneIn(3) ? "\xc3\xa9" : "") +
                         std::string(rng.OneIn(5) ? 70 : 0, 'n');
      if (rng.OneIn(5)) name += "\xed\xa0\x80";
      object.names.push_back(name);
      const Term term = Encode(StringValue(name), Objects::kDicts, rng);
      names.insert(names.end(), term.begin(), term.end());
    }
    const auto count = static_cast<std::uint32_t>(object.names.size());
    const std::int32_t id = shapes.Intern(View(names), count);
    REQUIRE(id >= 0);
    const Shape* shape = shapes.Find(static_cast<std::uint32_t>(id));
    std::vector<bool> seen(count, false);
    for (std::uint32_t i = 0; i < count; ++i) {
      REQUIRE_FALSE(seen[shape->sorted[i]]);
      seen[shape->sorted[i]] = true;
      if (i > 0) REQUIRE(CompareTerms(shape->Name(shape->sorted[i - 1]), shape->Name(shape->sorted[i])) <= 0);
    }
  }
}

TEST_CASE("names that are damaged, no strings, or too many are refused and leave nothing") {
  ShapeTable shapes;
  const auto refused = [&](const Term& names, std::uint32_t count) {
    return shapes.Intern(ExactBytes(names).view(), count) == -1;
  };
  CHECK(refused(Int(1), 1));
  CHECK(refused(Names({"a"}), 2));
  CHECK(refused(Names({"a", "b"}), 1));
  CHECK(refused({0x83, 'a', 'b'}, 1));
  CHECK(refused({kTagAscii, 0xff, 0xff, 0xff, 0xff}, 1));
  CHECK(refused(Term(kMaxShapeNames + 1, kTagShort), kMaxShapeNames + 1));
  CHECK(shapes.size() == 0);
  CHECK(shapes.Intern(View(Term(kMaxShapeNames, kTagShort)), kMaxShapeNames) == 0);
}

TEST_CASE("past 65 536 shapes there are no new ones, and the old ones stay") {
  ShapeTable shapes;
  for (std::uint32_t i = 0; i < kMaxShapes; ++i) {
    if (Intern(shapes, {std::to_string(i)}) != static_cast<std::int32_t>(i)) FAIL("shape " << i);
  }
  CHECK(Intern(shapes, {"one more"}) == -1);
  CHECK(shapes.size() == kMaxShapes);
  CHECK(Intern(shapes, {"65535"}) == 65535);
  CHECK((Copy(shapes.Find(4711)->Name(0)) == String("4711")));
}

TEST_CASE("past eight megabytes of names there are no new shapes") {
  ShapeTable shapes;
  constexpr std::uint32_t kNameBytes = 64 * 1024;  // with its header
  const auto name = [](std::uint32_t i, std::uint32_t bytes) {
    std::string text = std::to_string(i);
    return text + std::string(bytes - 5 - text.size(), 'x');
  };
  for (std::uint32_t i = 0; i < kMaxShapeBytes / kNameBytes; ++i)
    REQUIRE(Intern(shapes, {name(i, kNameBytes)}) >= 0);
  CHECK(Intern(shapes, {"a"}) == -1);
  CHECK(Intern(shapes, {}) >= 0);  // no names, no bytes
  CHECK(Intern(shapes, {name(0, kNameBytes)}) == 0);
}

// Interleaving: threads intern the same lists in different orders while others look them up.
TEST_CASE("threads that intern the same names get the same numbers") {
  ShapeTable shapes;
  constexpr std::uint32_t kLists = 1500;
  std::vector<std::vector<std::int32_t>> got(4, std::vector<std::int32_t>(kLists, -2));
  const std::uint64_t seed = RunSeed();
  RunInThreads(4, [&](int thread, ThreadFailures& failures) {
    Rng rng(seed + static_cast<std::uint64_t>(thread));
    std::vector<std::uint32_t> order(kLists);
    for (std::uint32_t i = 0; i < kLists; ++i) {
      order[i] = i;
      std::swap(order[i], order[rng.Below(i + 1)]);
    }
    for (const std::uint32_t i : order) {
      const std::int32_t id = Intern(shapes, {"list", std::to_string(i)});
      got[static_cast<std::size_t>(thread)][i] = id;
      const Shape* shape = shapes.Find(static_cast<std::uint32_t>(id));
      if (shape == nullptr || Copy(shape->Name(1)) != String(std::to_string(i)))
        failures.Add("a number leads to other names");
      const auto other = static_cast<std::uint32_t>(rng.Below(kLists));
      if (const Shape* any = shapes.Find(other); any != nullptr && any->count != 2)
        failures.Add("a shape is seen half made");
    }
  });
  CHECK(shapes.size() == kLists);
  for (int thread = 1; thread < 4; ++thread) CHECK(got[static_cast<std::size_t>(thread)] == got[0]);
}

}  // namespace termstore::test
