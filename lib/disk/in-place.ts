import type { LmdbDatabase, LmdbEnvironment } from './lmdb.js';

/** Looks at a record where the engine has it; the bytes are used again for the next one. */
export interface InPlace {
  /** Where the key of the record lies; called before `value`. */
  key(bytes: Uint8Array, start: number, end: number): void;
  /** The value are the first `size` bytes. What it returns is the value of the entry. Throws nothing: a range would stay open. */
  value(bytes: Uint8Array<ArrayBuffer>, size: number): boolean;
}

/**
 * A database of the file for reading ranges of it without a copy or an object for each record: reading a million of them is a matter
 * of what is done with each. Undefined when the file has no such database and may not be written.
 */
export function openInPlace(
  environment: LmdbEnvironment,
  name: string,
  visitor: InPlace,
): LmdbDatabase<boolean> | undefined {
  return environment.openDB<boolean>({
    name,
    encoding: 'binary',
    encoder: {
      encode: (value: Uint8Array) => value,
      decode: (bytes: Uint8Array<ArrayBuffer>, size: number) => visitor.value(bytes, size),
    },
    keyEncoder: {
      writeKey: (key: Uint8Array, target: Uint8Array, start: number) => {
        target.set(key, start);
        return start + key.length;
      },
      readKey: (bytes: Uint8Array, start: number, end: number) => visitor.key(bytes, start, end),
    },
  });
}
