// SHA-256: the examples of the standard, and bytes that come in pieces.
#include "core/base/sha256.h"

#include <doctest/doctest.h>

#include <string>

namespace termstore::test {
namespace {

Bytes View(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string Hex(Sha256 hash) {
  std::uint8_t digest[Sha256::kBytes];
  hash.Finish(digest);
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string HashOf(const std::string& text) {
  Sha256 hash;
  hash.Update(View(text));
  return Hex(hash);
}

}  // namespace

TEST_CASE("SHA-256 of the examples of the standard") {
  CHECK(HashOf("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(HashOf("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(HashOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(HashOf(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 of pieces is that of the whole, at every length around a chunk") {
  for (std::size_t size = 0; size < 200; ++size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{13}, std::size_t{63}, std::size_t{64}}) {
      Sha256 hash;
      for (std::size_t at = 0; at < size; at += piece) hash.Update(View(text.substr(at, piece)));
      REQUIRE(Hex(hash) == HashOf(text));
    }
  }
}

}  // namespace termstore::test
