/** Median of numbers in any order; of an even count, the mean of the middle two. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** What the tables show of the rounds of one side. */
export function summarize(rounds) {
  const values = rounds.map((round) => round.value);
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}
