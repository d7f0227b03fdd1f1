import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/* Never loads the package itself: three workers do, one after the other. Prints what each of them found. */

async function inWorker(action: string): Promise<unknown> {
  const worker = new Worker(join(__dirname, 'only-workers.worker.js'), { workerData: action });
  let found: unknown;
  worker.on('message', (message) => (found = message));
  const code = await new Promise((resolve) => worker.on('exit', resolve));
  if (code !== 0) throw new Error(`worker ended with ${String(code)}`);
  return found;
}

void (async () => {
  const found: unknown[] = [];
  for (let i = 0; i < 3; i++) found.push(await inWorker('add 2'));
  found.push(await inWorker('tables'));
  if (Object.keys(require.cache).some((path) => path.includes('dist')))
    throw new Error('the main thread loaded the package');
  console.log(JSON.stringify(found));
})();
