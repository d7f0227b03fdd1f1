// Stepping over terms: every kind, and bytes that somebody damaged.
#include <doctest/doctest.h>

#include "core/term/reader.h"
#include "test/support/exact_bytes.h"
#include "test/support/seed.h"
#include "test/support/shapes_scope.h"
#include "test/support/values.h"

namespace termstore::test {
namespace {

// Random flips, cuts, growth and overwritten length fields.
Term Damaged(Term bytes, Rng& rng) {
  for (std::uint64_t hits = 1 + rng.Below(3); hits > 0 && !bytes.empty(); --hits) {
    const std::size_t at = rng.Below(bytes.size());
    switch (rng.Below(5)) {
      case 0:
        bytes[at] ^= static_cast<std::uint8_t>(1u << rng.Below(8));
        break;
      case 1:
        bytes[at] = static_cast<std::uint8_t>(rng.Below(256));
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                     static_cast<std::uint8_t>(rng.Below(256)));
        break;
      default:
        if (bytes.size() >= at + 4)
          Store(bytes.data() + at, static_cast<std::uint32_t>(rng.Next() >> rng.Below(33)));
    }
  }
  return bytes;
}

// Calls everything that reads terms. What it answers does not matter here; staying inside `bytes` does.
void ReadEverything(Bytes bytes) {
  (void)Skip(bytes.begin(), bytes.end());
  (void)TermIsSound(bytes, true);
  (void)TermIsSound(bytes, false);
  (void)RowIsWhole(bytes);
  for (const std::uint32_t i : {0u, 1u, 5u, 200u, ~0u}) {
    const Bytes element = RowElement(bytes, i);
    if (element) CHECK(Skip(element.begin(), element.end()) == element.end());
  }
  (void)StringBody(bytes);
  if (bytes.size > 0 && *bytes.data >= kTagArray && *bytes.data <= kTagSet) (void)ReadContainer(bytes);
  (void)OrderHead(bytes);
}

}  // namespace

TEST_CASE("stepping over a term of any kind ends exactly behind it") {
  ShapesScope scope;
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(20000); round > 0; --round) {
    const Term term = Encode(RandomValue(rng, 4), Objects::kEither, rng);
    Term longer = term;
    longer.push_back(kTagNull);
    const ExactBytes exact(term);
    const ExactBytes followed(longer);
    REQUIRE(Skip(exact.view().begin(), exact.view().end()) == exact.view().end());
    REQUIRE(Skip(followed.view().begin(), followed.view().end()) == followed.view().end() - 1);
    const ExactBytes cut(Term(term.begin(), term.end() - 1));
    REQUIRE(Skip(cut.view().begin(), cut.view().end()) == nullptr);
  }
}

TEST_CASE("a tag that means nothing is not stepped over") {
  for (std::uint32_t tag = 0; tag < 256; ++tag) {
    const ExactBytes bytes(Term{static_cast<std::uint8_t>(tag), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    const bool known = RankOf(static_cast<std::uint8_t>(tag)) != kRankNone;
    if (tag < kTagShort + 13) CHECK((Skip(bytes.view().begin(), bytes.view().end()) != nullptr) == known);
    if (!known) CHECK(Skip(bytes.view().begin(), bytes.view().end()) == nullptr);
  }
}

TEST_CASE("elements of a row are found where the encoder put them") {
  ShapesScope scope;
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(3000); round > 0; --round) {
    std::vector<Term> elements;
    for (std::uint64_t n = 1 + rng.Below(20); n > 0; --n)
      elements.push_back(Encode(RandomValue(rng, 2), Objects::kEither, rng));
    const ExactBytes row(Row(elements));
    REQUIRE(RowIsWhole(row.view()));
    for (std::uint32_t i = 0; i < elements.size(); ++i)
      REQUIRE(Copy(RowElement(row.view(), i)) == elements[i]);
    REQUIRE(!RowElement(row.view(), static_cast<std::uint32_t>(elements.size())));
  }
}

TEST_CASE("an arity takes one to five bytes and a row without elements is none") {
  for (const std::uint32_t arity : {1u, 127u, 128u, 16384u, 300000u}) {
    Term row;
    for (std::uint32_t rest = arity;; rest >>= 7) {
      row.push_back(static_cast<std::uint8_t>((rest & 0x7f) | (rest >= 128 ? 0x80 : 0)));
      if (rest < 128) break;
    }
    row.insert(row.end(), arity, kTagNull);
    const ExactBytes exact(row);
    CHECK(ReadRowStart(exact.view()).arity == arity);
    CHECK(RowIsWhole(exact.view()));
    CHECK(RowElement(exact.view(), arity - 1).end() == exact.view().end());
    CHECK(!RowElement(exact.view(), arity));
  }
  CHECK_FALSE(RowIsWhole(View({})));
  CHECK_FALSE(RowIsWhole(View({0})));
  CHECK_FALSE(RowIsWhole(View({0, kTagNull})));
  CHECK_FALSE(RowIsWhole(View({2, kTagNull})));
  CHECK_FALSE(RowIsWhole(View({1, kTagNull, kTagNull})));
  CHECK_FALSE(RowIsWhole(View({0x80, 0x80, 0x80, 0x80, 0x80, 1, kTagNull})));
}

TEST_CASE("a container's header leads to its elements, with and without an index") {
  Rng rng(1);
  for (const std::size_t count : {0, 1, 31, 32, 33, 500}) {
    Value array;
    array.kind = Value::Kind::kArray;
    for (std::size_t i = 0; i < count; ++i) array.items.push_back(NumberValue(static_cast<double>(i)));
    const ExactBytes term(Encode(array, Objects::kDicts, rng));
    const Container container = ReadContainer(term.view());
    REQUIRE(container);
    CHECK(container.count == count);
    CHECK(static_cast<std::size_t>(container.end - container.first) == count * 5);
    CHECK(container.end == term.view().end());
  }
}

TEST_CASE("no damage makes a reader step outside") {
  ShapesScope scope;
  Rng rng(RunSeed());
  std::uint64_t readable = 0;
  for (std::uint64_t round = Scaled(60000); round > 0; --round) {
    Term bytes = rng.OneIn(3) ? EncodeRow({RandomValue(rng, 3), RandomValue(rng, 1)}, Objects::kEither, rng)
                              : Encode(RandomValue(rng, 4), Objects::kEither, rng);
    const ExactBytes damaged(Damaged(std::move(bytes), rng));
    ReadEverything(damaged.view());
    readable += Skip(damaged.view().begin(), damaged.view().end()) != nullptr ? 1 : 0;
  }
  CHECK(readable > 0);  // otherwise the damage never got past the first byte
}

TEST_CASE("no damage makes a comparison step outside, and damaged bytes do not compare in circles") {
  ShapesScope scope;
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(3000); round > 0; --round) {
    const Value origin = RandomValue(rng, 3);
    std::vector<ExactBytes> terms;
    for (int i = 0; i < 8; ++i)
      terms.emplace_back(Damaged(Encode(Mutated(origin, rng), Objects::kEither, rng), rng));
    int order[8][8];
    for (int i = 0; i < 8; ++i) {
      for (int j = 0; j < 8; ++j) {
        order[i][j] = CompareTerms(terms[i].view(), terms[j].view());
        (void)TermsEqual(terms[i].view(), terms[j].view());
        (void)RowsEqual(terms[i].view(), terms[j].view());
        (void)CompareToPrefix(terms[i].view(), terms[j].view());
      }
    }
    for (int i = 0; i < 8; ++i) {
      REQUIRE(order[i][i] == 0);
      for (int j = 0; j < 8; ++j) {
        REQUIRE((order[i][j] < 0) == (order[j][i] > 0));
        for (int k = 0; k < 8; ++k) {
          if (order[i][j] < 0 && order[j][k] < 0 && order[i][k] >= 0) {
            FAIL("a circle: " << Hex(terms[i].view()) << " " << Hex(terms[j].view()) << " "
                              << Hex(terms[k].view()));
          }
        }
      }
    }
  }
}

}  // namespace termstore::test
