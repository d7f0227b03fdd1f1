/** Codes of refused table operations; stable within a major version. */
export type EtsErrorCode =
  | 'ERR_ETS_ID'
  | 'ERR_ETS_ACCESS'
  | 'ERR_ETS_TABLE_TYPE'
  | 'ERR_ETS_BADKEY'
  | 'ERR_ETS_KEYPOS'
  | 'ERR_ETS_POSITION'
  | 'ERR_ETS_OWNER'
  | 'ERR_ETS_NOT_OWNER'
  | 'ERR_ETS_ALREADY_EXISTS'
  | 'ERR_ETS_BADARG'
  | 'ERR_ETS_MATCH_SPEC'
  | 'ERR_ETS_COUNTER_RANGE'
  | 'ERR_ETS_FILE'
  | 'ERR_ETS_NO_MEMORY'
  | 'ERR_ETS_SYSTEM_LIMIT';

/** Codes of refused values. */
export type TermErrorCode = 'ERR_TERM_UNSUPPORTED' | 'ERR_TERM_TOO_LARGE' | 'ERR_TERM_DAMAGED';

/** Codes of refused persistent-term operations. */
export type PersistentTermErrorCode =
  | 'ERR_PERSISTENT_TERM_BADKEY'
  | 'ERR_PERSISTENT_TERM_EXISTS'
  | 'ERR_PERSISTENT_TERM_NO_MEMORY'
  | 'ERR_PERSISTENT_TERM_LIMIT';

/** Codes of a binary, or of an optional package, that cannot be loaded or shared. */
export type LoadErrorCode = 'ERR_TERMSTORE_LOAD' | 'ERR_TERMSTORE_SECOND_COPY' | 'ERR_TERMSTORE_PEER';

/** Codes of refused operations on tables on disk. */
export type DetsErrorCode =
  | 'ERR_DETS_FILE'
  | 'ERR_DETS_IO'
  | 'ERR_DETS_NOT_OPEN'
  | 'ERR_DETS_ARGUMENTS_MISMATCH'
  | 'ERR_DETS_ACCESS'
  | 'ERR_DETS_TABLE_TYPE'
  | 'ERR_DETS_BADKEY'
  | 'ERR_DETS_KEY_TOO_LARGE'
  | 'ERR_DETS_COUNTER_RANGE'
  | 'ERR_DETS_BADARG';

/**
 * Base of every error this package throws.
 *
 * Switch on `code`; `message` is written for people and may change in any release. A call that throws has changed nothing.
 */
export class TermStoreError extends Error {
  override readonly name: string = 'TermStoreError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A table operation was refused. */
export class EtsError extends TermStoreError {
  override readonly name = 'EtsError';
  declare readonly code: EtsErrorCode;

  constructor(code: EtsErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** A persistent-term operation was refused. */
export class PersistentTermError extends TermStoreError {
  override readonly name = 'PersistentTermError';
  declare readonly code: PersistentTermErrorCode;

  constructor(code: PersistentTermErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** A value cannot be stored, or stored bytes cannot be read. */
export class TermError extends TermStoreError {
  override readonly name = 'TermError';
  declare readonly code: TermErrorCode;

  constructor(code: TermErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** An operation on a table on disk was refused. */
export class DetsError extends TermStoreError {
  override readonly name = 'DetsError';
  declare readonly code: DetsErrorCode;

  constructor(code: DetsErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
