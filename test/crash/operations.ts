/* What a writer does, one operation after the other: each of them follows from its number alone, so that the state after any number is known. */

export interface Operation {
  readonly key: string;
  /** `undefined`: the key is deleted. */
  readonly value: number | undefined;
}

const KEYS = 40;

/** Operation number `i` of the writer `name`. */
export function operation(name: string, i: number): Operation {
  return { key: `${name} ${(i * 7) % KEYS}`, value: i % 11 === 10 ? undefined : i };
}

/** What the keys hold after the first `count` operations; with `several` a key keeps all values since it was deleted. */
export class State {
  readonly #name: string;
  readonly #several: boolean;
  readonly #values = new Map<string, number[]>();
  count = 0;

  constructor(name: string, several: boolean) {
    this.#name = name;
    this.#several = several;
  }

  advance(): void {
    const { key, value } = operation(this.#name, this.count++);
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, this.#several ? [...(this.#values.get(key) ?? []), value] : [value]);
  }

  /** As text, for comparing. */
  toString(): string {
    return textOf([...this.#values].flatMap(([key, values]) => values.map((value) => [key, value] as const)));
  }
}

/** Rows in the order of their keys; those of a key as they come. */
export function textOf(rows: readonly (readonly [string, number])[]): string {
  const keys = [...new Set(rows.map(([key]) => key))].sort();
  return keys
    .map(
      (key) =>
        `${key}=${rows
          .filter((row) => row[0] === key)
          .map((row) => row[1])
          .join()}`,
    )
    .join(';');
}

export interface Scenario {
  readonly type: 'set' | 'ordered_set' | 'duplicate_bag';
  readonly mirror?: 'writeThrough' | 'writeBehind';
  readonly ramFile?: boolean;
  /** Each writes keys of its own. */
  readonly threads: number;
}

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a set': { type: 'set', threads: 1 },
  'a duplicate_bag, in two threads': { type: 'duplicate_bag', threads: 2 },
  'a file in memory, with autoSave': { type: 'ordered_set', ramFile: true, threads: 1 },
  'a table mirrored at once': { type: 'set', mirror: 'writeThrough', threads: 1 },
  'a table mirrored at once, in three threads': { type: 'ordered_set', mirror: 'writeThrough', threads: 3 },
  'a table mirrored later, in two threads': { type: 'set', mirror: 'writeBehind', threads: 2 },
};
