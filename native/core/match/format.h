// The bytes of a match program, version 1: docs/match-programs.md. Constants only; lib/query holds the same.
#pragma once

#include <cstdint>

namespace termstore {

inline constexpr std::uint8_t kMatchVersion = 1;
inline constexpr std::uint32_t kMatchDepth = 256;  // nesting of patterns, and of expressions

enum Pattern : std::uint8_t {
  kPatternAny = 0x00,
  kPatternBind = 0x01,
  kPatternSame = 0x02,
  kPatternConst = 0x03,
  kPatternRow = 0x04,
  kPatternArray = 0x05,
  kPatternObject = 0x06,
  kPatternMap = 0x07,
  kPatternNever = 0x08,
};

enum Expression : std::uint8_t {
  kExpressionConst = 0x01,
  kExpressionVar = 0x02,
  kExpressionRow = 0x03,
  kExpressionVars = 0x04,
  kExpressionArray = 0x05,
  kExpressionObject = 0x06,
  kExpressionMap = 0x07,
  kExpressionSet = 0x08,
  kExpressionCall = 0x10,
};

}  // namespace termstore
