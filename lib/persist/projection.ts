import type { Table } from '../table.js';
import { Table as TableClass } from '../table.js';
import { kindOf } from '../failures.js';
import { badArgument } from './errors.js';
import { requireFunction, requireOptions } from './names.js';
import type { Projection, RowOperation, StoredEvent } from './types.js';

const OPERATION = 'projection';

/** Keeps a table as the events have it. */
export class Projector<State, Event> {
  readonly #table: Table;
  readonly #projection: Projection<State, Event>;

  constructor(projection: Projection<State, Event>) {
    this.#table = projection.table;
    this.#projection = projection;
  }

  /** Without `restore` only the events themselves can fill the table. */
  get needsWholeJournal(): boolean {
    return this.#projection.restore === undefined;
  }

  clear(): void {
    this.#table.deleteAllObjects();
  }

  restore(state: State): void {
    const rows = this.#projection.restore?.(state);
    if (rows !== undefined) this.#table.insertMany(rows);
  }

  apply({ data, persistId, seq, time, tags }: StoredEvent<Event>): void {
    const operations = this.#projection.project(data, { persistId, seq, time, tags });
    if (!Array.isArray(operations))
      throw badArgument(
        OPERATION,
        `\`project\` must return an array of operations, not ${kindOf(operations)}`,
      );
    for (const operation of operations as readonly RowOperation[]) this.#change(operation);
  }

  #change(operation: RowOperation): void {
    const table = this.#table;
    switch (operation[0]) {
      case 'insert':
        return table.insert(operation[1]);
      case 'insertMany':
        return table.insertMany(operation[1]);
      case 'delete':
        table.delete(operation[1]);
        return;
      case 'updateCounter':
        table.updateCounter(operation[1], operation[2] as number, operation[3]);
        return;
      case 'updateElement':
        table.updateElement(operation[1], operation[2], operation[3], operation[4]);
        return;
      default:
        throw badArgument(OPERATION, `\`project\` returned an unknown operation: ${kindOf(operation[0])}`);
    }
  }
}

export function readProjection<State, Event>(
  projection: Projection<State, Event> | undefined,
  operation: string,
): Projector<State, Event> | undefined {
  if (projection === undefined) return undefined;
  requireOptions(projection, ['table', 'project', 'restore'], `${operation}: projection`);
  if (!(projection.table instanceof TableClass))
    throw badArgument(operation, `\`projection.table\` must be a table, not ${kindOf(projection.table)}`);
  requireFunction(projection.project, 'projection.project', operation);
  if (projection.restore !== undefined) requireFunction(projection.restore, 'projection.restore', operation);
  return new Projector(projection);
}
