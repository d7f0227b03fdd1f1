import SharedMap from 'sharedmap';

/** Bytes that are set aside for each key and each value, in UTF-16. */
const kKeyUnits = 16;
const kValueUnits = 128;
const kNumberUnits = 16;
/** It slows down when it is nearly full. */
const kRoom = 1.25;

/** sharedmap: keys and values are strings in a SharedArrayBuffer of fixed size; objects go through JSON. */
export function open({ rows, value = 'int', shared }) {
  const object = value === 'object';
  const units = object ? kValueUnits : kNumberUnits;
  const map = shared ?? new SharedMap(Math.ceil(rows * kRoom), kKeyUnits, units);
  // A map that came from another thread has lost its methods.
  if (shared !== undefined) Object.setPrototypeOf(map, SharedMap.prototype);
  return {
    shared: map,
    get: object ? (key) => JSON.parse(map.get(String(key))) : (key) => Number(map.get(String(key))),
    set: (key, stored) => map.set(String(key), object ? JSON.stringify(stored) : String(stored)),
    has: (key) => map.has(String(key)),
  };
}
