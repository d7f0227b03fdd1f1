// Which bytes are a term: everything an encoder writes, and nothing that has several readings.
#include <doctest/doctest.h>

#include <string>

#include "core/term/reader.h"
#include "test/support/exact_bytes.h"
#include "test/support/seed.h"
#include "test/support/shapes_scope.h"
#include "test/support/values.h"

namespace termstore::test {
namespace {

bool Sound(const Term& term) { return TermIsSound(ExactBytes(term).view(), true); }

Term Sized(std::uint8_t tag, const Term& body) {
  Term term{tag};
  Append(term, static_cast<std::uint32_t>(body.size()));
  term.insert(term.end(), body.begin(), body.end());
  return term;
}

Term Text(std::uint8_t tag, const std::string& text) { return Sized(tag, Term(text.begin(), text.end())); }

Term Big(std::uint8_t sign, const std::vector<std::uint64_t>& words) {
  Term term{kTagBigInt};
  Append(term, static_cast<std::uint32_t>(words.size() * 8));
  term.push_back(sign);
  for (const std::uint64_t word : words) Append(term, word);
  return term;
}

Term Typed(std::uint8_t kind, std::uint32_t size) {
  Term term{kTagTyped};
  Append(term, size);
  term.push_back(kind);
  term.resize(term.size() + size);
  return term;
}

Term Raw64(std::uint8_t tag, std::uint64_t bits) {
  Term term{tag};
  Append(term, bits);
  return term;
}

Term Nested(std::uint32_t depth) {
  Term term{kTagNull};
  for (std::uint32_t i = 0; i < depth; ++i) term = Array({term});
  return term;
}

}  // namespace

TEST_CASE("every encoded value is sound, and shapes only where they are allowed") {
  ShapesScope scope;
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(20000); round > 0; --round) {
    const Value value = RandomValue(rng, 4);
    REQUIRE(Sound(Encode(value, Objects::kEither, rng)));
    REQUIRE(TermIsSound(View(EncodeCanonical(value)), false));
  }
  Value object;
  object.kind = Value::Kind::kObject;
  object.names = {"a"};
  object.items = {NumberValue(1)};
  const Term shaped = Encode(object, Objects::kShapes, rng);
  REQUIRE(shaped[0] == kTagObject);
  CHECK(TermIsSound(View(shaped), true));
  CHECK_FALSE(TermIsSound(View(shaped), false));
}

TEST_CASE("numbers and bigints have one form each") {
  CHECK(Sound(Float(-0.0)));
  CHECK(Sound(Float(0.5)));
  CHECK(Sound(Float(2147483648.0)));
  CHECK_FALSE(Sound(Float(0.0)));
  CHECK_FALSE(Sound(Float(2147483647.0)));
  CHECK_FALSE(Sound(Float(-2147483648.0)));
  CHECK(Sound(Raw64(kTagFloat64, 0x7ff8000000000000u)));
  CHECK_FALSE(Sound(Raw64(kTagFloat64, 0x7ff8000000000001u)));
  CHECK_FALSE(Sound(Raw64(kTagFloat64, 0xfff8000000000000u)));
  CHECK(Sound(Raw64(kTagDate, 0x7ff8000000000000u)));
  CHECK_FALSE(Sound(Raw64(kTagDate, 0xfff8000000000000u)));

  const std::uint64_t top = std::uint64_t{1} << 63;
  CHECK(Sound(Big(0, {top})));
  CHECK(Sound(Big(1, {top + 1})));
  CHECK(Sound(Big(0, {0, 1})));
  CHECK_FALSE(Sound(Big(0, {top - 1})));
  CHECK_FALSE(Sound(Big(1, {top})));
  CHECK_FALSE(Sound(Big(0, {})));
  CHECK_FALSE(Sound(Big(0, {top, 0})));
  CHECK_FALSE(Sound(Big(2, {top})));
  Term odd = Big(0, {0, top});
  Store(odd.data() + 1, std::uint32_t{15});
  odd.pop_back();
  CHECK_FALSE(Sound(odd));
}

TEST_CASE("a string has the tag that its bytes ask for") {
  const std::string euro = "\xe2\x82\xac";
  const std::string high = "\xed\xa0\x80";
  const std::string low = "\xed\xb0\x80";
  CHECK(Sound(Text(kTagAscii, std::string(64, 'a'))));
  CHECK_FALSE(Sound(Text(kTagAscii, std::string(63, 'a'))));
  CHECK_FALSE(Sound(Text(kTagAscii, std::string(70, 'a') + euro)));
  CHECK_FALSE(Sound({0x82, 'a', 0xc3}));
  CHECK(Sound(Text(kTagUtf8, euro)));
  CHECK_FALSE(Sound(Text(kTagUtf8, "abc")));
  CHECK_FALSE(Sound(Text(kTagUtf8, euro + high)));
  CHECK(Sound(Text(kTagWtf8, high)));
  CHECK(Sound(Text(kTagWtf8, low + high + euro)));
  CHECK(Sound(Text(kTagWtf8, high + "x" + low)));
  CHECK_FALSE(Sound(Text(kTagWtf8, euro)));
  CHECK_FALSE(Sound(Text(kTagWtf8, high + low)));
  CHECK(Sound(Text(kTagSymbol, "")));
  CHECK(Sound(Text(kTagSymbol, high)));
  CHECK_FALSE(Sound(Text(kTagSymbol, high + low)));
  for (const char* broken :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe2\x82", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xe2\x28\xa1", "\xe2\x82\x28"}) {
    CHECK_FALSE(Sound(Text(kTagUtf8, broken + euro)));
    CHECK_FALSE(Sound(Text(kTagUtf8, euro + broken)));
    CHECK_FALSE(Sound(Text(kTagSymbol, broken)));
  }
}

TEST_CASE("a typed array has a known kind and whole elements") {
  for (std::uint8_t kind = 0; kind <= kMaxTypedKind; ++kind) CHECK(Sound(Typed(kind, 16)));
  CHECK_FALSE(Sound(Typed(kMaxTypedKind + 1, 16)));
  CHECK(Sound(Typed(1, 3)));
  CHECK_FALSE(Sound(Typed(3, 3)));
  CHECK_FALSE(Sound(Typed(7, 6)));
  CHECK_FALSE(Sound(Typed(8, 12)));
  CHECK(Sound(Typed(11, 13)));
}

TEST_CASE("a container's count, index and size agree") {
  Term array = Array({Int(1), Int(2)});
  CHECK(Sound(array));
  Term wrong = array;
  Store(wrong.data() + 5, std::uint32_t{1});
  CHECK_FALSE(Sound(wrong));
  Store(wrong.data() + 5, std::uint32_t{3});
  CHECK_FALSE(Sound(wrong));
  Store(wrong.data() + 5, std::uint32_t{0xffffffff});
  CHECK_FALSE(Sound(wrong));
  Term longer = array;
  longer.push_back(kTagNull);
  CHECK_FALSE(Sound(longer));

  Rng rng(1);
  Value set;
  set.kind = Value::Kind::kSet;
  for (int i = 0; i < 40; ++i) set.items.push_back(NumberValue(i));
  const Term indexed = Encode(set, Objects::kDicts, rng);
  CHECK(Sound(indexed));
  for (std::size_t i = 0; i < 40; ++i) {
    Term shifted = indexed;
    ++shifted[9 + 4 * i];
    CHECK_FALSE(Sound(shifted));
  }
}

TEST_CASE("names are strings, errors have name and message, shapes exist") {
  CHECK(Sound(Sized(kTagDict, {1, 0, 0, 0, 0x81, 'a', kTagNull})));
  CHECK_FALSE(Sound(Sized(kTagDict, {1, 0, 0, 0, kTagTrue, kTagNull})));
  CHECK_FALSE(Sound(Sized(kTagDict, {1, 0, 0, 0, 0x81, 'a'})));
  CHECK(Sound(Sized(kTagMap, {1, 0, 0, 0, kTagTrue, kTagNull})));
  CHECK(Sound(Sized(kTagError, {0, 0x80, 0x80})));
  CHECK_FALSE(Sound(Sized(kTagError, {0, 0x80})));
  CHECK_FALSE(Sound(Sized(kTagError, {})));
  CHECK_FALSE(Sound(Sized(kTagError, {0, 0x80, kTagNull})));
  CHECK_FALSE(Sound(Sized(kTagError, {1, 0x80, 0x80})));
  CHECK_FALSE(Sound(Sized(kTagError, {1, 0x80, 0x80, kTagNull})));
  CHECK(Sound(Sized(kTagError, {3, 0x80, 0x80, 0x80, kTagNull})));
  CHECK_FALSE(Sound(Sized(kTagError, {2, 0x80, 0x80})));
  CHECK_FALSE(Sound(Sized(kTagError, {4, 0x80, 0x80})));
  ShapesScope scope;
  CHECK_FALSE(Sound(Sized(kTagObject, {0, 0, 0, 0})));
  CHECK_FALSE(Sound(Sized(kTagObject, {0xff, 0xff, 0xff, 0xff})));
}

TEST_CASE("containers nest 1024 deep and no deeper, and the deepest compare") {
  const Term deepest = Nested(kMaxDepth);
  CHECK(Sound(deepest));
  CHECK_FALSE(Sound(Nested(kMaxDepth + 1)));
  CHECK_FALSE(Sound(Nested(3000)));
  Term other = deepest;
  other.back() = kTagTrue;
  CHECK(CompareTerms(View(deepest), View(other)) < 0);
  CHECK(CompareTerms(View(deepest), View(deepest)) == 0);
  // Sets and Maps sort what they hold before they compare: the deepest recursion there is.
  Term left{kTagNull};
  Term right{kTagTrue};
  for (std::uint32_t i = 0; i < 2000; ++i) {
    for (Term* term : {&left, &right}) {
      Term body{1, 0, 0, 0};
      body.insert(body.end(), term->begin(), term->end());
      *term = Sized(kTagSet, body);
    }
    if (i == kMaxDepth - 1) CHECK(CompareTerms(View(left), View(right)) < 0);
    if (i == kMaxDepth - 1) CHECK(Sound(left));
  }
  CHECK_FALSE(Sound(left));
  CHECK(CompareTerms(View(left), View(right)) != 0);
}

TEST_CASE("a changed byte is refused or leaves a term that is walked to its end") {
  ShapesScope scope;
  Rng rng(RunSeed());
  std::uint64_t refused = 0;
  for (std::uint64_t round = Scaled(20000); round > 0; --round) {
    Term term = EncodeCanonical(RandomValue(rng, 3));
    const Term before = term;
    term[rng.Below(term.size())] ^= static_cast<std::uint8_t>(1 + rng.Below(255));
    if (!Sound(term)) {
      ++refused;
      continue;
    }
    // A sound term is walked to its end by the same steps that readers take.
    REQUIRE(Skip(term.data(), term.data() + term.size()) == term.data() + term.size());
    REQUIRE((term != before));
  }
  CHECK(refused > 0);
}

}  // namespace termstore::test
