// Writing values as terms.
#include "test/support/values.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/term/shapes.h"

namespace termstore::test {
namespace {

void AppendTerm(Term& to, const Term& term) { to.insert(to.end(), term.begin(), term.end()); }

Term Sized(std::uint8_t tag, const Term& body) {
  Term term{tag};
  Append(term, static_cast<std::uint32_t>(body.size()));
  AppendTerm(term, body);
  return term;
}

Term Text(std::uint8_t tag, const std::string& text) { return Sized(tag, Term(text.begin(), text.end())); }

Term EncodeText(const std::string& text) {
  bool ascii = true;
  bool surrogate = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    ascii = ascii && byte < 0x80;
    surrogate = surrogate || (byte == 0xed && static_cast<std::uint8_t>(text[i + 1]) >= 0xa0);
  }
  if (ascii) return String(text);
  return Text(surrogate ? kTagWtf8 : kTagUtf8, text);
}

Term EncodeNumber(double number) {
  const bool is_int = number >= -2147483648.0 && number <= 2147483647.0 && std::trunc(number) == number;
  if (is_int && !(number == 0 && std::signbit(number))) return Int(static_cast<std::int32_t>(number));
  Term term{kTagFloat64};
  Append(term, std::isnan(number) ? std::uint64_t{0x7ff8000000000000} : std::bit_cast<std::uint64_t>(number));
  return term;
}

Term EncodeBigInt(const Value& value) {
  const std::uint64_t low = value.words.empty() ? 0 : value.words[0];
  const std::uint64_t limit = std::uint64_t{1} << 63;
  if (value.words.size() <= 1 && (low < limit || (low == limit && value.negative))) {
    return BigInt(static_cast<std::int64_t>(value.negative ? std::uint64_t{0} - low : low));
  }
  Term term{kTagBigInt};
  Append(term, static_cast<std::uint32_t>(value.words.size() * 8));
  term.push_back(value.negative ? 1 : 0);
  for (const std::uint64_t word : value.words) Append(term, word);
  return term;
}

Term EncodeBinary(const Value& value, bool canonical) {
  if (value.binary < Value::kTyped) {
    return Text(value.binary == Value::kBuffer && !canonical ? kTagBuffer : kTagBytes, value.text);
  }
  Term term{kTagTyped};
  Append(term, static_cast<std::uint32_t>(value.text.size()));
  term.push_back(static_cast<std::uint8_t>(value.binary - Value::kTyped));
  term.insert(term.end(), value.text.begin(), value.text.end());
  return term;
}

// `parts` are the encoded elements, or pairs one behind the other.
Term Collection(std::uint8_t tag, const std::vector<Term>& parts) {
  Term body;
  Append(body, static_cast<std::uint32_t>(parts.size()));
  if (parts.size() >= kIndexThreshold) {
    std::uint32_t offset = 0;
    for (const Term& part : parts) {
      Append(body, offset);
      offset += static_cast<std::uint32_t>(part.size());
    }
  }
  for (const Term& part : parts) AppendTerm(body, part);
  return Sized(tag, body);
}

struct Style {
  Objects objects;
  Rng* rng;
  bool canonical;
};

Term EncodeIn(const Style& style, const Value& value);

Term EncodeObject(const Style& style, const Value& value) {
  const bool shaped = !style.canonical && (style.objects == Objects::kShapes ||
                                           (style.objects == Objects::kEither && style.rng->OneIn(2)));
  Term names;
  for (const std::string& name : value.names) AppendTerm(names, EncodeText(name));
  auto* shapes = const_cast<ShapeTable*>(CurrentShapes());
  const std::int32_t shape = shaped && shapes != nullptr
                                 ? shapes->Intern(View(names), static_cast<std::uint32_t>(value.names.size()))
                                 : -1;
  if (shape >= 0) {
    Term body;
    Append(body, static_cast<std::uint32_t>(shape));
    for (const Value& item : value.items) AppendTerm(body, EncodeIn(style, item));
    return Sized(kTagObject, body);
  }
  std::vector<Term> parts;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    parts.push_back(EncodeText(value.names[i]));
    AppendTerm(parts.back(), EncodeIn(style, value.items[i]));
  }
  // Names are unique, so sorting whole entries sorts by name: no name's bytes are a prefix of another's.
  if (style.canonical) std::sort(parts.begin(), parts.end());
  return Collection(kTagDict, parts);
}

Term EncodeCollection(const Style& style, const Value& value) {
  std::vector<Term> parts;
  const std::size_t step = value.kind == Value::Kind::kMap ? 2 : 1;
  for (std::size_t i = 0; i < value.items.size(); i += step) {
    parts.push_back(EncodeIn(style, value.items[i]));
    if (step == 2) AppendTerm(parts.back(), EncodeIn(style, value.items[i + 1]));
  }
  if (value.kind == Value::Kind::kArray) return Collection(kTagArray, parts);
  if (style.canonical) std::sort(parts.begin(), parts.end());
  return Collection(value.kind == Value::Kind::kMap ? kTagMap : kTagSet, parts);
}

Term EncodeError(const Style& style, const Value& value) {
  Term body{static_cast<std::uint8_t>((value.names.size() > 2 ? kErrorHasStack : 0) |
                                      (value.items.empty() ? 0 : kErrorHasCause))};
  for (const std::string& name : value.names) AppendTerm(body, EncodeText(name));
  for (const Value& cause : value.items) AppendTerm(body, EncodeIn(style, cause));
  return Sized(kTagError, body);
}

Term EncodeIn(const Style& style, const Value& value) {
  using Kind = Value::Kind;
  switch (value.kind) {
    case Kind::kUndefined:
      return {kTagUndefined};
    case Kind::kNull:
      return {kTagNull};
    case Kind::kFalse:
      return {kTagFalse};
    case Kind::kTrue:
      return {kTagTrue};
    case Kind::kSymbol:
      return Text(kTagSymbol, value.text);
    case Kind::kNumber:
      return style.canonical && value.number == 0 ? Int(0) : EncodeNumber(value.number);
    case Kind::kBigInt:
      return EncodeBigInt(value);
    case Kind::kDate: {
      Term term = EncodeNumber(value.number);
      if (term[0] == kTagInt32) term = Float(value.number);
      term[0] = kTagDate;
      return term;
    }
    case Kind::kString:
      return EncodeText(value.text);
    case Kind::kBinary:
      return EncodeBinary(value, style.canonical);
    case Kind::kObject:
      return EncodeObject(style, value);
    case Kind::kError:
      return EncodeError(style, value);
    default:
      return EncodeCollection(style, value);
  }
}

}  // namespace

Value NumberValue(double number) {
  Value value;
  value.kind = Value::Kind::kNumber;
  value.number = number;
  return value;
}

Value StringValue(std::string text) {
  Value value;
  value.kind = Value::Kind::kString;
  value.text = std::move(text);
  return value;
}

Value BigIntValue(bool negative, std::vector<std::uint64_t> words) {
  Value value;
  value.kind = Value::Kind::kBigInt;
  while (!words.empty() && words.back() == 0) words.pop_back();
  value.negative = negative && !words.empty();
  value.words = std::move(words);
  return value;
}

Term Encode(const Value& value, Objects objects, Rng& rng) { return EncodeIn({objects, &rng, false}, value); }

Term EncodeCanonical(const Value& value) { return EncodeIn({Objects::kDicts, nullptr, true}, value); }

Term EncodeRow(const std::vector<Value>& elements, Objects objects, Rng& rng) {
  std::vector<Term> terms;
  for (const Value& element : elements) terms.push_back(Encode(element, objects, rng));
  return Row(terms);
}

}  // namespace termstore::test
