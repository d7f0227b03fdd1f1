import { ets, persistentTerm, type Row, TermStoreError, type TableOptions, type Tid } from 'termstore';
import { serve } from '../support/serve.js';
import { type Failed, PASSED } from './world.js';

type Method = (...args: readonly unknown[]) => unknown;

serve({
  ready(): void {},
  make(name: string, options: TableOptions): Tid {
    const table = ets.new(name, options);
    for (const row of persistentTerm.get<readonly Row[]>(PASSED)) table.insert(row);
    return table.tid;
  },
  drop(tid: Tid): void {
    ets.table(tid).drop();
  },
  /** Calls a method with the arguments that were passed, and passes its answer back. */
  async call(tid: Tid, name: string): Promise<Failed | undefined> {
    try {
      const table = ets.table(tid) as unknown as Record<string, Method>;
      persistentTerm.put(PASSED, await table[name]!(...persistentTerm.get<readonly unknown[]>(PASSED)));
      return undefined;
    } catch (error) {
      if (error instanceof TermStoreError) return { code: error.code, message: error.message };
      throw error;
    }
  },
});
