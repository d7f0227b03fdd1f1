// Packs the package, looks into the tarball, and uses it as a user would: installed without scripts, under ESM,
// CommonJS and TypeScript.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root } from './lib/files.mjs';

const require = createRequire(import.meta.url);
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const workspace = mkdtempSync(join(tmpdir(), 'termstore-package-'));
let failures = 0;

function check(name, body) {
  try {
    body();
    console.log(`ok   ${name}`);
  } catch (error) {
    failures++;
    console.log(`FAIL ${name}\n${error.stdout ?? ''}${error.stderr ?? ''}${error.message}`);
  }
}

function run(command, args, cwd = root) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The path of a dependency's own command. */
function binOf(name, command) {
  const manifest = require.resolve(`${name}/package.json`);
  return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin[command]);
}

function assert(condition, message) {
  if (!condition) throw new Error(message);
}

const esm = `
import { ets, persistentTerm } from 'termstore';
import { gt, $1 as first } from 'termstore/ms';
import { $1 } from 'termstore';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const cjs = require('termstore');
if (first !== $1 || gt($1, 2).name !== 'gt') throw new Error('termstore/ms is not the one of termstore');
if (cjs.ets !== ets || cjs.persistentTerm !== persistentTerm) throw new Error('ESM and CommonJS do not share state');
const table = ets.new('t');
table.insert(['k', 1]);
if (table.lookup('k')[0][1] !== 1) throw new Error('wrong answer');
const { dets } = await import('termstore/dets');
if (require('termstore/dets').dets !== dets) throw new Error('ESM and CommonJS do not share termstore/dets');
// The engine is an optional peer, which this user does not have.
const refused = await dets.openFile('t', { file: 't.dets' }).catch(({ code }) => code);
if (refused !== 'ERR_TERMSTORE_PEER') throw new Error('without lmdb: ' + refused);
`;
const commonJs = `
const { ets } = require('termstore');
if (typeof require('termstore/ms').gt !== 'function') throw new Error('termstore/ms');
const table = ets.new('t');
table.insert(['k', 1]);
if (table.lookup('k')[0][1] !== 1) throw new Error('wrong answer');
`;
const typed = `
import { _, $1, ets, type MatchSpec, type Table } from 'termstore';
import { gt } from 'termstore/ms';
export const spec: MatchSpec<[string, number]> = [[[_, $1], [gt($1, 10)], [$1]]];
const table: Table<[string, number]> = ets.new<[string, number]>('t');
table.insert(['k', 1]);
export const first: number | undefined = table.lookup('k')[0]?.[1];
// @ts-expect-error a row of another type
table.insert([1, 'k']);
`;

const unwanted =
  /^(binding\.gyp|test|build|bench|examples|docs|\.|node_modules)|\.tsbuildinfo$|\.map$|\.test\./;

function checkContents(files) {
  const strangers = files.filter((path) => unwanted.test(path));
  assert(strangers.length === 0, `not meant to be published: ${strangers.join(', ')}`);
  const wanted = ['README.md', 'LICENSE', 'bindings.gyp', 'scripts/list-sources.mjs'];
  for (const suffix of ['js', 'mjs', 'd.ts', 'd.mts'])
    wanted.push(`dist/index.${suffix}`, `dist/ms.${suffix}`, `dist/dets.${suffix}`, `dist/persist.${suffix}`);
  const absent = wanted.filter((path) => !files.includes(path));
  assert(absent.length === 0, `missing: ${absent.join(', ')}`);
  const here = `prebuilds/${process.platform}-${process.arch}/`;
  assert(
    files.some((path) => path.startsWith(here)),
    `no binary under ${here}`,
  );
}

/** What `npm run sabotage` compiles in (native/core/base/sabotage.h). */
function checkBinaries(files) {
  const binaries = files.filter((path) => path.endsWith('.node'));
  const broken = binaries.filter((path) => readFileSync(join(root, path)).includes('TERMSTORE_BREAK'));
  assert(broken.length === 0, `built to be broken: ${broken.join(', ')}`);
}

function writeUser(folder) {
  const config = { module: 'node20', target: 'es2023', strict: true, noEmit: true, types: [] };
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true }');
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: config, include: ['*.*ts'] }),
  );
  for (const [name, text] of Object.entries({
    'a.mjs': esm,
    'b.cjs': commonJs,
    'c.mts': typed,
    'd.cts': typed,
  })) {
    writeFileSync(join(folder, name), text);
  }
}

try {
  run(process.execPath, ['scripts/build.mjs', 'native', 'ts']);
  run(process.execPath, ['scripts/prebuild.mjs', '--own']);
  const [packed] = JSON.parse(run(npm, ['pack', '--json', '--pack-destination', workspace]));
  const tarball = join(
    workspace,
    readdirSync(workspace).find((name) => name.endsWith('.tgz')),
  );
  console.log(`${packed.files.length} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked`);
  check('contents', () => checkContents(packed.files.map(({ path }) => path)));
  check('binaries', () => checkBinaries(packed.files.map(({ path }) => path)));

  const { messages, pkg } = await publint({ pkgDir: root, strict: true, pack: 'npm' });
  check('publint', () => {
    assert(messages.length === 0, messages.map((message) => formatMessage(message, pkg)).join('\n'));
  });
  check('types for every kind of import', () => {
    run(process.execPath, [binOf('@arethetypeswrong/cli', 'attw'), tarball, '--profile', 'node16']);
  });

  writeUser(workspace);
  check('install without scripts', () => {
    run(npm, ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--offline', tarball], workspace);
  });
  check('import', () => run(process.execPath, ['a.mjs'], workspace));
  check('require', () => run(process.execPath, ['b.cjs'], workspace));
  check('TypeScript', () =>
    run(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', '.'], workspace),
  );
} finally {
  rmSync(workspace, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
