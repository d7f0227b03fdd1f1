import { setImmediate } from 'node:timers/promises';

/** What `work` resolves to, and how often the event loop turned meanwhile. */
export async function turnsDuring<T>(work: () => Promise<T>): Promise<{ turns: number; value: T }> {
  let turns = 0;
  let over = false;
  const others = (async () => {
    for (; !over; turns++) await setImmediate();
  })();
  try {
    const value = await work();
    return { turns, value };
  } finally {
    over = true;
    await others;
  }
}
