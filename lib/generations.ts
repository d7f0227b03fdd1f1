import { native } from './native/binding.js';
import { A, ctl, R0 } from './native/control.js';

const SLOT_BITS = Math.log2(native.pageSlots);
const SLOT_MASK = native.pageSlots - 1;

/** The generation words of the first slots over native memory: most programs never need a second page. */
let firstPage: Int32Array | undefined;
const pages: (Int32Array | undefined)[] = [];

/**
 * The present generation of a slot of the persistent area.
 *
 * An atomic load, never a plain one: that could be moved out of a loop, which would then wait for ever for another
 * thread's put.
 */
export function generationOf(slot: number): number {
  if (firstPage !== undefined && slot <= SLOT_MASK) return Atomics.load(firstPage, slot);
  return generationSlow(slot);
}

function generationSlow(slot: number): number {
  const number = slot >>> SLOT_BITS;
  let page = pages[number];
  if (page === undefined) {
    const memory = native.generationPage(number);
    // Where a runtime has no external buffers (Electron), native is asked each time.
    if (memory === null) {
      ctl[A] = slot;
      native.generation();
      return ctl[R0] as number;
    }
    page = new Int32Array(memory);
    pages[number] = page;
    if (number === 0) firstPage = page;
  }
  return Atomics.load(page, slot & SLOT_MASK);
}
