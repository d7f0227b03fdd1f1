import { ets } from 'termstore';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/* Ends the process while workers are in the middle of calls: `process.exit`, or the end of the main thread's work. */

const how = process.argv[2];
const table = ets.new('common', { access: 'public', named: true });
table.insertMany([
  ['key', 1, 'text'],
  ['other', 2],
]);

const kinds = ['insertMany in common', 'tab2list of common', 'ets.new and drop', 'persistentTerm.put'];
let ready = 0;
for (const kind of kinds) {
  const worker = new Worker(join(__dirname, 'endless.worker.js'), { workerData: { kind, shared: 'common' } });
  worker.on('message', () => {
    if (++ready < kinds.length) return;
    if (how === 'exit') process.exit(7);
    if (how === 'throw') throw new Error('on purpose');
  });
  // Last: a listener for messages takes it back.
  if (how === 'end') worker.unref();
}
// Without anything to wait for, the process ends although workers run.
if (how === 'end') setTimeout(() => undefined, 300);
