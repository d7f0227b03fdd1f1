/**
 * What a worker asks of the main thread, where the process lives that keeps the configuration.
 * @typedef {{ id: number, next: import('./config.mjs').Config }} ChangeRequest
 * @typedef {{ id: number, failed?: boolean }} ChangeAnswer
 */

/**
 * Asks for a new configuration and waits until it is on the disk and every thread has it.
 * @param {import('node:worker_threads').MessagePort} port
 */
export function changeRequests(port) {
  /** @type {Map<number, { resolve: () => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  let count = 0;
  return {
    /** @param {import('./config.mjs').Config} next @returns {Promise<void>} */
    change: (next) =>
      new Promise((resolve, reject) => {
        const id = ++count;
        waiting.set(id, { resolve, reject });
        port.postMessage(/** @type {ChangeRequest} */ ({ id, next }));
      }),
    /** @param {ChangeAnswer} answer */
    answered: ({ id, failed }) => {
      const caller = waiting.get(id);
      waiting.delete(id);
      if (failed) caller?.reject(new Error('the configuration could not be stored'));
      else caller?.resolve();
    },
  };
}
