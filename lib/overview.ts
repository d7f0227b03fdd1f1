import type { Table } from './table.js';

/** A name longer than this is cut: an overview has one line per table. */
const LONGEST_NAME = 40;
const COLUMNS = ['id', 'name', 'type', 'size', 'memory', 'owner'] as const;
const NUMBERS: ReadonlySet<string> = new Set(['id', 'size', 'memory', 'owner']);

/** The name as one piece of a line: what could not be printed is escaped. */
function printable(name: string): string {
  const quoted = JSON.stringify(name).slice(1, -1);
  return quoted.length <= LONGEST_NAME ? quoted : `${quoted.slice(0, LONGEST_NAME - 1)}…`;
}

/** One line per table under a line of headings, in aligned columns; memory in bytes. */
export function overview(tables: readonly Table[]): string {
  const lines: (readonly string[])[] = [COLUMNS];
  for (const table of tables) {
    const info = table.info();
    // Another thread may have dropped it meanwhile.
    if (info === undefined) continue;
    lines.push(COLUMNS.map((column) => (column === 'name' ? printable(info.name) : String(info[column]))));
  }
  const widths = COLUMNS.map((_, i) => Math.max(...lines.map((line) => (line[i] as string).length)));
  const padded = lines.map((line) =>
    line
      .map((text, i) =>
        NUMBERS.has(COLUMNS[i] as string)
          ? text.padStart(widths[i] as number)
          : text.padEnd(widths[i] as number),
      )
      .join('  ')
      .trimEnd(),
  );
  return padded.join('\n');
}
