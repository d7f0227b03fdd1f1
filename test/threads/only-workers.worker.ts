import { ets, persistentTerm } from 'termstore';
import { parentPort, workerData } from 'node:worker_threads';

if (workerData === 'add 2') {
  const sum = persistentTerm.get<number>('sum', 0) + 2;
  persistentTerm.put('sum', sum);
  // Ends with this thread.
  ets.new('left behind', { named: true }).insert(['a', 'x'.repeat(1000)]);
  parentPort?.postMessage(sum);
} else {
  parentPort?.postMessage({ tables: ets.all().length, terms: persistentTerm.getAll() });
}
