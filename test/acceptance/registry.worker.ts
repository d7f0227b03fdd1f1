import { once } from 'node:events';
import { join } from 'node:path';
import { threadId, Worker } from 'node:worker_threads';
import { ets, type Tid } from 'termstore';
import { serve } from '../support/serve.js';

/* `KV.Registry`: the only thread that writes the table of buckets. Whoever looks for a bucket reads the table. */

/** Name of a bucket, its table, and the thread that owns it. */
export type Entry = [name: string, bucket: Tid, thread: number];

const buckets = ets.new<Entry>('registry', { named: true, access: 'protected', writeConcurrency: true });
const threads = new Map<string, Worker>();

/** Starts a bucket. Its entry goes when its thread ends, for whatever reason. */
async function start(name: string): Promise<Tid> {
  const bucket = new Worker(join(__dirname, 'bucket.worker.js'));
  threads.set(name, bucket);
  // Without a listener the error of a bucket would be one of the registry.
  bucket.on('error', () => undefined);
  bucket.on('exit', () => {
    buckets.delete(name);
    threads.delete(name);
  });
  const [tid] = (await once(bucket, 'message')) as [Tid];
  buckets.insert([name, tid, bucket.threadId]);
  return tid;
}

serve({
  thread: () => threadId,
  /** The bucket with this name, which is in the table before anybody gets the answer. */
  create: (name: string): Tid | Promise<Tid> => buckets.get(name)?.[1] ?? start(name),
  /** Ends a bucket; answers after the registry has heard of it. */
  async stop(name: string, how: 'exit' | 'crash' | 'terminate'): Promise<void> {
    const bucket = threads.get(name) as Worker;
    const ended = new Promise((resolve) => bucket.on('exit', resolve));
    if (how === 'terminate') void bucket.terminate();
    else bucket.postMessage(how);
    await ended;
  },
  /** Does nothing at all until somebody wakes it. */
  sleep(gate: Int32Array): void {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    Atomics.wait(gate, 1, 0);
  },
});
