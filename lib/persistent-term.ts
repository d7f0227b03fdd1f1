import { PersistentTermError, TermError } from './errors.js';
import { native } from './native/binding.js';
import * as control from './native/control.js';
import { appendRow, begin, encodeKey, request } from './term/encode.js';
import { decodeReplyRow, decodeRowAt, decodeTermAt } from './term/decode.js';
import { freezeTerm } from './term/freeze.js';
import { viewRowValue } from './term/view.js';
import { generationOf } from './generations.js';
import { beganAt, tellIfSlow } from './slow.js';
import { Stamped, TermCache } from './term-cache.js';
import { isPrimitive } from './term/kinds.js';

const { A, B, C, ctl, R0, R1, RESULT0, RESULT1, reals, STATUS, Status } = control;

/** What this thread decoded. */
class Decoded extends Stamped {
  readonly value: unknown;

  constructor(slot: number, generation: number, value: unknown) {
    super(slot, generation);
    this.value = value;
  }
}

/** A view that this thread made. Held weakly: a view that nobody uses must not keep the term's bytes. */
class KnownView extends Stamped {
  /** Undefined when the value is no container, of which there is no view. */
  readonly #view: WeakRef<object> | undefined;

  constructor(slot: number, generation: number, view: object | undefined) {
    super(slot, generation);
    this.#view = view === undefined ? undefined : new WeakRef(view);
  }

  get isLeaf(): boolean {
    return this.#view === undefined;
  }

  /** The view while it, or one inside it, is in use. A new one stays until the present job ends, as every WeakRef's. */
  get view(): object | undefined {
    return this.#view?.deref();
  }
}

const cache = new TermCache<Decoded>();
const { primitives } = cache;
const views = new TermCache<KnownView>();

function failure(status: number, operation: string): Error {
  if (status === Status.NoMemory)
    return new PersistentTermError(
      'ERR_PERSISTENT_TERM_NO_MEMORY',
      `${operation}: memory could not be allocated`,
    );
  if (status === Status.Limit)
    return new PersistentTermError(
      'ERR_PERSISTENT_TERM_LIMIT',
      `${operation}: no more persistent terms can be stored`,
    );
  return new TermError('ERR_TERM_DAMAGED', `${operation}: the bytes of the request are not a term`);
}

/** A refused part of `[key, value]` under the names that users gave them. */
function rename(error: unknown): unknown {
  if (!(error instanceof TermError)) return error;
  const message = error.message
    .replace(/^row\[0\]/, 'key')
    .replace(/^row\[1\]/, 'value')
    .replace(/^row:/, 'value:');
  return new TermError(error.code, message, { cause: error });
}

/** As in tables: a key is any term but undefined. */
function requireKey(key: unknown, operation: string): void {
  if (key === undefined)
    throw new TermError('ERR_TERM_UNSUPPORTED', `${operation}: key: undefined cannot be a key`);
}

function store(key: unknown, value: unknown, onlyNew: boolean, operation: string): number {
  requireKey(key, operation);
  try {
    begin();
    ctl[A] = appendRow([key, value], 0);
    ctl[B] = request.canonicalLength;
  } catch (error) {
    throw rename(error);
  }
  ctl[C] = onlyNew ? 1 : 0;
  native.persistentPut();
  const status = ctl[STATUS] as number;
  if (status === Status.Ok || status === Status.Exists) return status;
  throw failure(status, operation);
}

/**
 * Stores `value` under `key`, for every thread. A value equal to the present one changes nothing: equal as keys are, whatever the
 * order of properties, and 0 equals -0.
 *
 * Time: O(size of the value): nothing is scanned and no reader stops. A thread that asks afterwards, in whatever
 * thread the put happened, gets the new value.
 *
 * @throws {TermError} `ERR_TERM_UNSUPPORTED`, naming the path to what cannot be stored.
 * @see https://www.erlang.org/doc/apps/erts/persistent_term.html#put/2
 * @example
 * ```js
 * persistentTerm.put('config', { limit: 100 });
 * persistentTerm.get('config').limit; // 100
 * persistentTerm.put('config', { run: () => 1 }); // throws ERR_TERM_UNSUPPORTED
 * ```
 */
function put(key: unknown, value: unknown): void {
  const began = beganAt();
  store(key, value, false, 'persistentTerm.put');
  tellIfSlow(began, 'persistentTerm.put', undefined);
}

/**
 * Stores `value` under `key` unless the key has another value already; an equal one changes nothing. Time: as `put`.
 *
 * @throws {PersistentTermError} `ERR_PERSISTENT_TERM_EXISTS` when it has.
 * @throws {TermError} `ERR_TERM_UNSUPPORTED`, as `put`.
 * @see https://www.erlang.org/doc/apps/erts/persistent_term.html#put_new/2
 * @example
 * ```js
 * persistentTerm.putNew('version', [1, 0]);
 * persistentTerm.putNew('version', [1, 0]); // undefined: it has this value
 * persistentTerm.putNew('version', [2, 0]); // throws ERR_PERSISTENT_TERM_EXISTS
 * ```
 */
function putNew(key: unknown, value: unknown): void {
  if (store(key, value, true, 'persistentTerm.putNew') === Status.Exists) {
    throw new PersistentTermError(
      'ERR_PERSISTENT_TERM_EXISTS',
      'persistentTerm.putNew: the key has another value already',
    );
  }
}

/** The decoded term of `key` as it is now, from the cache or from native memory; `undefined` when there is none. */
function find(key: unknown, operation: string): Decoded | undefined {
  requireKey(key, operation);
  const known = cache.find(key);
  if (known?.current === true) return known;
  ctl[A] = encodeKey(key);
  native.persistentGet();
  const length = ctl[STATUS] as number;
  if (length === Status.NotFound) {
    cache.delete(key);
    return undefined;
  }
  if (length < 0) throw failure(length, operation);
  const slot = ctl[R0] as number;
  const generation = ctl[R1] as number;
  const decoded = new Decoded(slot, generation, freezeTerm(readRow(length, operation)[1]));
  cache.set(key, decoded);
  return decoded;
}

function readRow(length: number, operation: string): unknown[] {
  if (length <= native.replyBytes) return decodeReplyRow(length);
  const spilled = native.takeReply();
  if (spilled === null) throw failure(Status.NoMemory, operation);
  return decodeRowAt(spilled, 0, length);
}

function badKey(operation: string): PersistentTermError {
  return new PersistentTermError(
    'ERR_PERSISTENT_TERM_BADKEY',
    `${operation}: there is no persistent term with this key`,
  );
}

/**
 * The value under `key`: deeply frozen, and the same object in this thread until the term changes.
 *
 * Time: O(1) where this thread has read the term before and nobody has changed it since; the size of the value otherwise.
 *
 * @typeParam T - What the caller takes the value to be; nothing checks it.
 * @throws {PersistentTermError} `ERR_PERSISTENT_TERM_BADKEY` when there is none and no `defaultValue`.
 * @see https://www.erlang.org/doc/apps/erts/persistent_term.html#get/2
 * @example
 * ```js
 * persistentTerm.put('routes', { home: '/' });
 * const routes = persistentTerm.get('routes');
 * Object.isFrozen(routes); // true
 * persistentTerm.get('routes') === routes; // true
 * persistentTerm.get('nothing', null); // null
 * persistentTerm.get('nothing'); // throws ERR_PERSISTENT_TERM_BADKEY
 * ```
 */
function get<T = unknown>(key: unknown, defaultValue?: NoInfer<T>): T;
function get(key: unknown, defaultValue?: unknown): unknown {
  const known = primitives.get(key);
  if (known !== undefined && generationOf(known.slot) === known.generation) return known.value;
  const decoded = find(key, 'persistentTerm.get');
  if (decoded !== undefined) return decoded.value;
  // Not `defaultValue !== undefined`: undefined is a value like any other.
  if (arguments.length > 1) return defaultValue;
  throw badKey('persistentTerm.get');
}

/**
 * All terms as `[key, value]`, all of one moment. Time: O(terms), plus the size of those this thread has not read yet.
 *
 * @see https://www.erlang.org/doc/apps/erts/persistent_term.html#get/0
 * @example
 * ```js
 * persistentTerm.put('a', 1);
 * persistentTerm.getAll(); // [['a', 1]]
 * ```
 */
function getAll(): [unknown, unknown][] {
  native.persistentGetAll();
  const length = ctl[STATUS] as number;
  const count = ctl[R0] as number;
  if (length < 0) throw failure(length, 'persistentTerm.getAll');
  const spilled =
    length > native.replyBytes
      ? native.takeReply()
      : ctl.buffer.slice(native.replyOffset, native.replyOffset + length);
  if (spilled === null) throw failure(Status.NoMemory, 'persistentTerm.getAll');
  const bytes = new Uint8Array(spilled);
  const view = new DataView(bytes.buffer);
  const terms: [unknown, unknown][] = [];
  for (let i = 0, at = 0; i < count; i++) {
    const slot = view.getUint32(at, true);
    const generation = view.getInt32(at + 4, true);
    const size = view.getUint32(at + 8, true);
    const row = decodeRowAt(bytes, at + 12, size);
    terms.push([row[0], shared(row[0], slot, generation, row[1])]);
    at += 12 + size;
  }
  return terms;
}

/** The value this thread already has for exactly this generation, so that `getAll` and `get` give one object. */
function shared(key: unknown, slot: number, generation: number, value: unknown): unknown {
  const known = cache.find(key);
  if (known !== undefined && known.slot === slot && known.generation === generation) return known.value;
  const decoded = new Decoded(slot, generation, freezeTerm(value));
  cache.set(key, decoded);
  return decoded.value;
}

/**
 * A lazy view of the value under `key`: arrays, objects, Maps and Sets that decode only what is touched, straight from the
 * bytes that all threads share, and remember it. It is read-only, and the same object in this thread while it is in use
 * and the term stays. Values of other kinds are those of `get`; typed arrays in a view are copies, made when touched.
 *
 * A view keeps the bytes of its term, also after `put` and `erase`; they are released some time after the last view of
 * them in any thread was collected. Views cannot be stored or sent to another thread, which has its own for the key.
 *
 * Time: O(1), plus O(1) for each property, element or key that is looked at.
 *
 * @typeParam T - What the caller takes the value to be; nothing checks it.
 * @throws {PersistentTermError} `ERR_PERSISTENT_TERM_BADKEY` when there is none and no `defaultValue`.
 * @example
 * ```js
 * persistentTerm.put('countries', { fr: { name: 'France' }, jp: { name: 'Japan' } });
 * persistentTerm.view('countries').jp.name; // 'Japan': only this string was decoded
 * persistentTerm.view('nothing', 0); // 0
 * ```
 */
function view<T = unknown>(key: unknown, defaultValue?: NoInfer<T>): T;
function view(key: unknown, defaultValue?: unknown): unknown {
  const operation = 'persistentTerm.view';
  requireKey(key, operation);
  for (;;) {
    const known = presentView(key) ?? makeView(key, operation);
    if (known === undefined) break;
    if (known.view !== undefined) return known.view;
    const decoded = find(key, operation);
    // Otherwise another thread has put something else meanwhile, which may well be a container.
    if (decoded?.slot === known.slot && decoded.generation === known.generation) return decoded.value;
  }
  if (arguments.length > 1) return defaultValue;
  throw badKey(operation);
}

/** What `view` made before, as long as it is true and was not collected. */
function presentView(key: unknown): KnownView | undefined {
  const known = views.find(key);
  return known?.current === true && (known.isLeaf || known.view !== undefined) ? known : undefined;
}

/** Makes a view of the term as it is now; undefined when there is none. */
function makeView(key: unknown, operation: string): KnownView | undefined {
  ctl[A] = encodeKey(key);
  const bytes = native.persistentView();
  const length = ctl[STATUS] as number;
  if (length === Status.NotFound) {
    views.delete(key);
    return undefined;
  }
  if (bytes === null) throw failure(length, operation);
  const slot = ctl[R0] as number;
  const generation = ctl[R1] as number;
  const made = new KnownView(
    slot,
    generation,
    viewRowValue(bytes, reals[RESULT1] as number, reals[RESULT0] as number),
  );
  views.set(key, made);
  return made;
}

/**
 * Removes the term; says whether there was one. Readers keep what they have. Time: O(1).
 *
 * @see https://www.erlang.org/doc/apps/erts/persistent_term.html#erase/1
 * @example
 * ```js
 * persistentTerm.put('config', 1);
 * persistentTerm.erase('config'); // true
 * persistentTerm.erase('config'); // false
 * ```
 */
function erase(key: unknown): boolean {
  requireKey(key, 'persistentTerm.erase');
  ctl[A] = encodeKey(key);
  native.persistentErase();
  const status = ctl[STATUS] as number;
  if (status !== Status.Ok && status !== Status.NotFound) throw failure(status, 'persistentTerm.erase');
  return status === Status.Ok;
}

/**
 * How many terms there are, and how many bytes they take; bytes that only views still keep are not among them. Time: O(1).
 *
 * @see https://www.erlang.org/doc/apps/erts/persistent_term.html#info/0
 * @example
 * ```js
 * persistentTerm.put('config', { limit: 100 });
 * persistentTerm.info().count; // 1
 * persistentTerm.info().memory > 0; // true
 * ```
 */
function info(): { count: number; memory: number } {
  native.persistentInfo();
  return { count: reals[RESULT0] as number, memory: reals[RESULT1] as number };
}

/**
 * A handle on one key, for the hottest reads: `ref.get()` is one atomic load and one comparison while the term stays. It
 * sees every later put and erase, also of a key that has no term yet.
 *
 * @typeParam T - What the caller takes the value to be; nothing checks it.
 */
export class PersistentTermRef<T = unknown> {
  readonly #key: unknown;
  #slot = -1;
  #generation = 0;
  #value: T | undefined;

  /** @internal Use `persistentTerm.ref`. */
  constructor(key: unknown) {
    requireKey(key, 'persistentTerm.ref');
    const size = encodeKey(key);
    // A copy: a key object that is changed afterwards must not name another term.
    this.#key = isPrimitive(key) ? key : decodeTermAt(request.bytes.slice(0, size), 0, size);
  }

  /**
   * The value as `persistentTerm.get` gives it. Time: O(1) while the term stays, the size of the value after it has changed.
   *
   * @throws {PersistentTermError} `ERR_PERSISTENT_TERM_BADKEY` when there is none.
   * @example
   * ```js
   * const flags = persistentTerm.ref('flags');
   * flags.get(); // throws ERR_PERSISTENT_TERM_BADKEY
   * persistentTerm.put('flags', { beta: false });
   * flags.get().beta; // false
   * persistentTerm.put('flags', { beta: true });
   * flags.get().beta; // true
   * ```
   */
  get(): T {
    const slot = this.#slot;
    if (slot >= 0 && generationOf(slot) === this.#generation) return this.#value as T;
    return this.#refresh();
  }

  #refresh(): T {
    const decoded = find(this.#key, 'persistentTermRef.get');
    this.#slot = decoded?.slot ?? -1;
    this.#generation = decoded?.generation ?? 0;
    this.#value = decoded?.value as T | undefined;
    if (decoded === undefined) throw badKey('persistentTermRef.get');
    return decoded.value as T;
  }
}

/**
 * A handle on `key`, whether it has a term or not; see `PersistentTermRef`. Time: O(size of the key).
 *
 * @typeParam T - What the caller takes the value to be; nothing checks it.
 * @throws {TermError} `ERR_TERM_UNSUPPORTED` when `key` is no term, or `undefined`.
 * @example
 * ```js
 * const limit = persistentTerm.ref(['limits', 'burst']);
 * persistentTerm.put(['limits', 'burst'], 10);
 * limit.get(); // 10
 * ```
 */
function ref<T = unknown>(key: unknown): PersistentTermRef<T> {
  return new PersistentTermRef<T>(key);
}

/**
 * Immutable terms that every thread of the process shares.
 *
 * @namespace
 */
export const persistentTerm = { put, putNew, get, getAll, erase, info, ref, view } as const;
