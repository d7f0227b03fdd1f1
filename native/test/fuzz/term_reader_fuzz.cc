// Any bytes as a term and as a row: every reader stays inside, and what is sound has a canonical form, a
// portable form and an index that mean the same.
#include "core/persistent/key_index.h"
#include "core/term/canonical.h"
#include "core/term/compare.h"
#include "core/term/order_form.h"
#include "core/term/portable.h"
#include "test/fuzz/exact.h"

namespace {

using namespace termstore;
using fuzz::Exact;
using fuzz::Require;

bool IsContainer(Bytes term) { return *term.data >= kTagArray && *term.data <= kTagSet; }

// What reads terms that were looked at only from outside.
void ReadWhole(Bytes term) {
  (void)OrderHead(term);
  std::uint8_t form[40];
  WriteOrderForm(term, form, sizeof form);
  Require(OrderWindow::Between(term, term).at_start());
  Require(CompareTerms(term, term) == 0);
  (void)StringBody(term);
  if (!IsContainer(term)) return;
  const Container container = ReadContainer(term);
  if (!container) return;
  Require(container.first <= container.end && container.end <= term.end());
}

// The index of a stored term finds every name and key that can be looked for.
void ReadIndex(Bytes term) {
  const KeyIndexSize index = MeasureKeyIndex(term);
  if (index.words == 0 || index.words > (std::size_t{1} << 24)) return;
  const std::size_t padded = (term.size + 3) & ~std::size_t{3};
  const Exact content(padded + index.words * sizeof(std::uint32_t));
  std::memcpy(content.data(), term.data, term.size);
  WriteKeyIndex({content.data(), term.size}, {content.data(), term.size}, index,
                reinterpret_cast<std::uint32_t*>(content.data() + padded));
  if (!IsContainer(term)) return;
  const Container container = ReadContainer(term);
  if (!container || container.count < kIndexThreshold) return;
  const std::uint8_t* next = Skip(container.first, container.end);
  if (next == nullptr) return;
  const Bytes name{container.first, static_cast<std::size_t>(next - container.first)};
  (void)FindInKeyIndex(content.view(), term.size, 0, name);
}

void ReadSound(Bytes term) {
  Require(TermIsWhole(term) && TermsEqual(term, term));
  const Exact first(term.size);
  const std::uint8_t* end = WriteCanonical(term, first.data());
  Require(end != nullptr && end <= first.view().end());
  const Bytes canonical{first.data(), static_cast<std::size_t>(end - first.data())};
  Require(TermIsSound(canonical, false) && TermsEqual(term, canonical));
  // It is a fixed point.
  const Exact second(canonical.size);
  const std::uint8_t* again = WriteCanonical(canonical, second.data());
  Require(again == second.view().end() && SameBytes(canonical, second.view()));
}

void ReadRow(Bytes row) {
  for (const std::uint32_t keypos : {0u, 1u, 5u}) {
    Bytes key;
    const RowShape shape = ParseRow(row, keypos, &key);
    if (shape == RowShape::kWhole) Require(SameBytes(key, RowElement(row, keypos)));
  }
  std::size_t size = 0;
  if (PortableRowSize(row, &size) != Status::kOk || size > (std::size_t{1} << 24)) return;
  const Exact portable(size);
  Require(WritePortableRow(row, portable.data()) == portable.view().end());
  std::size_t same = 0;
  Require(PortableRowSize(portable.view(), &same) == Status::kOk && same == size);
  bool sound = true;
  const RowStart start = ReadRowStart(row);
  for (std::uint32_t i = 0; sound && i < start.arity; ++i) sound = TermIsSound(RowElement(row, i), true);
  if (!sound) return;
  Require(RowsEqual(row, portable.view()));
  for (std::uint32_t i = 0; i < start.arity; ++i) Require(TermIsSound(RowElement(portable.view(), i), false));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::HaveShapes();
  const Exact input({data, size});
  const Bytes bytes = input.view();
  if (TermIsWhole(bytes)) {
    ReadWhole(bytes);
    ReadIndex(bytes);
  }
  if (size > 0 && TermIsSound(bytes, false)) {
    Require(TermIsSound(bytes, true));
    ReadSound(bytes);
  }
  if (RowIsWhole(bytes)) ReadRow(bytes);
  return 0;
}
