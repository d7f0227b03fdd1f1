/** Every handle of a table on disk: known without loading what makes them. */
export const diskTables = new WeakSet<object>();

/** Of a table with a mirror: what is asked and told when rows are put into it by other ways than its methods. */
export interface Filling {
  /** Throws when one of `keys`, of which it need not ask for any, is too long for the mirror. To be called before anything is changed. */
  readonly requireKeys: (operation: string, keys: Iterable<unknown>) => void;
  /** Rows were put into the table. */
  readonly filled: () => Promise<void>;
}

/** Of the tables that have one. */
export const fillings = new WeakMap<object, Filling>();
