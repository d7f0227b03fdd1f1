import { parentPort } from 'node:worker_threads';
import { ets } from 'termstore';

/* `KV.Bucket`: a thread that owns a table which everybody reads and writes. */

const items = ets.new('bucket', { access: 'public' });
parentPort?.on('message', (how: 'exit' | 'crash') => {
  if (how === 'crash') throw new Error('on purpose');
  process.exit(0);
});
parentPort?.postMessage(items.tid);
