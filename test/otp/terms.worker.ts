import { persistentTerm } from 'termstore';
import { meet, stopped } from '../support/gate.js';
import { serve } from '../support/serve.js';

/* What the cases of persistent_term_SUITE have other processes do. */

const range = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_none, i) => from + i);

serve({
  ready: () => true,
  get: (key: unknown) => persistentTerm.get(key, 'none'),
  put: (key: unknown, value: unknown) => persistentTerm.put(key, value),
  /** Puts what `values` names, all of them again and again if `laps` says so. */
  putAll(gate: Int32Array, threads: number, values: readonly (readonly [unknown, unknown])[]): void {
    meet(gate, threads);
    for (const [key, value] of values) persistentTerm.put(key, value);
  },
  /** Each of these until this thread is killed. */
  for_ever(gate: Int32Array, what: 'put' | 'putNew' | 'erase' | 'getAll', count: number): void {
    for (let lap = 0; ; lap++) {
      for (const n of range(0, count)) {
        const value = { n, list: [n, n], text: `value ${n}` };
        if (what === 'put') persistentTerm.put(['k', n], { ...value, lap });
        else if (what === 'putNew') persistentTerm.putNew(['new', lap % 20, n], value);
        else if (what === 'erase') {
          persistentTerm.put(['k', n], value);
          persistentTerm.erase(['k', n]);
        } else if (n % 50 === 0) persistentTerm.getAll();
        if (lap === 0 && n === 10) meet(gate, 2);
      }
    }
  },
  /** getAll and info until told to stop: pairs of terms are always there together, and equal. */
  observe(gate: Int32Array, threads: number, pairs: number): number {
    meet(gate, threads);
    let laps = 0;
    do {
      const all = new Map(persistentTerm.getAll().map(([key, value]) => [key, value as { n: number }]));
      for (const n of range(0, pairs)) {
        const [one, two] = [all.get(`one ${n}`), all.get(`two ${n}`)];
        if (one === undefined || two === undefined) throw new Error(`pair ${n} is not whole`);
        // `one` is put first: in a snapshot it is as old as `two` or one version newer.
        if (one.n !== two.n && one.n !== two.n + 1) throw new Error(`${one.n} and ${two.n} in one snapshot`);
      }
      const { count, memory } = persistentTerm.info();
      if (count < 2 * pairs || memory <= 0) throw new Error(`count ${count}, memory ${memory}`);
      laps++;
    } while (!stopped(gate));
    return laps;
  },
  replacePairs(gate: Int32Array, threads: number, first: number, step: number, pairs: number): number {
    meet(gate, threads);
    let n = 0;
    do {
      n++;
      for (let pair = first; pair < pairs; pair += step) {
        persistentTerm.put(`one ${pair}`, { n, text: 'x'.repeat(n % 300) });
        persistentTerm.put(`two ${pair}`, { n, text: 'y'.repeat(n % 200) });
      }
    } while (!stopped(gate));
    return n;
  },
  /** Asks for keys of which some are never there: what is found must be the key's own value. */
  askMissing(gate: Int32Array, threads: number, keys: number): number {
    meet(gate, threads);
    let found = 0;
    do {
      for (const n of range(0, keys)) {
        const value = persistentTerm.get<readonly [number] | undefined>(['key', n], undefined);
        if (value === undefined) continue;
        if (n % 2 === 1 || value[0] !== n) throw new Error(`${value[0]} for key ${n}`);
        found++;
      }
    } while (!stopped(gate));
    return found;
  },
});
