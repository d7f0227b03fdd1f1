/** Arguments that one call is given at most: engines have a limit, and not the same. */
const MOST_ARGUMENTS = 4096;

/** The elements of all `parts` as one array, which is made once and does not grow. O(elements). */
export function joined<T>(parts: readonly T[][], most = MOST_ARGUMENTS): T[] {
  if (parts.length <= most) return ([] as T[]).concat(...parts);
  const groups: T[][] = [];
  for (let i = 0; i < parts.length; i += most) groups.push(joined(parts.slice(i, i + most), most));
  return joined(groups, most);
}
