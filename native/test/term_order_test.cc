// The total order: its laws, an independent implementation, and the short cuts that ordered tables take.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/term/order_form.h"
#include "test/support/exact_bytes.h"
#include "test/support/seed.h"
#include "test/support/shapes_scope.h"
#include "test/support/values.h"

namespace termstore::test {
namespace {

int SignOf(int order) { return order < 0 ? -1 : (order > 0 ? 1 : 0); }

struct Sample {
  Value value;
  Term term;
};

// Values that are close to each other: half of them are another one with a part changed.
std::vector<Sample> Samples(Rng& rng, std::size_t count, int depth) {
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < count; ++i) {
    Value value = i > 0 && rng.OneIn(2) ? Mutated(samples[rng.Below(i)].value, rng) : RandomValue(rng, depth);
    Term term = Encode(value, Objects::kEither, rng);
    samples.push_back({std::move(value), std::move(term)});
  }
  return samples;
}

}  // namespace

TEST_CASE("the order of terms is the order of values, for every pair of kinds and encodings") {
  ShapesScope scope;
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(150); round > 0; --round) {
    const std::vector<Sample> samples = Samples(rng, 40, static_cast<int>(rng.Below(4)));
    for (const Sample& a : samples) {
      for (const Sample& b : samples) {
        const int order = SignOf(CompareTerms(View(a.term), View(b.term)));
        const int wanted = SignOf(ReferenceCompare(a.value, b.value, false));
        const bool equal = TermsEqual(View(a.term), View(b.term));
        const bool wanted_equal = ReferenceCompare(a.value, b.value, true) == 0;
        if (order == wanted && equal == wanted_equal) continue;
        INFO(Hex(View(a.term)));
        INFO(Hex(View(b.term)));
        REQUIRE(order == wanted);
        REQUIRE(equal == wanted_equal);
      }
    }
  }
}

TEST_CASE("the order is reflexive, antisymmetric, transitive and total") {
  ShapesScope scope;
  Rng rng(RunSeed());
  for (std::uint64_t round = Scaled(100); round > 0; --round) {
    constexpr std::size_t kCount = 24;
    const std::vector<Sample> samples = Samples(rng, kCount, 3);
    int order[kCount][kCount];
    for (std::size_t i = 0; i < kCount; ++i) {
      for (std::size_t j = 0; j < kCount; ++j)
        order[i][j] = SignOf(CompareTerms(View(samples[i].term), View(samples[j].term)));
    }
    for (std::size_t i = 0; i < kCount; ++i) {
      REQUIRE(order[i][i] == 0);
      for (std::size_t j = 0; j < kCount; ++j) {
        REQUIRE(order[i][j] == -order[j][i]);
        for (std::size_t k = 0; k < kCount; ++k) {
          const bool broken = (order[i][j] <= 0 && order[j][k] <= 0 && order[i][k] > 0) ||
                              (order[i][j] == 0 && order[i][k] != order[j][k]);
          if (broken)
            FAIL("not transitive: " << Hex(View(samples[i].term)) << " " << Hex(View(samples[j].term)) << " "
                                    << Hex(View(samples[k].term)));
        }
      }
    }
  }
}

TEST_CASE("heads of terms are ordered as the terms are, and equal terms have equal heads") {
  ShapesScope scope;
  Rng rng(RunSeed());
  std::uint64_t decided = 0;
  for (std::uint64_t round = Scaled(200); round > 0; --round) {
    const std::vector<Sample> samples = Samples(rng, 40, static_cast<int>(rng.Below(10)));
    for (const Sample& a : samples) {
      for (const Sample& b : samples) {
        const int order = CompareTerms(View(a.term), View(b.term));
        const std::uint64_t left = OrderHead(View(a.term));
        const std::uint64_t right = OrderHead(View(b.term));
        const bool fine = order == 0 ? left == right : (order < 0 ? left <= right : left >= right);
        if (!fine) FAIL(Hex(View(a.term)) << " " << Hex(View(b.term)));
        decided += left != right ? 1 : 0;
      }
    }
  }
  CHECK(decided > 0);
}

TEST_CASE("heads ascend with the order in every window, also those of keys outside of it") {
  ShapesScope scope;
  Rng rng(RunSeed());
  std::uint64_t decided = 0;
  for (std::uint64_t round = Scaled(300); round > 0; --round) {
    std::vector<Sample> samples = Samples(rng, 30, static_cast<int>(rng.Below(6)));
    for (const char* text : {"", "tenant/1", "tenant/17", "tenant/2/x"}) {
      samples.push_back({{}, String(text)});
      for (std::int32_t number : {-7, 0, 12, 13}) {
        samples.push_back({{}, Array({String(text), Int(number), Array({BigInt(number), Float(0.5)})})});
        samples.push_back({{}, Array({String(text), Int(number), Array({Int(number)})})});
        samples.push_back({{}, Array({String(text), Float(number)})});
      }
    }
    const Term& first = samples[rng.Below(samples.size())].term;
    const Term& last = samples[rng.Below(samples.size())].term;
    const OrderWindow window = OrderWindow::Between(View(first), View(last));
    for (const Sample& a : samples) {
      for (const Sample& b : samples) {
        const int order = CompareTerms(View(a.term), View(b.term));
        const std::uint64_t left = window.HeadOf(View(a.term));
        const std::uint64_t right = window.HeadOf(View(b.term));
        const bool fine = order == 0 ? left == right : (order < 0 ? left <= right : left >= right);
        if (!fine) FAIL(Hex(View(a.term)) << " " << Hex(View(b.term)));
        const bool starts = CompareToPrefix(View(b.term), View(a.term)) == 0;
        if (starts && left > right) FAIL("prefix " << Hex(View(a.term)) << " of " << Hex(View(b.term)));
        decided += !window.at_start() && left != right ? 1 : 0;
      }
    }
  }
  CHECK(decided > 0);
}

TEST_CASE("a window looks behind what keys share") {
  const auto names = [](std::int32_t i) { return Array({String("session"), Int(i)}); };
  const OrderWindow window = OrderWindow::Between(View(names(1)), View(names(4000)));
  CHECK_FALSE(window.at_start());
  CHECK(OrderHead(View(names(2000))) == OrderHead(View(names(2001))));
  CHECK(window.HeadOf(View(names(2000))) < window.HeadOf(View(names(2001))));
  CHECK(window.HeadOf(View(Array({String("sessioa"), Int(9)}))) == 0);
  CHECK(window.HeadOf(View(Array({String("zebra")}))) == ~std::uint64_t{0});
  const std::string path(26, 'p');
  const OrderWindow paths = OrderWindow::Between(View(String(path + "0001")), View(String(path + "0999")));
  CHECK(paths.HeadOf(View(String(path + "0500"))) < paths.HeadOf(View(String(path + "0501"))));
  // Nothing to look at where the keys are one key, or begin apart.
  CHECK(OrderWindow::Between(View(String(path)), View(String(path))).at_start());
  CHECK(OrderWindow::Between(View(Int(1)), View(String("a"))).at_start());
}

TEST_CASE("equality means equal canonical bytes, whatever the encoding") {
  ShapesScope scope;
  Rng rng(RunSeed());
  std::uint64_t equal = 0;
  for (std::uint64_t round = Scaled(10000); round > 0; --round) {
    const Value a = RandomValue(rng, 3);
    const Value b = Mutated(a, rng);
    const bool same = EncodeCanonical(a) == EncodeCanonical(b);
    const Term left = Encode(a, Objects::kEither, rng);
    const Term right = Encode(b, Objects::kEither, rng);
    if (TermsEqual(View(left), View(right)) != same) FAIL(Hex(View(left)) << " " << Hex(View(right)));
    if (same) REQUIRE(CompareTerms(View(left), View(right)) == 0);
    REQUIRE(TermsEqual(View(left), View(EncodeCanonical(a))));
    equal += same ? 1 : 0;
  }
  CHECK(equal > 0);
}

TEST_CASE("rows are equal element by element") {
  Rng rng(RunSeed());
  const Term row = Row({Int(1), Float(-0.0), String("a")});
  CHECK(RowsEqual(View(row), View(Row({Int(1), Int(0), String("a")}))));
  CHECK_FALSE(RowsEqual(View(row), View(Row({BigInt(1), Int(0), String("a")}))));
  CHECK_FALSE(RowsEqual(View(row), View(Row({Int(1), Int(0)}))));
  CHECK_FALSE(RowsEqual(View(row), View(Row({Int(1), Int(0), String("a"), Int(1)}))));
  CHECK_FALSE(RowsEqual(View(row), View({})));
}

TEST_CASE("everything that starts with a prefix lies together in the order") {
  ShapesScope scope;
  Rng rng(RunSeed());
  std::uint64_t inside = 0;
  for (std::uint64_t round = Scaled(400); round > 0; --round) {
    std::vector<Sample> samples = Samples(rng, 40, 2);
    for (const char* text : {"", "a", "ab", "abc", "b", "zzzzzzza"}) samples.push_back({{}, String(text)});
    samples.push_back({{}, Array({Int(1)})});
    samples.push_back({{}, Array({BigInt(1), String("a")})});
    samples.push_back({{}, Array({Int(1), String("b")})});
    std::sort(samples.begin(), samples.end(),
              [](const Sample& a, const Sample& b) { return TermLess()(a.term, b.term); });
    const Term prefix = samples[rng.Below(samples.size())].term;
    int last = -1;
    for (const Sample& sample : samples) {
      const int place = SignOf(CompareToPrefix(View(sample.term), View(prefix)));
      REQUIRE(place >= last);
      last = place;
      inside += place == 0 ? 1 : 0;
    }
    REQUIRE(CompareToPrefix(View(prefix), View(prefix)) == 0);
  }
  CHECK(inside > 0);
}

TEST_CASE("a prefix covers what begins with it and nothing else") {
  CHECK(CompareToPrefix(View(String("user:1")), View(String("user:"))) == 0);
  CHECK(CompareToPrefix(View(String("user")), View(String("user:"))) < 0);
  CHECK(CompareToPrefix(View(String("user;")), View(String("user:"))) > 0);
  CHECK(CompareToPrefix(View(String(std::string(80, 'a'))), View(String("aa"))) == 0);
  CHECK(CompareToPrefix(View(Array({Int(1), Int(2)})), View(Array({Int(1)}))) == 0);
  CHECK(CompareToPrefix(View(Array({BigInt(1), Int(2)})), View(Array({Int(1)}))) == 0);
  CHECK(CompareToPrefix(View(Array({})), View(Array({Int(1)}))) < 0);
  CHECK(CompareToPrefix(View(Array({Int(2)})), View(Array({Int(1)}))) > 0);
  CHECK(CompareToPrefix(View(Int(7)), View(String(""))) < 0);
  CHECK(CompareToPrefix(View(Int(7)), View(Int(7))) == 0);
  CHECK(CompareToPrefix(View(Int(8)), View(Int(7))) > 0);
}

}  // namespace termstore::test
