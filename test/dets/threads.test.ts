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

test('a thread that is ended in the middle of writing leaves the file to the others', async () => {
  const file = folder.file();
  for (let round = 0; round < 5; round++) {
    const [member] = await crew(file, 1);
    const table = await dets.openFile<[string, number]>('shared', { file });
    await table.insert(['endless', 0]);
    member!.tell('endless');
    while (table.get('endless')![1] < 20) await new Promise((resolve) => setTimeout(resolve, 1));
    await member!.terminate();
    const before = table.get('endless')![1];
    assert.ok((await table.updateCounter('endless', 1)) > before);
    await table.close();
  }
});

run();
