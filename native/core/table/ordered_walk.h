// From bounds to places in an ordered table, and from one shard to the next.
#pragma once

#include "core/table/ordered_shard.h"
#include "core/table/table.h"

namespace termstore {

inline Cut LowerCut(const Bound& bound) noexcept {
  switch (bound.kind) {
    case Bound::Kind::kInclusive:
      return Cut::At(bound.key, Cut::Side::kBefore);
    case Bound::Kind::kExclusive:
      return Cut::At(bound.key, Cut::Side::kAfter);
    case Bound::Kind::kPrefix:
      return Cut::AtPrefix(bound.key, bound.depth, Cut::Side::kBeforePrefix);
    default:
      return Cut::First();
  }
}

inline Cut UpperCut(const Bound& bound) noexcept {
  switch (bound.kind) {
    case Bound::Kind::kInclusive:
      return Cut::At(bound.key, Cut::Side::kAfter);
    case Bound::Kind::kExclusive:
      return Cut::At(bound.key, Cut::Side::kBefore);
    case Bound::Kind::kPrefix:
      return Cut::AtPrefix(bound.key, bound.depth, Cut::Side::kAfterPrefix);
    default:
      return Cut::Last();
  }
}

// The shard in which a walk upwards from `from` begins: the one that would hold the first key right of the
// cut.
inline Cut RouteUp(const Cut& from) noexcept {
  return from.side() == Cut::Side::kBefore ? Cut::At(from.key(), from.head(), Cut::Side::kAfter) : from;
}

inline Cut AtFence(const Fence* fence, Cut::Side side) noexcept {
  return Cut::At(fence->key(), fence->head, side);
}

}  // namespace termstore
