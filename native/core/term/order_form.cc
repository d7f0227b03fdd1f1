#include "core/term/order_form.h"

#include <cmath>

#include "core/term/number.h"
#include "core/term/reader.h"

namespace termstore {
namespace {

constexpr std::uint32_t kDeepest = 8;
// Doubles are integers of their own value below it; beyond it several integers share one.
constexpr double kExactLimit = 9007199254740992.0;

// Fills a region from its start; nothing can follow once it is full or was stopped.
class FormWriter {
 public:
  FormWriter(std::uint8_t* out, std::uint32_t room) noexcept : at_(out), end_(out + room) {
    std::memset(out, 0, room);
  }

  bool open() const noexcept { return at_ < end_; }
  void Stop() noexcept { at_ = end_; }

  void Byte(std::uint8_t byte) noexcept {
    if (at_ < end_) *at_++ = byte;
  }
  void Word(std::uint64_t word) noexcept {
    for (int shift = 56; shift >= 0; shift -= 8) Byte(static_cast<std::uint8_t>(word >> shift));
  }
  // Ends with a zero, which is below everything that may follow; a zero inside is marked.
  void Text(Bytes text) noexcept {
    const std::size_t room = static_cast<std::size_t>(end_ - at_);
    const std::size_t most = text.size < room ? text.size : room;
    if (most > 0 && std::memchr(text.data, 0, most) == nullptr) {
      std::memcpy(at_, text.data, most);
      at_ += most;
    } else {
      for (std::size_t i = 0; i < most; ++i) {
        Byte(text.data[i]);
        if (text.data[i] == 0) Byte(0xff);
      }
    }
    Byte(0);
  }

 private:
  std::uint8_t* at_;
  std::uint8_t* const end_;
};

void WriteTerm(Bytes term, FormWriter& form, std::uint32_t depth) noexcept;

void WriteNumber(Bytes term, FormWriter& form) noexcept {
  const Number number = ReadNumber(term);
  if (number.kind == Number::Kind::kNone) return form.Stop();
  const double value = AsDouble(number);
  form.Word(OrderedDouble(value));
  // By value, not by type: 2 ** 60 and 2n ** 60n are equal. NaN stops as well.
  if (!(std::fabs(value) < kExactLimit)) form.Stop();
}

void WriteArray(Bytes term, FormWriter& form, std::uint32_t depth) noexcept {
  const Container container = ReadContainer(term);
  if (!container || depth == kDeepest) return form.Stop();
  const std::uint8_t* at = container.first;
  while (at < container.end && form.open()) {
    const std::uint8_t* next = Skip(at, container.end);
    if (next == nullptr) return form.Stop();
    WriteTerm({at, static_cast<std::size_t>(next - at)}, form, depth + 1);
    at = next;
  }
  form.Byte(0);  // below every rank: an array comes before all longer ones that begin with it
}

void WriteTerm(Bytes term, FormWriter& form, std::uint32_t depth) noexcept {
  const Rank rank = term.size > 0 ? RankOf(*term.data) : kRankNone;
  form.Byte(rank);
  switch (rank) {
    case kRankNumber:
      return WriteNumber(term, form);
    case kRankArray:
      return WriteArray(term, form, depth);
    case kRankDate:
      return form.Word(OrderedDouble(DateOf(term)));
    case kRankString:
      return form.Text(StringBody(term));
    case kRankAtom:
      form.Text(AtomName(term));
      return form.Byte(*term.data);
    case kRankBinary:
      form.Text(BinaryBody(term));
      return form.Stop();  // what kind it is comes last in the order, but not for a prefix
    default:
      return form.Stop();
  }
}

}  // namespace

void WriteOrderForm(Bytes term, std::uint8_t* out, std::uint32_t room) noexcept {
  FormWriter form(out, room);
  WriteTerm(term, form, 0);
}

OrderWindow OrderWindow::Between(Bytes first, Bytes last) noexcept {
  // Keys that come later are often near: a counter's next digits.
  constexpr std::uint32_t kSlack = 2;
  std::uint8_t a[kLongestPrefix + kSlack];
  std::uint8_t b[kLongestPrefix + kSlack];
  WriteOrderForm(first, a, sizeof a);
  WriteOrderForm(last, b, sizeof b);
  std::uint32_t common = 0;
  while (common < sizeof a && a[common] == b[common]) ++common;
  OrderWindow window;
  // Equal as far as the form tells: it has nothing to look at.
  if (common <= kSlack || common == sizeof a) return window;
  window.size_ = static_cast<std::uint8_t>(common - kSlack);
  std::memcpy(window.prefix_, a, window.size_);
  return window;
}

std::uint64_t OrderWindow::HeadBehindPrefix(Bytes key) const noexcept {
  std::uint8_t form[kLongestPrefix + 8];
  WriteOrderForm(key, form, size_ + 8u);
  const int order = std::memcmp(form, prefix_, size_);
  if (order != 0) return order < 0 ? 0 : ~std::uint64_t{0};
  return LoadBigEndian(form + size_);
}

}  // namespace termstore
