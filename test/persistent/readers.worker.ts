import { persistentTerm } from 'termstore';
import { serve } from '../support/serve.js';
import { followTurns } from '../support/turn-taking.js';

/* What the test of persistent terms asks other threads to do. */

serve({
  get: (key: unknown) => persistentTerm.get(key, 'none'),
  put: (key: unknown, value: unknown) => persistentTerm.put(key, value),
  erase: (key: unknown) => persistentTerm.erase(key),
  putNew: (key: unknown, value: unknown) => persistentTerm.putNew(key, value),
  all: () => persistentTerm.getAll(),

  /** Waits for turn 1, 2, …, and reads the term at once: it must be that turn's. Counts how often it was. */
  follow(turn: Int32Array): number {
    const ref = persistentTerm.ref('turn');
    return followTurns(turn, (n) => {
      const byKey = persistentTerm.get<{ n: number }>('turn').n;
      const byRef = (ref.get() as { n: number }).n;
      return byKey === n && byRef === n;
    });
  },

  /** Reads terms whose parts must fit together until `stop` is set. The versions it saw are counted in `seen`. */
  check(stop: Int32Array, seen: Int32Array, index: number): void {
    const versions = new Set<number>();
    const refs = Array.from({ length: 8 }, (_, i) => persistentTerm.ref(`k${i}`));
    while (Atomics.load(stop, 0) === 0) {
      for (const ref of refs) {
        const { n, list } = ref.get() as { n: number; list: readonly number[] };
        if (list.length !== n % 50 || list.some((item) => item !== n)) throw new Error(`torn: ${n}`);
        versions.add(n);
      }
      for (const [, value] of persistentTerm.getAll()) {
        const { n, list } = value as { n: number; list: readonly number[] };
        if (list.length !== n % 50) throw new Error(`torn in getAll: ${n}`);
      }
      Atomics.store(seen, index, versions.size);
    }
  },
});
