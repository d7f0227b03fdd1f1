import { ets, type Tid } from 'termstore';
import { serve } from '../support/serve.js';

/* Dumps and loads in threads that do not live to see their end. */

serve({
  /** Answers when a dump has begun; it goes on. */
  dump: (tid: Tid, path: string) =>
    new Promise<void>((resolve) => {
      void ets.table(tid).tab2file(path, { onProgress: () => resolve() });
    }),
  /** Answers when a load has begun; it goes on. */
  load: (path: string) =>
    new Promise<void>((resolve) => {
      void ets.file2tab(path, { onProgress: () => resolve() });
    }),
});
