import { join } from 'node:path';
import { dets } from 'termstore/dets';
import * as assert from 'uvu/assert';
import { Member } from '../support/crew.js';
import { DiskFolder } from '../support/disk.js';
import { suite } from '../support/suite.js';

const { test, before, after, run } = suite('dets: several threads');

let folder: DiskFolder;
before(() => {
  folder = new DiskFolder();
});
after(() => folder.remove());

const WORKER = join(__dirname, 'threads.worker.js');

async function crew(file: string, size: number): Promise<Member[]> {
  const members = Array.from({ length: size }, () => new Member(WORKER));
  // At the same time: only one of them makes the file.
  await Promise.all(members.map((member) => member.call('open', file, 'committed')));
  return members;
}

test('threads that open a file at the same time share it, and no counted step is lost', async () => {
  const file = folder.file();
  const members = await crew(file, 3);
  const table = await dets.openFile<[string, number]>('shared', { file });
  await table.insert(['counter', 0]);
  await Promise.all(members.map((member) => member.call('count', 60)));
  assert.equal(table.get('counter'), ['counter', 180]);
  await Promise.all(members.map((member, i) => member.call('fill', 300 * i, 300 * (i + 1))));
  assert.is(table.info('size'), 901);
  const won = await Promise.all(members.map((member) => member.call<number>('claim', 40)));
  assert.is(
    won.reduce((sum, one) => sum + one, 0),
    40,
  );
  await Promise.all(members.map((member) => member.call('close')));
  // The others have closed it; this one still has it open.
  assert.is(await table.updateCounter('counter', 1), 181);
  await table.close();
  for (const member of members) await member.terminate();
});

test('what one thread was told is written, another one sees, in the same turn of its loop', async () => {
  const file = folder.file();
  const [member] = await crew(file, 1);
  const table = await dets.openFile<[string, number]>('shared', { file });
  for (let i = 0; i < 30; i++) {
    await table.insert(['key', i]);
    assert.equal(await member!.call('get', 'key'), ['key', i]);
  }
  await table.close();
  await member!.terminate();
});

test('a thread that ends without closing leaves the file to the others', async () => {
  const file = folder.file();
  const table = await dets.openFile<[string, number]>('shared', { file });
  await table.insert(['counter', 0]);
  for (let round = 1; round <= 3; round++) {
    const [member] = await crew(file, 1);
    await member!.call('count', 20);
    await member!.terminate();
    assert.is(await table.updateCounter('counter', 0), 20 * round);
  }
  await table.close();
});

run();
