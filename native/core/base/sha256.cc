#include "core/base/sha256.h"

#include <algorithm>

namespace termstore {
namespace {

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
constexpr std::uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// The standard counts bytes from the other end.
std::uint32_t Swap(std::uint32_t word) noexcept {
  return word << 24 | (word & 0xff00u) << 8 | (word >> 8 & 0xff00u) | word >> 24;
}

std::uint32_t Rotate3(std::uint32_t word, int a, int b, int c) noexcept {
  return std::rotr(word, a) ^ std::rotr(word, b) ^ std::rotr(word, c);
}

using Word = std::uint32_t;

struct Rounds {
  const Word* words;
  const Word* constants;

  // The letters of the standard.
  void Run(std::size_t i, Word a, Word b, Word c, Word& d, Word e, Word f, Word g, Word& h) const noexcept {
    const Word choice = (e & f) ^ (~e & g);
    const Word majority = (a & b) ^ (a & c) ^ (b & c);
    const Word sum = h + Rotate3(e, 6, 11, 25) + choice + constants[i] + words[i];
    d += sum;
    h = sum + Rotate3(a, 2, 13, 22) + majority;
  }
};

}  // namespace

void Sha256::Mix(const std::uint8_t* chunk) noexcept {
  std::uint32_t words[64];
  for (std::size_t i = 0; i < 16; ++i) words[i] = Swap(Load<std::uint32_t>(chunk + 4 * i));
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t near = words[i - 2];
    const std::uint32_t far = words[i - 15];
    words[i] = words[i - 16] + words[i - 7] + (std::rotr(near, 17) ^ std::rotr(near, 19) ^ near >> 10) +
               (std::rotr(far, 7) ^ std::rotr(far, 18) ^ far >> 3);
  }
  std::uint32_t s[8];
  std::copy(state_, state_ + 8, s);
  // Eight rounds at a time: the registers then change their roles without being moved.
  for (std::size_t i = 0; i < 64; i += 8) {
    const Rounds round{words + i, kRound + i};
    round.Run(0, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
    round.Run(1, s[7], s[0], s[1], s[2], s[3], s[4], s[5], s[6]);
    round.Run(2, s[6], s[7], s[0], s[1], s[2], s[3], s[4], s[5]);
    round.Run(3, s[5], s[6], s[7], s[0], s[1], s[2], s[3], s[4]);
    round.Run(4, s[4], s[5], s[6], s[7], s[0], s[1], s[2], s[3]);
    round.Run(5, s[3], s[4], s[5], s[6], s[7], s[0], s[1], s[2]);
    round.Run(6, s[2], s[3], s[4], s[5], s[6], s[7], s[0], s[1]);
    round.Run(7, s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[0]);
  }
  for (std::size_t i = 0; i < 8; ++i) state_[i] += s[i];
}

void Sha256::Update(Bytes bytes) noexcept {
  const std::uint8_t* at = bytes.data;
  std::size_t left = bytes.size;
  const std::size_t held = size_ % kChunk;
  size_ += left;
  if (held > 0) {
    const std::size_t part = std::min(left, kChunk - held);
    std::copy(at, at + part, rest_ + held);
    if (held + part < kChunk) return;
    Mix(rest_);
    at += part;
    left -= part;
  }
  for (; left >= kChunk; at += kChunk, left -= kChunk) Mix(at);
  std::copy(at, at + left, rest_);
}

void Sha256::Finish(std::uint8_t* to) noexcept {
  const std::uint64_t bits = size_ * 8;
  std::uint8_t tail[kChunk + 8] = {0x80};
  // Up to where eight bytes are left for the number of bits.
  const std::size_t padding = (2 * kChunk - 8 - 1 - size_ % kChunk) % kChunk + 1;
  for (std::size_t i = 0; i < 8; ++i) tail[padding + i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
  Update({tail, padding + 8});
  for (std::size_t i = 0; i < 8; ++i) Store(to + 4 * i, Swap(state_[i]));
}

}  // namespace termstore
