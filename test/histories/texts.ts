/* Texts of many sizes, each of which tells which one it is: a row whose bytes are of two moments cannot pass for a row. */

/* Rows of these take long to copy without the lock, are copied with it, and have memory of their own: native/core/table. */
const LONG = 3_000;
const TOO_LONG = 4_200;
const ALONE = 20_000;

const texts = new Map<number, string>();

function sizeOf(id: number): number {
  if (id % 251 === 0) return ALONE;
  if (id % 41 === 0) return TOO_LONG;
  if (id % 3 === 0) return LONG;
  return (id * 37) % 300;
}

/** The text of a number. */
export function textOf(id: number): string {
  let text = texts.get(id);
  if (text === undefined) {
    const number = `${id}|`;
    text = number.repeat(1 + Math.floor(sizeOf(id) / number.length));
    texts.set(id, text);
  }
  return text;
}

const MOST_PIECES = 20;

/** Of what a damaged text consists. */
function pieces(text: unknown): string {
  const runs: { piece: string; times: number }[] = [];
  for (const piece of String(text).split('|')) {
    const last = runs.at(-1);
    if (last?.piece === piece) last.times++;
    else runs.push({ piece, times: 1 });
  }
  const shown = runs
    .slice(0, MOST_PIECES)
    .map(({ piece, times }) => `${times} times ${JSON.stringify(piece)}`);
  return `${shown.join(', ')}${runs.length > MOST_PIECES ? ' and so on' : ''}`;
}

/**
 * The number of a text.
 *
 * @throws {Error} when it is no number's text.
 */
export function idOf(text: unknown): number {
  if (typeof text === 'string') {
    const id = Number(text.slice(0, text.indexOf('|')));
    if (Number.isSafeInteger(id) && textOf(id) === text) return id;
  }
  throw new Error(`a row holds parts of several texts, or none: ${pieces(text)}`);
}
