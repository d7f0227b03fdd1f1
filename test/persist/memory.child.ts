import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memoryStore, persistentProcess } from 'termstore/persist';

/* Run by handlers.test.ts in a process of its own, where a collection can be forced. */

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const COUNT = 200;

async function main(): Promise<void> {
  let gone = 0;
  const registry = new FinalizationRegistry(() => void gone++);
  const process = await persistentProcess({
    persistId: 'forgetful',
    store: memoryStore(),
    init: () => 0,
    handleCommand: (_state, _command: object) => undefined,
    handleEvent: () => undefined,
    handleInfo: () => undefined,
  }).start();
  const message = (): object => {
    const one = { text: 'x'.repeat(1000) };
    registry.register(one, undefined);
    return one;
  };
  for (let i = 0; i < COUNT; i++) {
    const answer = process.call(message());
    process.cast(message());
    process.info(message());
    if (i % 3 === 0) await answer;
  }
  await process.call(message());
  // Finalizers run in turns of the event loop that follow a collection.
  for (let i = 0; i < 100 && gone < 3 * COUNT; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // The last one may still be at hand.
  if (gone < 3 * COUNT) throw new Error(`${3 * COUNT + 1 - gone} messages that were handled are kept`);
  console.log('forgotten');
  await process.stop();
}

void main();
