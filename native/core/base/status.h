// What a core function answers. The core never throws: absence and refusal are both values.
#pragma once

#include <cstdint>

namespace termstore {

// Public through the binding: lib/native/status.ts holds the same numbers and a parity test compares them.
// X(name, value, meaning)
#define TERMSTORE_STATUSES(X)                                             \
  X(Ok, 0, "done")                                                        \
  X(NotFound, -1, "no row has this key; an answer, not a failure")        \
  X(NoTable, -2, "the table does not exist (any more)")                   \
  X(Access, -3, "the calling thread may not use the table in this way")   \
  X(TableType, -4, "not for tables of this type")                         \
  X(BadKey, -5, "no row has this key, and one is needed")                 \
  X(Keypos, -6, "the key element cannot be changed")                      \
  X(Position, -7, "the row has no element at this position")              \
  X(Owner, -8, "the thread owns the table already")                       \
  X(NotOwner, -9, "only the owner may do this")                           \
  X(Exists, -10, "the name is taken")                                     \
  X(BadArg, -11, "any other bad argument")                                \
  X(CounterRange, -12, "the counter would leave the safe integers")       \
  X(NotCounter, -13, "the element is not an integer")                     \
  X(CounterMix, -14, "a bigint and a number counter do not mix")          \
  X(NoMemory, -15, "memory could not be allocated")                       \
  X(TooLarge, -16, "a row or reply beyond the size limit")                \
  X(Damaged, -17, "the bytes are not a term")                             \
  X(Limit, -18, "no more tables or terms can be created")                 \
  X(DefaultRow, -19, "the default row is too short for the key position") \
  X(NoCompressor, -20, "nothing in this process can compress rows")

enum class Status : std::int32_t {
// The value is a bare literal, where parentheses would only be noise.
#define TERMSTORE_X(name, value, text) k##name = value,  // NOLINT(bugprone-macro-parentheses)
  TERMSTORE_STATUSES(TERMSTORE_X)
#undef TERMSTORE_X
};

}  // namespace termstore
