/* Texts of many sizes, each of which tells which one it is: a row whose bytes are of two moments cannot pass for a row. */

/** Beyond these a row is not copied without the lock, and has memory of its own; see native/core/table. */
const MEDIUM = 4_200;
const LARGE = 20_000;

const texts = new Map<number, string>();

function sizeOf(id: number): number {
  if (id % 251 === 0) return LARGE;
  if (id % 41 === 0) return MEDIUM;
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
  throw new Error(`a row holds parts of several texts, or none: ${JSON.stringify(text)?.slice(0, 2000)}`);
}
