import { ets, type Tid } from 'termstore';
import { serve } from '../support/serve.js';
import type { Entry } from './registry.worker.js';

/* A thread that knows the registry by the name of its table. */

function find(name: string): Tid | undefined {
  return ets.table<Entry>('registry').get(name)?.[1];
}

serve({
  find,
  put(name: string, key: string, value: unknown): void {
    ets.table(find(name) as Tid).insert([key, value]);
  },
  get: (name: string, key: string) => ets.table(find(name) as Tid).lookupElement(key, 1, null),
  register: (name: string) => ets.table<Entry>('registry').insert([name, 0, 0]),
});
