// The functions that guards and bodies may call. Their order is their number in a program;
// lib/query/functions.ts holds the same list and a parity test compares the two.
#pragma once

#include <cstdint>

namespace termstore {

inline constexpr std::uint8_t kAnyCount = 255;

// X(name, name in lib, fewest arguments, most arguments)
#define TERMSTORE_MATCH_FUNCTIONS(X)  \
  X(Lt, "lt", 2, 2)                   \
  X(Le, "le", 2, 2)                   \
  X(Gt, "gt", 2, 2)                   \
  X(Ge, "ge", 2, 2)                   \
  X(Eq, "eq", 2, 2)                   \
  X(Ne, "ne", 2, 2)                   \
  X(ExactEq, "exactEq", 2, 2)         \
  X(ExactNe, "exactNe", 2, 2)         \
  X(Not, "not", 1, 1)                 \
  X(And, "and", 1, kAnyCount)         \
  X(Or, "or", 1, kAnyCount)           \
  X(Xor, "xor", 2, 2)                 \
  X(Andalso, "andalso", 1, kAnyCount) \
  X(Orelse, "orelse", 1, kAnyCount)   \
  X(Add, "add", 1, 2)                 \
  X(Sub, "sub", 1, 2)                 \
  X(Mul, "mul", 2, 2)                 \
  X(Div, "div", 2, 2)                 \
  X(Idiv, "idiv", 2, 2)               \
  X(Rem, "rem", 2, 2)                 \
  X(Abs, "abs", 1, 1)                 \
  X(Round, "round", 1, 1)             \
  X(Trunc, "trunc", 1, 1)             \
  X(Floor, "floor", 1, 1)             \
  X(Ceil, "ceil", 1, 1)               \
  X(Min, "min", 2, 2)                 \
  X(Max, "max", 2, 2)                 \
  X(Band, "band", 2, 2)               \
  X(Bor, "bor", 2, 2)                 \
  X(Bxor, "bxor", 2, 2)               \
  X(Bnot, "bnot", 1, 1)               \
  X(Bsl, "bsl", 2, 2)                 \
  X(Bsr, "bsr", 2, 2)                 \
  X(IsNumber, "isNumber", 1, 1)       \
  X(IsBigint, "isBigint", 1, 1)       \
  X(IsInteger, "isInteger", 1, 1)     \
  X(IsString, "isString", 1, 1)       \
  X(IsAtom, "isAtom", 1, 1)           \
  X(IsBoolean, "isBoolean", 1, 1)     \
  X(IsArray, "isArray", 1, 1)         \
  X(IsObject, "isObject", 1, 1)       \
  X(IsMap, "isMap", 1, 1)             \
  X(IsSet, "isSet", 1, 1)             \
  X(IsBinary, "isBinary", 1, 1)       \
  X(IsDate, "isDate", 1, 1)           \
  X(Element, "element", 2, 2)         \
  X(Hd, "hd", 1, 1)                   \
  X(Tl, "tl", 1, 1)                   \
  X(Length, "length", 1, 1)           \
  X(Size, "size", 1, 1)               \
  X(MapSize, "mapSize", 1, 1)         \
  X(MapGet, "mapGet", 2, 2)           \
  X(IsMapKey, "isMapKey", 2, 2)       \
  X(Self, "self", 0, 0)               \
  X(IsFloat, "isFloat", 1, 1)         \
  X(Float, "float", 1, 1)             \
  X(ByteSize, "byteSize", 1, 1)       \
  X(BinaryPart, "binaryPart", 2, 3)

enum class MatchFunction : std::uint8_t {
#define TERMSTORE_X(name, text, fewest, most) k##name,
  TERMSTORE_MATCH_FUNCTIONS(TERMSTORE_X)
#undef TERMSTORE_X
};

struct MatchArity {
  std::uint8_t fewest;
  std::uint8_t most;
};

inline constexpr MatchArity kMatchArities[] = {
#define TERMSTORE_X(name, text, fewest, most) {fewest, most},
    TERMSTORE_MATCH_FUNCTIONS(TERMSTORE_X)
#undef TERMSTORE_X
};
inline constexpr std::uint32_t kMatchFunctions = sizeof(kMatchArities) / sizeof(kMatchArities[0]);

}  // namespace termstore
