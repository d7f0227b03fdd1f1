// Laws of the order and of equality, over any three terms. What is damaged compares somehow: without a step
// outside and the same way round.
#include <iterator>

#include "core/term/canonical.h"
#include "core/term/compare.h"
#include "core/term/order_form.h"
#include "test/fuzz/exact.h"

namespace {

using namespace termstore;
using fuzz::Exact;
using fuzz::Require;

int SignOf(int order) { return order < 0 ? -1 : (order > 0 ? 1 : 0); }

int Order(Bytes a, Bytes b) {
  const int order = SignOf(CompareTerms(a, b));
  Require(order == -SignOf(CompareTerms(b, a)));
  Require(TermsEqual(a, b) == TermsEqual(b, a));
  return order;
}

// Short cuts agree with the order: heads, forms and windows.
void ShortCuts(Bytes a, Bytes b, int order, const OrderWindow& window) {
  const std::uint64_t heads[2][2] = {{OrderHead(a), OrderHead(b)}, {window.HeadOf(a), window.HeadOf(b)}};
  for (const auto& head : heads)
    Require(order == 0 ? head[0] == head[1] : (order < 0 ? head[0] <= head[1] : head[0] >= head[1]));
  std::uint8_t forms[2][40];
  WriteOrderForm(a, forms[0], sizeof forms[0]);
  WriteOrderForm(b, forms[1], sizeof forms[1]);
  const int by_form = SignOf(std::memcmp(forms[0], forms[1], sizeof forms[0]));
  Require(by_form == 0 || by_form == order);
  if (CompareToPrefix(b, a) == 0) Require(window.HeadOf(a) <= window.HeadOf(b));
  if (order == 0) Require(CompareToPrefix(b, a) == 0);
}

// Two keys are equal exactly if their canonical bytes are.
void Canonical(Bytes a, Bytes b) {
  if (!TermIsSound(a, false) || !TermIsSound(b, false)) return;
  const Exact left(a.size);
  const Exact right(b.size);
  const std::uint8_t* left_end = WriteCanonical(a, left.data());
  const std::uint8_t* right_end = WriteCanonical(b, right.data());
  const bool same = SameBytes({left.data(), static_cast<std::size_t>(left_end - left.data())},
                              {right.data(), static_cast<std::size_t>(right_end - right.data())});
  Require(same == TermsEqual(a, b));
  if (same) Require(CompareTerms(a, b) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::HaveShapes();
  fuzz::Input input(data, size);
  const Exact first(input.Sized());
  const Exact second(input.Sized());
  const Exact third(input.Rest());
  const Bytes terms[] = {first.view(), second.view(), third.view()};
  bool sound = true;
  for (const Bytes term : terms) {
    if (!TermIsWhole(term)) return 0;
    sound = sound && TermIsSound(term, true);
  }
  int order[3][3];
  for (std::size_t i = 0; i < std::size(terms); ++i) {
    for (std::size_t j = 0; j < std::size(terms); ++j) order[i][j] = Order(terms[i], terms[j]);
  }
  if (!sound) return 0;
  const OrderWindow window = OrderWindow::Between(terms[0], terms[1]);
  for (std::size_t i = 0; i < std::size(terms); ++i) {
    Require(order[i][i] == 0);
    for (std::size_t j = 0; j < std::size(terms); ++j) {
      ShortCuts(terms[i], terms[j], order[i][j], window);
      Canonical(terms[i], terms[j]);
      for (std::size_t k = 0; k < std::size(terms); ++k) {
        Require(!(order[i][j] <= 0 && order[j][k] <= 0 && order[i][k] > 0));
        if (order[i][j] == 0) Require(order[i][k] == order[j][k]);
      }
    }
  }
  return 0;
}
