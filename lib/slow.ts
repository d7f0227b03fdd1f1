import { channel } from 'node:diagnostics_channel';
import { badArgument, kindOf } from './failures.js';
import { tidOf } from './handle.js';
import type { Tid } from './types.js';

/*
 * Operations that hold the event loop for long, told on a diagnostics channel. Without a subscriber an operation that can be slow costs
 * one look at a property more; operations on one row are not measured at all.
 */

/** What is published on the channel `termstore:slow`. */
export interface SlowOperation {
  /** As error messages name it: `table.select`, `persistentTerm.put`. */
  readonly operation: string;
  /** The table's identifier; `undefined` for operations on persistent terms. */
  readonly table: Tid | undefined;
  /** How long it took, from the call to its return. */
  readonly durationMs: number;
}

const DEFAULT_THRESHOLD_MS = 10;
const slow = channel('termstore:slow');
let thresholdMs = DEFAULT_THRESHOLD_MS;

/** When the operation began; 0 when nobody wants to know. */
export function beganAt(): number {
  return slow.hasSubscribers ? performance.now() : 0;
}

/** Publishes an operation that has ended, if it took long. `began` is of beganAt(), `id` a table's number. */
export function tellIfSlow(began: number, operation: string, id: number | undefined): void {
  if (began === 0) return;
  const durationMs = performance.now() - began;
  if (durationMs < thresholdMs) return;
  const message: SlowOperation = { operation, table: id === undefined ? undefined : tidOf(id), durationMs };
  slow.publish(message);
}

/**
 * Sets from how many milliseconds on an operation counts as slow in this thread; 10 until then. Time: O(1).
 *
 * @throws {EtsError} `ERR_ETS_BADARG` when `ms` is no number from 0 up.
 * @example
 * ```js
 * const { subscribe } = require('node:diagnostics_channel');
 * const { setSlowThreshold } = require('termstore/telemetry');
 * const seen = [];
 * subscribe('termstore:slow', (event) => seen.push(event.operation));
 * setSlowThreshold(0);
 * const users = ets.new('users');
 * users.insertMany([['ada', 1]]);
 * seen; // ['table.insertMany']
 * setSlowThreshold(10);
 * ```
 */
export function setSlowThreshold(ms: number): void {
  if (typeof ms !== 'number' || !(ms >= 0))
    throw badArgument('setSlowThreshold', `ms must be a number from 0 up, not ${kindOf(ms)}`);
  thresholdMs = ms;
}
