import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { ets } from 'termstore';
import { dets } from 'termstore/dets';

/* Ends without waiting for the mirror, which would write much later. */

type Pair = [key: number, value: number];

const [how, file] = (isMainThread ? process.argv.slice(2) : workerData) as [string, string];

function write(): void {
  const table = ets.new<Pair>('t', { mirror: { file, mode: 'writeBehind', interval: 1_000_000 } });
  for (let i = 0; i < 100; i++) table.insert([i, 1]);
  if (how === 'under way') void table.syncMirror();
  if (how === 'listener') void listen(table);
}

/** What is asked of a file once the engine has closed it. */
async function listen(table: ReturnType<typeof ets.new<Pair>>): Promise<void> {
  const disk = await dets.openFile<Pair>('disk', { file: `${file} too` });
  const through = ets.new<Pair>('through', { mirror: { file: `${file} through`, mode: 'writeThrough' } });
  process.on('exit', () => {
    const acts: (() => unknown)[] = [
      () => disk.info(),
      () => disk.lookup(1),
      () => disk.first(),
      () => table.insert([100, 1]),
      () => through.insert([1, 1]),
      () => ets.new('new', { mirror: { file } }),
      () => through.info('size'),
      () => (through.drop(), table.drop()),
    ];
    const found = acts.map((act) => {
      try {
        return act() ?? null;
      } catch (error) {
        return (error as { code?: string }).code;
      }
    });
    console.log(JSON.stringify(found));
  });
}

/** Somebody else's file, opened first. */
async function openForeign(): Promise<void> {
  const { open } = await import('lmdb');
  open({ path: `${file} foreign`, noSubdir: true });
}

if (how === 'worker' && isMainThread) {
  new Worker(__filename, { workerData: [how, file] });
} else if (how === 'behind another') {
  void openForeign().then(write);
} else {
  write();
}
if (how === 'exit' || how === 'under way') process.exit(7);
if (how === 'throw') throw new Error('not caught, on purpose');
