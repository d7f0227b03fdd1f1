// Rows and tables as callers of hash tables have them: keys in canonical form, colliding on demand.
#pragma once

#include <string>

#include "core/table/hash_table.h"
#include "test/support/caller.h"
#include "test/support/compressing.h"
#include "test/support/values.h"

namespace termstore {

// What HashTable keeps private and tests look at.
struct HashTableProbe {
  static Stripe& StripeOf(Table& table, Bytes key) {
    return static_cast<HashTable&>(table).HomeOf(key).stripe();
  }
  static std::uint64_t Buckets(Table& table) {
    auto& hash_table = static_cast<HashTable&>(table);
    std::uint64_t bytes = 0;
    for (const Stripe& stripe : hash_table.stripes()) {
      bytes += stripe.Memory() - sizeof(Stripe) - stripe.arena().memory();
    }
    return bytes / sizeof(Bucket);
  }
  static std::uint32_t Stripes(Table& table) { return static_cast<HashTable&>(table).stripes().count(); }
  // Replaces the stripes by 2^bits others, as adapting does. Inside a Pin. False when memory is short.
  static bool Redistribute(Table& table, std::uint32_t bits) {
    auto& hash_table = static_cast<HashTable&>(table);
    const ExclusiveGate alone(hash_table.gate_);
    return hash_table.Redistribute(bits);
  }
};

namespace test {

// Strings of 12 characters that begin like this have one hash under CollidingSecret(): their first eight
// bytes cancel the secret word that they meet. Not knowing that word is what protects real tables.
inline const char* const kCollidingPrefix = "collide";
inline Term CollidingKey(std::uint32_t i) {
  const std::string digits = std::to_string(100000 + i);
  return String(kCollidingPrefix + digits.substr(1, 5));
}
inline HashSecret CollidingSecret(Rng& rng) {
  const Term key = CollidingKey(0);
  return {{rng.Next(), Load<std::uint64_t>(key.data()), rng.Next(), rng.Next() | 1}};
}

// A row together with the canonical form of its key.
struct HashRow {
  Term row;
  Term key;
  bool separate = false;

  RowInput input() const { return {View(row), View(key), separate}; }
};

// `keypos` 0 or 1 of two elements.
inline HashRow MakeHashRow(const Value& key, const Term& other, std::uint32_t keypos, Rng& rng) {
  const Term plain = Encode(key, Objects::kDicts, rng);
  Term canonical = EncodeCanonical(key);
  const bool separate = plain != canonical;
  return {keypos == 0 ? Row({plain, other}) : Row({other, plain}), std::move(canonical), separate};
}

inline std::unique_ptr<Table> MakeHashTable(Epochs& epochs, const HashSecret& secret, bool striped = false,
                                            std::uint32_t keypos = 0, bool compressed = false) {
  TableTraits traits;
  traits.keypos = keypos;
  traits.write_concurrency = striped ? WriteConcurrency::kOn : WriteConcurrency::kOff;
  const auto make = [&](const TableTraits& of) { return HashTable::Make(of, epochs, secret); };
  return compressed ? MakeCompressed(traits, epochs, make) : make(traits);
}

// Another number of stripes, from 1 to 512. False when memory is short.
inline bool MoveStripes(Caller& caller, Table& table, Rng& rng) {
  const auto bits = static_cast<std::uint32_t>(rng.Below(StripeSet::kMostBits + 1));
  return caller.Call([&](Reply&) { return HashTableProbe::Redistribute(table, bits); });
}

// Every row by Scan() in chunks of `max_rows`; between two chunks `between` may change the table.
template <typename Between>
std::vector<Term> ScanAll(Caller& caller, Table& table, std::uint32_t max_rows, Between between) {
  std::vector<Term> rows;
  HashCursor cursor;
  RangeRequest limits;
  limits.max_rows = max_rows;
  for (;;) {
    ChunkResult result;
    const Status status =
        caller.Call([&](Reply& reply) { return table.Scan(cursor, limits, reply, result); });
    const std::vector<Term> part = caller.Rows();
    if (status != Status::kOk || part.size() != result.rows) return {};
    rows.insert(rows.end(), part.begin(), part.end());
    if (result.done) return rows;
    between();
  }
}

}  // namespace test
}  // namespace termstore
