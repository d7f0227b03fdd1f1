/**
 * What `npx termstore doctor` finds out: whether the binary loads, which one, and what to do if it does not.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { candidates, libc, PACKAGE_ROOT } from './native/candidates.js';

/** What the doctor says, line by line, and whether all is well. */
export interface Diagnosis {
  readonly healthy: boolean;
  readonly lines: readonly string[];
}

/** Another copy of this package below the folder that is looked at. */
interface Copy {
  readonly folder: string;
  readonly version: string;
}

const FROM_SOURCE = [
  '  build it from source, which needs Python 3, make and a compiler of C++20:',
  '    npx termstore build',
];
const AGAIN = [
  '  install the package again: remove its folder, then',
  '    npm cache verify && npm install termstore',
];

/** Loads the package and stores a row, in a process of its own: a damaged binary may end it. */
const TRIAL = `
const { ets } = require(process.argv[1]);
const table = ets.new('doctor');
table.insert(['row', { of: 'the doctor' }]);
if (table.get('row')[1].of !== 'the doctor') throw new Error('a row came back as another one');
`;

/** Examines this copy of the package, and looks for others below `folder`. */
export function examine(folder = process.cwd()): Diagnosis {
  const lines = [`termstore ${versionOf(PACKAGE_ROOT)} in ${PACKAGE_ROOT}`, describeRuntime()];
  const binary = candidates().find((path) => existsSync(path));
  const complaint = binary === undefined ? describeAbsence() : tryBinary(binary, lines);
  const quarrel = describeCopies(copiesBelow(folder));
  return {
    healthy: complaint.length === 0 && quarrel.fatal.length === 0,
    lines: [...lines, ...complaint, ...quarrel.notes, ...quarrel.fatal],
  };
}

function versionOf(folder: string): string {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return version;
  } catch {
    return 'of unknown version (its package.json cannot be read)';
  }
}

function system(): string {
  return `${process.platform}-${process.arch}${process.platform === 'linux' ? ` with ${libc()}` : ''}`;
}

function describeRuntime(): string {
  const { bun, deno, electron, node } = process.versions as Record<string, string | undefined>;
  const [name, version] =
    Object.entries({ Bun: bun, Deno: deno, Electron: electron }).find(([, found]) => found !== undefined) ??
    [];
  return `${name === undefined ? `Node.js ${node}` : `${name} ${version}`} on ${system()}`;
}

/** Nothing lies where a binary for this system would: what there is instead. */
function describeAbsence(): string[] {
  const shipped = shippedTargets();
  const other = shipped.filter((path) => path.startsWith(`${process.platform}-${process.arch}`));
  const lines = [
    `FAIL there is no binary for ${system()}; looked for`,
    ...candidates().map((path) => `  ${path}`),
  ];
  if (other.length > 0) lines.push(`  what is there is for another C library: ${other.join(', ')}`);
  else if (shipped.length > 0) lines.push(`  the package has: ${shipped.join(', ')}`);
  else lines.push('  the package has no binaries at all: it was not installed as it is published');
  if (shipped.length === 0) lines.push(...AGAIN, '  or');
  return [...lines, ...FROM_SOURCE];
}

/** The binaries of the package as `linux-x64/termstore.glibc.node`. */
function shippedTargets(): string[] {
  const folder = join(PACKAGE_ROOT, 'prebuilds');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.node'))
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}

/** Adds what is well to `lines`; returns what is not. */
function tryBinary(path: string, lines: string[]): string[] {
  const built = path.includes(join('build', 'Release'));
  lines.push(
    `binary: ${path}, ${statSync(path).size} bytes, ${built ? 'built on this machine' : 'as published'}`,
  );
  const { status, signal, stderr } = spawnSync(
    process.execPath,
    ['-e', TRIAL, join(PACKAGE_ROOT, 'dist', 'index.js')],
    { encoding: 'utf8' },
  );
  if (status === 0) {
    lines.push('ok   it loads, and a row that is stored comes back');
    return [];
  }
  const reason =
    /^\w*Error.*$/m.exec(stderr)?.[0] ?? (stderr.trim() || `the process ended with ${signal ?? status}`);
  return [`FAIL it cannot be used: ${reason}`, ...adviceFor(path, built)];
}

/** What to do about a binary that does not load, by what can be seen of it. */
function adviceFor(path: string, built: boolean): string[] {
  const found = kindOf(readFileSync(path));
  const wanted = `${process.platform}-${process.arch}`;
  if (found === undefined)
    return ['  the file is damaged: it is no library of any system', ...(built ? FROM_SOURCE : AGAIN)];
  if (found !== wanted)
    return [
      `  the file is for ${found}: node_modules was made on another system, or copied from one`,
      ...(built ? FROM_SOURCE : AGAIN),
    ];
  if (built) return ['  it was built for another version of the runtime or of this package', ...FROM_SOURCE];
  return [
    '  the system may be too old (glibc before 2.28, macOS before 11), or the file is damaged',
    ...AGAIN,
    '  or',
    ...FROM_SOURCE,
  ];
}

const ELF_MACHINES: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64', 40: 'arm', 3: 'ia32' };
const MACH_MACHINES: Readonly<Record<number, string>> = { 0x01000007: 'x64', 0x0100000c: 'arm64' };
const PE_MACHINES: Readonly<Record<number, string>> = { 0x8664: 'x64', 0xaa64: 'arm64', 0x14c: 'ia32' };

/** What a library is for, as `linux-x64`; undefined when it is none. */
function kindOf(bytes: Buffer): string | undefined {
  if (bytes.length < 64) return undefined;
  const machine = (names: Readonly<Record<number, string>>, number: number): string =>
    names[number] ?? `processor ${number}`;
  if (bytes.toString('latin1', 0, 4) === '\x7fELF')
    return `linux-${machine(ELF_MACHINES, bytes.readUInt16LE(18))}`;
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return `darwin-${machine(MACH_MACHINES, bytes.readUInt32LE(4))}`;
  const header = bytes.readUInt32LE(60);
  if (bytes.toString('latin1', 0, 2) !== 'MZ' || header + 6 > bytes.length) return undefined;
  return `win32-${machine(PE_MACHINES, bytes.readUInt16LE(header + 4))}`;
}

/** Every installed copy of the package below `folder`, each real folder once. */
function copiesBelow(folder: string): Copy[] {
  const found = new Map<string, Copy>();
  const visited = new Set<string>();
  const visit = (modules: string): void => {
    if (!existsSync(modules) || visited.has(realpathSync(modules))) return;
    visited.add(realpathSync(modules));
    for (const path of packagesIn(modules)) {
      if (/[\\/]termstore$/.test(path) && existsSync(join(path, 'package.json'))) {
        const real = realpathSync(path);
        found.set(real, { folder: real, version: versionOf(real) });
      }
      visit(join(path, 'node_modules'));
    }
  };
  visit(join(folder, 'node_modules'));
  return [...found.values()];
}

/** The folders of the packages in a `node_modules`, scopes and the store of pnpm included. */
function packagesIn(modules: string): string[] {
  return readdirSync(modules).flatMap((name) => {
    const path = join(modules, name);
    // A link may lead nowhere.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [];
    if (name === '.pnpm' || name.startsWith('@')) return readdirSync(path).map((inner) => join(path, inner));
    return name.startsWith('.') ? [] : [path];
  });
}

/** Several copies share one store when they are of one version; otherwise the second that is loaded is refused. */
function describeCopies(copies: readonly Copy[]): { notes: string[]; fatal: string[] } {
  if (copies.length < 2) return { notes: [], fatal: [] };
  const list = copies.map(({ folder, version }) => `  ${version} in ${folder}`);
  if (new Set(copies.map(({ version }) => version)).size === 1)
    return {
      notes: [`note: there are ${copies.length} copies of one version, which share one store`, ...list],
      fatal: [],
    };
  return {
    notes: [],
    fatal: [
      'FAIL there are copies of several versions; of those that are loaded into one process the second is refused',
      '     (ERR_TERMSTORE_SECOND_COPY)',
      ...list,
      '  make them one: npm dedupe, or an entry in "overrides" (npm), "resolutions" (Yarn) or "pnpm.overrides"',
    ],
  };
}
