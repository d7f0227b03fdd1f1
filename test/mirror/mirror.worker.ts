import { ets, type Tid } from 'termstore';
import { serve } from '../support/serve.js';

serve({
  async write(tid: Tid, times: number) {
    const table = ets.table<[unknown, number]>(tid);
    let done = 0;
    for (let i = 0; i < times; i++) {
      table.updateCounter('counter', 1, ['counter', 0]);
      table.insert(['contended', i]);
      if (i % 3 === 0) table.delete('contended');
      done++;
    }
    await table.syncMirror();
    return done;
  },
});
