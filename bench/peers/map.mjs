/** The built-in Map: one thread only, values by reference. */
export function open() {
  const map = new Map();
  return {
    get: (key) => map.get(key),
    set: (key, value) => map.set(key, value),
    has: (key) => map.has(key),
    delete: (key) => map.delete(key),
    increment: (key) => {
      const value = map.get(key) + 1;
      map.set(key, value);
      return value;
    },
    values: () => map.values(),
  };
}
