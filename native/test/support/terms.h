// Terms and rows as tests write them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/term/compare.h"
#include "core/term/format.h"
#include "core/term/row.h"

namespace termstore::test {

using Term = std::vector<std::uint8_t>;

inline Bytes View(const Term& term) { return {term.data(), static_cast<std::uint32_t>(term.size())}; }
inline Term Copy(Bytes bytes) { return Term(bytes.begin(), bytes.end()); }

template <typename T>
void Append(Term& to, T value) {
  const std::size_t at = to.size();
  to.resize(at + sizeof value);
  Store(to.data() + at, value);
}

inline Term Int(std::int32_t value) {
  Term term{kTagInt32};
  Append(term, value);
  return term;
}
inline Term Float(double value) {
  Term term{kTagFloat64};
  Append(term, value);
  return term;
}
inline Term BigInt(std::int64_t value) {
  Term term{kTagBigInt64};
  Append(term, value);
  return term;
}
// ASCII only.
inline Term String(const std::string& text) {
  Term term;
  if (text.size() <= kMaxShortString) {
    term.push_back(static_cast<std::uint8_t>(kTagShort | text.size()));
  } else {
    term.push_back(kTagAscii);
    Append(term, static_cast<std::uint32_t>(text.size()));
  }
  term.insert(term.end(), text.begin(), text.end());
  return term;
}
// Fewer than 32 elements.
inline Term Array(const std::vector<Term>& elements) {
  Term body;
  for (const Term& element : elements) body.insert(body.end(), element.begin(), element.end());
  Term term{kTagArray};
  Append(term, static_cast<std::uint32_t>(body.size() + 4));
  Append(term, static_cast<std::uint32_t>(elements.size()));
  term.insert(term.end(), body.begin(), body.end());
  return term;
}
// Fewer than 128 elements.
inline Term Row(const std::vector<Term>& elements) {
  Term row{static_cast<std::uint8_t>(elements.size())};
  for (const Term& element : elements) row.insert(row.end(), element.begin(), element.end());
  return row;
}

// As callers of an ordered table pass a row. `row` must outlive the result.
inline RowInput Input(const Term& row, std::uint32_t keypos = 0) {
  return {View(row), RowElement(View(row), keypos), false};
}

struct TermLess {
  bool operator()(const Term& a, const Term& b) const { return CompareTerms(View(a), View(b)) < 0; }
};

}  // namespace termstore::test
