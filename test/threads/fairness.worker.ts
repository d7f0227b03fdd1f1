import { ets, type Tid } from 'termstore';
import { meet } from '../support/gate.js';
import { serve } from '../support/serve.js';

/* A thread among others at one key. */

export interface Share {
  readonly tid: Tid;
  readonly threads: number;
  readonly gate: Int32Array;
  /** How many operations are left for all threads together. */
  readonly left: Int32Array;
  readonly work: keyof typeof WORK;
}

const WORK = {
  counts: (table: ReturnType<typeof ets.table>) => table.updateCounter('hot', 1),
  reads: (table: ReturnType<typeof ets.table>) => table.get('hot'),
  inserts: (table: ReturnType<typeof ets.table>, i: number) => table.insert(['hot', i, 'x'.repeat(i % 200)]),
};

serve({
  ready: () => undefined,

  /** Takes operations from what is left until there is nothing; answers how many it did. */
  work({ tid, threads, gate, left, work }: Share): number {
    const table = ets.table(tid);
    const operation = WORK[work];
    let done = 0;
    meet(gate, threads);
    while (Atomics.sub(left, 0, 1) > 0) operation(table, ++done);
    return done;
  },
});
