import { types } from 'node:util';
import { EtsError, TermError, type TermStoreError } from './errors.js';
import { Status } from './native/control.js';
import { MAX_BYTES } from './term/format.js';

/** Builds the error for a refused table operation. `operation` is what the user called, such as `table.lookup`. */
export function etsFailure(status: number, operation: string): TermStoreError {
  const say = (text: string): string => `${operation}: ${text}`;
  switch (status) {
    case Status.NoTable:
      return new EtsError(
        'ERR_ETS_ID',
        say('the table does not exist; it was dropped, or the thread that owned it has ended'),
      );
    case Status.Access:
      return new EtsError(
        'ERR_ETS_ACCESS',
        say('the table may not be used like this from this thread (see its `access` option)'),
      );
    case Status.TableType:
      return new EtsError('ERR_ETS_TABLE_TYPE', say('not for tables of this type'));
    case Status.BadKey:
      return new EtsError('ERR_ETS_BADKEY', say('no row has this key'));
    case Status.Keypos:
      return new EtsError('ERR_ETS_KEYPOS', say('the element at `keypos` is the key and cannot be changed'));
    case Status.Position:
      return new EtsError('ERR_ETS_POSITION', say('the row has no element at this position'));
    case Status.Owner:
      return new EtsError('ERR_ETS_OWNER', say('the thread owns the table already'));
    case Status.NotOwner:
      return new EtsError('ERR_ETS_NOT_OWNER', say('only the owner of the table may do this'));
    case Status.Exists:
      return new EtsError('ERR_ETS_ALREADY_EXISTS', say('a table of this name exists already'));
    case Status.CounterRange:
      return new EtsError(
        'ERR_ETS_COUNTER_RANGE',
        say('the counter would leave the safe integers; use a bigint counter for more'),
      );
    case Status.NotCounter:
      return new EtsError('ERR_ETS_BADARG', say('the element is not an integer'));
    case Status.CounterMix:
      return new EtsError(
        'ERR_ETS_BADARG',
        say('a number counter takes numbers and a bigint counter takes bigints'),
      );
    case Status.NoMemory:
      return new EtsError('ERR_ETS_NO_MEMORY', say('memory could not be allocated'));
    case Status.Limit:
      return new EtsError('ERR_ETS_SYSTEM_LIMIT', say('no more tables can be created in this process'));
    case Status.NoCompressor:
      return new EtsError(
        'ERR_ETS_BADARG',
        say('`compressed` needs the zlib of the runtime, and this runtime does not let addons use it'),
      );
    case Status.TooLarge:
      return new TermError(
        'ERR_TERM_TOO_LARGE',
        say(`a row, or what is answered at once, needs more than ${MAX_BYTES} bytes`),
      );
    case Status.Damaged:
      return new TermError('ERR_TERM_DAMAGED', say('the bytes of the request are not a term'));
    default:
      return new EtsError('ERR_ETS_BADARG', say('bad argument'));
  }
}

/** As etsFailure(), for a slice of a match spec. What else the spec could have wrong was refused when it was compiled. */
export function sliceFailure(status: number, operation: string): TermStoreError {
  if (status !== Status.BadArg || !operation.includes('selectReplace')) return etsFailure(status, operation);
  return badArgument(
    operation,
    'the body made of a row what cannot take its place: it is nested more than 1024 levels deep',
  );
}

/** Refuses an argument: the message says which one and why. */
export function badArgument(operation: string, text: string): EtsError {
  return new EtsError('ERR_ETS_BADARG', `${operation}: ${text}`);
}

/** What kind of value something is, for messages: never the value itself, which may be large or private. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  // Asking one for more would run its traps.
  if (types.isProxy(value)) return 'a Proxy';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number') return kindOfNumber(value);
  return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`;
}

function kindOfNumber(value: number): string {
  if (Number.isSafeInteger(value)) return value < 0 ? 'a negative integer' : 'an integer';
  if (Number.isInteger(value)) return 'an integer beyond the safe ones';
  return Number.isFinite(value) ? 'a fraction' : String(value);
}
