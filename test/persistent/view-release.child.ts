import { livePersistentBytes } from '#dist/native/control.js';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { persistentTerm } from 'termstore';

/* Run by view-threads.test.ts in a process of its own, where a collection can be forced. */

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const COUNT = 5000;
const dict = Object.fromEntries(Array.from({ length: COUNT }, (_, i) => [`name ${i}`, [i]]));

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`${what}: ${livePersistentBytes()} bytes`);
}

/** Finalizers run in turns of the event loop that follow a collection. */
async function collected(bytes: number): Promise<boolean> {
  for (let i = 0; i < 100 && livePersistentBytes() !== bytes; i++) {
    collect();
    await new Promise((go) => setTimeout(go, 5));
  }
  return livePersistentBytes() === bytes;
}

/** A part of the view is enough to keep it, and to find it again. */
function hold(): { part: readonly number[] | undefined } {
  const view = persistentTerm.view<typeof dict>('k');
  return { part: view['name 17'] };
}

async function main(): Promise<void> {
  const before = livePersistentBytes();
  persistentTerm.put('k', dict);
  const stored = livePersistentBytes();
  const held = hold();
  await new Promise((go) => setTimeout(go, 10));
  collect();
  expect(persistentTerm.view<typeof dict>('k')['name 17'] === held.part, 'the view is another one');
  persistentTerm.put('k', 'another value');
  const small = livePersistentBytes() - stored;
  expect(small < 1000, 'the new value is counted, and the old one still is');
  for (let i = 0; i < 5; i++) {
    collect();
    await new Promise((go) => setTimeout(go, 5));
  }
  expect(livePersistentBytes() === stored + small, 'the bytes are gone while a part of the view is in use');
  expect(held.part?.[0] === 17, 'the part is damaged');
  held.part = undefined;
  expect(await collected(before + small), 'the bytes stay');
  persistentTerm.erase('k');
  expect(await collected(before), 'something is left');
  // The view of a term that stays may go, too, and come again.
  persistentTerm.put('k', dict);
  for (let i = 0; i < 20; i++) {
    expect(persistentTerm.view<typeof dict>('k')[`name ${i}`]?.[0] === i, 'a later view');
    await new Promise((go) => setTimeout(go, 1));
    collect();
  }
  persistentTerm.erase('k');
  expect(await collected(before), 'something is left in the end');
  console.log('released');
}

void main();
