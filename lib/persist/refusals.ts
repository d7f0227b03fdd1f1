import { PersistError } from './errors.js';

/* What every store refuses, in the same words. */

export function held(persistId: string, by: string): PersistError {
  return new PersistError(
    'ERR_PERSIST_HELD',
    `\`persistId\` '${persistId}' is that of a process that runs in ${by}; \`takeOver: true\` takes it away from there`,
  );
}

export function fenced(persistId: string, epoch: number, newest: number): PersistError {
  return new PersistError(
    'ERR_PERSIST_FENCED',
    `'${persistId}' was taken over or deleted: its newest writer has epoch ${newest}, this one ${epoch}`,
    { outcome: 'unwritten' },
  );
}

export function outOfSequence(persistId: string, expected: number, actual: number): PersistError {
  return new PersistError(
    'ERR_PERSIST_SEQUENCE',
    `the journal of '${persistId}' ends with event ${actual}, not with ${expected}`,
    { outcome: 'unwritten' },
  );
}
