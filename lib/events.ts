import { EventEmitter } from 'node:events';
import { takeSpilled } from './chunks.js';
import { badArgument, etsFailure, kindOf } from './failures.js';
import { tidOf } from './handle.js';
import { native } from './native/binding.js';
import { ctl, R0, reals, RESULT0, Status, STATUS } from './native/control.js';
import { openTable } from './open.js';
import { Table } from './table.js';
import { decodeReplyTerm, decodeTermAt } from './term/decode.js';

/** A table has become this thread's: by `table.giveAway`, or because this thread is the heir of one that has ended. */
export interface TransferEvent {
  /** The table. Its name is empty when it was dropped before the event arrived. */
  readonly table: Table;
  /** `threadId` of the former owner. */
  readonly from: number;
  /** What was given to `giveAway` or named by the option `heir`. */
  readonly data: unknown;
}

/** What `ets.on` calls. */
export type TransferListener = (event: TransferEvent) => void;

/** The name of the only event that there is. */
const TRANSFER = 'transfer';
/** Events that are delivered in one go; the rest waits for the next turn of the event loop. */
const MOST_AT_ONCE = 1000;

const emitter = new EventEmitter();
let listening = false;

function nextEvent(): TransferEvent | undefined {
  native.nextEvent();
  const length = ctl[STATUS] as number;
  if (length === Status.NotFound) return undefined;
  if (length < 0) throw etsFailure(length, 'ets transfer event');
  const tid = tidOf(ctl[R0] as number);
  const from = reals[RESULT0] as number;
  const long = length > native.replyBytes;
  const data = long ? decodeTermAt(takeSpilled('ets transfer event'), 0, length) : decodeReplyTerm(length);
  const table =
    openTable(tid) ?? new Table({ tid, type: 'set', keypos: 0, name: '', readConcurrency: false });
  return { table, from, data };
}

/** Hands what has come to the listeners; without listeners it stays where it is. */
function deliver(): void {
  for (let n = 0; emitter.listenerCount(TRANSFER) > 0; n++) {
    if (n === MOST_AT_ONCE) {
      setImmediate(deliver);
      return;
    }
    try {
      const event = nextEvent();
      if (event === undefined) return;
      emitter.emit(TRANSFER, event);
    } catch (error) {
      // Nobody is there to catch it. The other events are delivered all the same, if the thread outlives this.
      queueMicrotask(deliver);
      throw error;
    }
  }
}

/** From a microtask: what a listener throws must reach the thread's uncaughtException, not the runtime's call into us. */
function deliverSoon(): void {
  queueMicrotask(deliver);
}

function checkListener(event: unknown, listener: unknown, operation: string): void {
  if (event !== TRANSFER) throw badArgument(operation, `the only event is '${TRANSFER}'`);
  if (typeof listener !== 'function')
    throw badArgument(operation, `the listener must be a function, not ${kindOf(listener)}`);
}

function startListening(operation: string): void {
  if (!listening) {
    if (!native.listen(deliverSoon)) throw etsFailure(Status.NoMemory, operation);
    listening = true;
  }
  deliverSoon();
}

/**
 * Calls `listener` for every table that becomes this thread's, after it has. Does not keep the thread alive.
 *
 * Events wait for the first listener; of more than 65 536 that nobody has listened to the oldest are forgotten. What a
 * listener throws is an uncaught exception of this thread.
 *
 * Time: O(1).
 *
 * @throws {EtsError} `ERR_ETS_BADARG` for another event, or a listener that is no function.
 * @see https://www.erlang.org/doc/apps/stdlib/ets.html#give_away/3
 * @example
 * ```js
 * // in the thread that a table is given to, or that is some table's heir
 * const listener = ({ table, from, data }) => console.log(`${table.name} of thread ${from} is mine now`, data);
 * ets.on('transfer', listener); // undefined
 * ```
 */
export function on(event: 'transfer', listener: TransferListener): void {
  checkListener(event, listener, 'ets.on');
  startListening('ets.on');
  emitter.on(TRANSFER, listener);
}

/**
 * As `ets.on`, for one event.
 *
 * @throws {EtsError} `ERR_ETS_BADARG`, as `ets.on`.
 * @example
 * ```js
 * const listener = ({ table }) => table.insert(['mine', true]);
 * ets.once('transfer', listener); // undefined
 * ets.off('transfer', listener); // undefined
 * ```
 */
export function once(event: 'transfer', listener: TransferListener): void {
  checkListener(event, listener, 'ets.once');
  startListening('ets.once');
  emitter.once(TRANSFER, listener);
}

/**
 * Takes back one `ets.on` or `ets.once` of this listener; does nothing when there is none. Time: O(1).
 *
 * @throws {EtsError} `ERR_ETS_BADARG`, as `ets.on`.
 * @example
 * ```js
 * const listener = ({ data }) => console.log(data);
 * ets.on('transfer', listener);
 * ets.off('transfer', listener); // undefined
 * ets.off('transfer', listener); // undefined: it was not there any more
 * ets.off('message', listener); // throws ERR_ETS_BADARG
 * ```
 */
export function off(event: 'transfer', listener: TransferListener): void {
  checkListener(event, listener, 'ets.off');
  emitter.off(TRANSFER, listener);
}
