import { persistentTerm } from 'termstore';
import { serve } from '../support/serve.js';

/* What the test of views asks other threads to do. */

interface Big {
  readonly dict: Readonly<Record<string, { readonly i: number }>>;
}

let kept: Big | undefined;

serve({
  keep(key: unknown, name: string): number | undefined {
    kept = persistentTerm.view<Big>(key);
    return kept.dict[name]?.i;
  },
  look: (name: string): number | undefined => kept?.dict[name]?.i,
  drop(): void {
    kept = undefined;
  },
  /** Looks at whatever is there until `stop` is set; the thread may be ended meanwhile. Counts what it saw. */
  hammer(stop: Int32Array): number {
    let looks = 0;
    while (Atomics.load(stop, 0) === 0) {
      const view = persistentTerm.view<{ n: number; list: readonly number[] } | undefined>('turn', undefined);
      if (view === undefined) continue;
      const { n, list } = view;
      if (list.length !== (n % 50) + 1 || list.at(-1) !== n) throw new Error(`torn: ${n}`);
      looks++;
    }
    return looks;
  },
});
