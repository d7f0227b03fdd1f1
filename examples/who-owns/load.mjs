import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** One batch is what this many bytes of text hold: large enough to be fast, small enough to keep the bar moving. */
const BATCH_BYTES = 256 * 1024;

const SOURCES = /** @type {const} */ ([
  { file: 'asn-ipv4-num.csv', table: 'ipv4', toKey: Number },
  { file: 'asn-ipv6-num.csv', table: 'ipv6', toKey: BigInt },
]);

/** @param {string} file */
const pathOf = (file) => require.resolve(`@ip-location-db/asn/${file}`);

/** @param {string} field a CSV field, quoted when it holds a comma or a quote */
function unquote(field) {
  return field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
}

/** Splits `first,last,number,name`; the first three are digits, so only the name may be quoted. @param {string} line */
function splitLine(line) {
  const a = line.indexOf(',');
  const b = line.indexOf(',', a + 1);
  const c = line.indexOf(',', b + 1);
  if (a < 0 || b < 0 || c < 0) throw new Error(`the data file holds a line that is no range: ${line}`);
  return {
    first: line.slice(0, a),
    last: line.slice(a + 1, b),
    asn: Number(line.slice(b + 1, c)),
    name: unquote(line.slice(c + 1)),
  };
}

/**
 * The lines of a text file, in batches of about BATCH_BYTES.
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<{ lines: string[], bytes: number }>}
 */
async function* batchesOf(path, signal) {
  const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: BATCH_BYTES, signal });
  let rest = '';
  let bytesBefore = 0;
  for await (const chunk of stream) {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield { lines, bytes: stream.bytesRead - bytesBefore };
    bytesBefore = stream.bytesRead;
  }
  if (rest !== '') yield { lines: [rest], bytes: 0 };
}

/** How many bytes there are to read, for a progress bar. */
export async function sizeOfData() {
  const sizes = await Promise.all(SOURCES.map(async ({ file }) => (await stat(pathOf(file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Fills the tables from the data files. Each batch appears at once and as a whole.
 * @param {import('./tables.mjs').Tables} tables
 * @param {{ signal: AbortSignal, onProgress: (bytes: number, ranges: number) => void }} options
 * @returns {Promise<{ ranges: number, networks: number }>}
 */
export async function loadData(tables, { signal, onProgress }) {
  /** @type {Set<number>} */
  const known = new Set();
  let ranges = 0;
  for (const { file, table, toKey } of SOURCES) {
    for await (const { lines, bytes } of batchesOf(pathOf(file), signal)) {
      const rows = [];
      /** @type {import('./tables.mjs').NetworkRow[]} */
      const networks = [];
      for (const line of lines) {
        const { first, last, asn, name } = splitLine(line);
        rows.push([toKey(first), toKey(last), asn]);
        if (!known.has(asn)) networks.push([asn, name]);
        known.add(asn);
      }
      tables.networks.insertMany(networks);
      // Which of the two row types this is follows from `table`, beyond what a type checker sees.
      /** @type {import('termstore').Table<any>} */ (tables[table]).insertMany(rows);
      ranges += rows.length;
      onProgress(bytes, ranges);
    }
  }
  return { ranges, networks: known.size };
}

/** What the owners of the data ask to be said, line by line, as their own files say it. */
export async function licenceLines() {
  const files = ['ROUTEVIEWS-LICENSE', 'DBIP-LICENSE', 'NRO_LICENSE'];
  const texts = await Promise.all(files.map((file) => readFile(pathOf(file), 'utf8')));
  return texts.map((text) => text.split(/\r?\n/)[0] ?? '');
}
