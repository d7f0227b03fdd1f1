import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/* Workers that use the package and end, one after the other: prints the bytes in memory after a tenth of them, and after all. */

const cycles = Number(process.argv[2]);

async function cycle(): Promise<void> {
  const worker = new Worker(join(__dirname, 'cycles.worker.js'));
  const code = await new Promise((resolve) => worker.on('exit', resolve));
  if (code !== 0) throw new Error(`exit code ${String(code)}`);
}

function residentBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage.rss();
}

void (async () => {
  const measured: number[] = [];
  for (let i = 1; i <= cycles; i++) {
    await cycle();
    if (i === Math.ceil(cycles / 5) || i === cycles) measured.push(residentBytes());
  }
  console.log(JSON.stringify(measured));
})();
