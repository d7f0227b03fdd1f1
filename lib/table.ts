import { TableFiles } from './table/files.js';
import type { Row } from './types.js';

/**
 * A table that every thread of the process shares.
 *
 * Made by `ets.new`, found by `ets.table`. An instance is a handle of one thread; several may name the same table. Rows are
 * copied in and out: changing a row that was read does not change the table.
 *
 * Every method throws `EtsError` with code `ERR_ETS_ID` when the table does not exist any more and `ERR_ETS_ACCESS` when this
 * thread may not use it that way; a method that throws has changed nothing. Times are for one call, n is the number of
 * rows in the table; add the size of what is copied.
 *
 * A `Table<[string, number]>` is also a `Table`: a function for any table takes it.
 */
export class Table<R extends Row = Row> extends TableFiles<R> {}
