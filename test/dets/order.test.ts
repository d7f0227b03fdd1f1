import { _, ets } from 'termstore';
import { dets } from 'termstore/dets';
import * as assert from 'uvu/assert';
import { DiskFolder } from '../support/disk.js';
import { seededRandom } from '../support/random.js';
import { suite } from '../support/suite.js';
import { TYPES, unordered } from '../support/variants.js';

/* Writes that nobody awaits one by one: some the engine does by itself, others ask this thread inside of their transaction. */

const { test, before, after, run } = suite('dets: the order of writes');

let folder: DiskFolder;
before(() => {
  folder = new DiskFolder();
});
after(() => folder.remove());

type Count = [key: string, count: number];

for (const type of TYPES) {
  for (const ack of ['committed', 'flushed'] as const) {
    test(`${type}, ${ack}: writes are done in the order in which they were asked for`, async () => {
      const disk = await dets.openFile<Count>('order', { file: folder.file(), type, ack });
      const memory = ets.new<Count>('order', { type });
      const isBag = type === 'bag' || type === 'duplicate_bag';
      const random = seededRandom('order');
      const pick = (n: number): number => random.below(n);
      for (let round = 0; round < 30; round++) {
        const writes: Promise<unknown>[] = [];
        for (let i = pick(40); i >= 0; i--) {
          const row: Count = [`key${pick(4)}`, pick(3)];
          const kind = pick(isBag ? 5 : 6);
          if (kind <= 1) {
            writes.push(disk.insert(row));
            memory.insert(row);
          } else if (kind === 2) {
            writes.push(disk.delete(row[0]));
            memory.delete(row[0]);
          } else if (kind === 3) {
            writes.push(disk.deleteObject(row));
            memory.deleteObject(row);
          } else if (kind === 4) {
            const stored = memory.insertNew(row);
            const asked = disk.insertNew(row);
            writes.push(asked.then((answer) => assert.is(answer !== false, stored)));
          } else if (memory.member(row[0])) {
            const count = memory.updateCounter(row[0], 1);
            writes.push(disk.updateCounter(row[0], 1).then((answer) => assert.is(answer, count)));
          }
          // Some are asked for while others are under way.
          if (pick(8) === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        await Promise.all(writes);
        assert.equal(unordered(await disk.matchObject(_)), unordered(memory.tab2list()));
      }
      memory.drop();
      await disk.close();
    });
  }
}

run();
