/** Every handle of a table on disk: known without loading what makes them. */
export const diskTables = new WeakSet<object>();

/** What tables with a mirror want to be told when rows were put into them by other ways than their methods. */
export const whenFilled = new WeakMap<object, () => Promise<void>>();
