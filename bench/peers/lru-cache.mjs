import { LRUCache } from 'lru-cache';

/** lru-cache with room for everything, so that it never evicts: one thread only, values by reference. */
export function open({ rows }) {
  const cache = new LRUCache({ max: rows });
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    has: (key) => cache.has(key),
    delete: (key) => cache.delete(key),
    increment: (key) => {
      const value = cache.get(key) + 1;
      cache.set(key, value);
      return value;
    },
    values: () => cache.values(),
  };
}
