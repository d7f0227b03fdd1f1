/** A request that is answered with `{ error, message }` and a status of its own. */
export class RequestError extends Error {
  /** @param {number} statusCode @param {string} error a stable name for programs @param {string} message for people */
  constructor(statusCode, error, message) {
    super(message);
    this.name = 'RequestError';
    this.statusCode = statusCode;
    this.error = error;
  }
}
