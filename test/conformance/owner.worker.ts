import { ets, persistentTerm, type Row, type TableOptions, type Tid } from 'termstore';
import { serve } from '../support/serve.js';

serve({
  ready(): void {},
  make(name: string, options: TableOptions): Tid {
    const table = ets.new(name, options);
    for (const row of persistentTerm.get(name) as readonly Row[]) table.insert(row);
    return table.tid;
  },
  drop(tid: Tid): void {
    ets.table(tid).drop();
  },
});
