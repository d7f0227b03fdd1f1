import { persistentProcess, type PersistentProcess, type PersistStore } from 'termstore/persist';

/** One of `of` events that belong to command `n`. */
export interface Entry {
  readonly n: number;
  readonly k: number;
  readonly of: number;
  readonly ballast: string;
}

/** What a process remembers: everything that the checks need, so that its journal may be truncated. */
export interface Book {
  /** Commands in the order in which they were stored. */
  seen: number[];
  /** Commands of which a part is missing, or that came twice. */
  broken: number[];
  events: number;
  last: { readonly n: number; readonly k: number; readonly of: number } | null;
}

export type Ledger = PersistentProcess<Book, Command, Entry>;
export type Command = { readonly n: number; readonly of: number; readonly save: boolean } | 'book';

/** The processes that are killed: those with `-t` truncate their journals. */
export const HERE = ['main-1', 'main-t'];
export const THERE = ['thread-1', 'thread-t'];

function note(book: Book, { n, k, of }: Entry): void {
  const { last } = book;
  if (k === 0) {
    if (last !== null && (last.k !== last.of - 1 || last.n >= n)) book.broken.push(n);
    book.seen.push(n);
  } else if (last?.n !== n || last.k !== k - 1) book.broken.push(n);
  book.events++;
  book.last = { n, k, of };
}

export function ledger(store: PersistStore, persistId: string): Ledger {
  const policy = { every: 25, keep: 2, truncate: persistId.endsWith('-t') };
  return persistentProcess<Book, Command, Entry>({
    persistId,
    store,
    snapshots: policy,
    init: () => ({ seen: [], broken: [], events: 0, last: null }),
    async handleCommand(book, command, { persist, persistAll, saveSnapshot }) {
      if (command === 'book') return book;
      const { n, of, save } = command;
      const entries = Array.from({ length: of }, (_, k) => ({ n, k, of, ballast: 'x'.repeat((n % 7) ** 5) }));
      const stored = of === 1 ? [await persist(entries[0]!)] : await persistAll(entries);
      if (save) void saveSnapshot();
      return stored.at(-1)?.seq;
    },
    handleEvent: (book, entry) => note(book, entry),
  });
}
