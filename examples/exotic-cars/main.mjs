// One million sales of cars, checked against facts that lie on the disk. Half-way the pipeline is killed with SIGKILL and started
// again; the averages come out right. See examples/README.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { dets } from 'termstore/dets';
import { add, BATCH, BATCHES, CARS, salesOf } from './sales.mjs';

/** @param {string} folder */
async function writeFacts(folder) {
  const file = await dets.openFile('cars', { file: join(folder, 'cars.dets') });
  await file.insertMany(CARS);
  await file.close();
}

/**
 * Runs the pipeline to its end, or until `killAfter` batches are in. Returns the averages that it printed.
 * @param {string} folder @param {number} killAfter
 */
async function runPipeline(folder, killAfter) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('pipeline.mjs', import.meta.url)), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const averages = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('average')) averages.push(line);
    else if (!line.startsWith('batch')) console.log(line);
    else if (Number(line.slice(6)) >= killAfter) child.kill('SIGKILL');
  }
  const [code, signal] = await exit;
  console.log(signal === null ? `the pipeline ended with ${code}` : `the pipeline was killed with ${signal}`);
  return averages;
}

/** The same without threads, disks and processes. */
function expectedAverages() {
  const floors = new Map(CARS.map(([name, , floor]) => [name, floor]));
  /** @type {import('./sales.mjs').Sums} */
  const sums = {};
  for (let batch = 0; batch < BATCHES; batch++)
    for (const { car, price } of salesOf(batch))
      if (price >= (floors.get(car) ?? Infinity)) add(sums, car, 1, price);
  return Object.entries(sums)
    .sort()
    .map(([car, { sold, total }]) => `average ${car} ${sold} ${(total / sold).toFixed(2)}`);
}

const folder = mkdtempSync(join(tmpdir(), 'termstore-cars-'));
try {
  await writeFacts(folder);
  await runPipeline(folder, BATCHES / 2);
  const averages = await runPipeline(folder, Infinity);
  for (const line of averages) console.log(line);
  const isRight = averages.join() === expectedAverages().join();
  console.log(`${BATCHES * BATCH} sales: the averages are ${isRight ? 'right' : 'WRONG'}`);
  process.exitCode = isRight ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
