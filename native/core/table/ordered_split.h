// Splits that are prepared while nothing can be seen of them and then happen at once.
#pragma once

#include "core/table/ordered_table.h"

namespace termstore {

// New shards that wait to take over the upper rows of old ones; frees those that never come to it.
class OrderedTable::SplitPlans {
 public:
  struct Plan {
    std::uint32_t index;  // of the old shard in the directory; plans ascend
    Position cut;         // from here on its rows are in the new shards
    std::uint32_t first_piece;
    std::uint32_t piece_count;
  };

  SplitPlans() = default;
  ~SplitPlans() {
    for (Shard* piece : pieces) Shard::Delete(piece, 0);
  }
  SplitPlans(const SplitPlans&) = delete;
  SplitPlans& operator=(const SplitPlans&) = delete;

  PodArray<Plan> plans;
  PodArray<Shard*> pieces;
};

}  // namespace termstore
