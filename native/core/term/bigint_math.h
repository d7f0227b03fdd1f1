// Arithmetic on bigints of any size, into memory that the caller has.
#pragma once

#include "core/term/number.h"

namespace termstore {

enum class BigIntOp : std::uint8_t { kAdd, kSub, kMul, kDiv, kRem, kAnd, kOr, kXor };

// No JavaScript engine holds a larger one.
inline constexpr std::uint64_t kMaxBigIntBits = std::uint64_t{1} << 30;

// Words of one operand times words of the other, for what takes a step for each pair: some hundredths of a
// second. The lock of a row is held meanwhile.
inline constexpr std::uint64_t kMaxBigIntSteps = std::uint64_t{1} << 22;

// REQUIRES of all: the operands are bigints.

// Bytes that ApplyBigInt() needs; 0 when the result may have more than kMaxBigIntBits, or kMul, kDiv or kRem
// would take more than kMaxBigIntSteps.
std::size_t BigIntRoom(BigIntOp op, const Number& a, const Number& b) noexcept;

// Writes the canonical term of the result to `to` and returns its size. Division truncates; `kAnd`, `kOr` and
// `kXor` are those of two's complement.
// REQUIRES: room for BigIntRoom() bytes; b is not 0 for kDiv and kRem.
// Cost: O(words), for kMul, kDiv and kRem O(words of a * words of b).
std::uint32_t ApplyBigInt(BigIntOp op, const Number& a, const Number& b, std::uint8_t* to) noexcept;

// a * 2^left, or with a negative `left` the floor of a / 2^-left; as above.
// 0 when the result would have more than `most_bits` bits (at most kMaxBigIntBits).
std::size_t ShiftedBigIntRoom(const Number& a, std::int64_t left, std::uint64_t most_bits) noexcept;
std::uint32_t ShiftBigInt(const Number& a, std::int64_t left, std::uint8_t* to) noexcept;

}  // namespace termstore
