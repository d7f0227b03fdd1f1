// node scripts/check-package.mjs [--source]
// Packs the package, looks into the tarball, and uses it as users do: installed without scripts by npm and by pnpm, under ESM and
// CommonJS, in TypeScript, in a bundle, in workers alone. Whatever package.json exports is covered. --source: also
// as where there is no binary for the system: `npx termstore doctor`, `npx termstore build`, and the same programs, which takes minutes.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { problemsOf } from './lib/check-binary.mjs';
import { root } from './lib/files.mjs';
import { bundled, commonJs, esm, typed, workersOnly } from './lib/package-users.mjs';
import { ownTarget, targets } from './lib/prebuild-targets.mjs';
import { installed } from './lib/runtimes.mjs';

const require = createRequire(import.meta.url);
const { values: options } = parseArgs({ options: { source: { type: 'boolean', default: false } } });
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const PNPM = ['pnpm', '10.34.8'];
/** With the binaries of all systems. */
const MOST_PACKED_BYTES = 4_000_000;

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.keys(manifest.exports)
  .filter((name) => name !== './package.json')
  .map((name) => `termstore${name.slice(1)}`);
const workspace = mkdtempSync(join(tmpdir(), 'termstore-package-'));
let failures = 0;

async function check(name, body) {
  try {
    const said = await body();
    console.log(`ok   ${name}${said === undefined ? '' : `: ${said}`}`);
  } catch (error) {
    failures++;
    console.log(`FAIL ${name}\n${error.stdout ?? ''}${error.stderr ?? ''}${error.message}`);
  }
}

function run(command, args, cwd = root) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs a program that says that it has used the package. */
function runUser(args, cwd) {
  const said = run(process.execPath, args, cwd).trim();
  assert(said === 'used', `it said "${said}"`);
}

/** The path of a dependency's own command. */
function binOf(name, command) {
  const path = require.resolve(`${name}/package.json`);
  return join(dirname(path), JSON.parse(readFileSync(path, 'utf8')).bin[command]);
}

function assert(condition, message) {
  if (!condition) throw new Error(message);
}

const unwanted = /^(binding\.gyp|test|build|bench|examples|\.|node_modules)|\.tsbuildinfo$|\.map$|\.test\./;

function checkContents(files) {
  const strangers = files.filter((path) => unwanted.test(path) && path !== 'native/binding/exports.map');
  assert(strangers.length === 0, `not meant to be published: ${strangers.join(', ')}`);
  const wanted = ['README.md', 'LICENSE', 'CHANGELOG.md', 'bindings.gyp', 'scripts/list-sources.mjs'];
  wanted.push('native/binding/exports.map', 'dist/cli.js');
  for (const entry of entries) {
    const name = entry === 'termstore' ? 'index' : entry.slice('termstore/'.length);
    for (const suffix of ['js', 'mjs', 'd.ts', 'd.mts']) wanted.push(`dist/${name}.${suffix}`);
  }
  const absent = wanted.filter((path) => !files.includes(path));
  assert(absent.length === 0, `missing: ${absent.join(', ')}`);
}

/** What the packed pages and pictures link to is packed too. */
function checkLinks(files) {
  const pages = files.filter((path) => path.endsWith('.md'));
  const broken = pages.flatMap((page) => {
    const links = readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g);
    const targets = [...links].map(([, link]) => posix.join(posix.dirname(page), link));
    return targets.filter((target) => !files.includes(target)).map((target) => `${page} -> ${target}`);
  });
  assert(broken.length === 0, `links that lead nowhere: ${broken.join(', ')}`);
  return `${pages.length} pages`;
}

/** Every binary that is packed is in order, and that of this machine is there. */
function checkBinaries(files) {
  const binaries = files.filter((path) => path.endsWith('.node'));
  const known = new Map(targets.map((target) => [`prebuilds/${target.folder}/${target.file}`, target]));
  for (const path of binaries) {
    assert(known.has(path), `${path} is the binary of no target`);
    const problems = problemsOf(join(root, path), known.get(path));
    assert(problems.length === 0, `${path}: ${problems.join('; ')}`);
  }
  const names = binaries.map((path) => known.get(path).name);
  assert(names.includes(ownTarget()), `no binary for ${ownTarget()}`);
  const rest = targets.map(({ name }) => name).filter((name) => !names.includes(name));
  return names.join(', ') + (rest.length === 0 ? '' : `; not made here: ${rest.join(', ')}`);
}

/** A folder with a program of each kind. */
function makeUser(name) {
  const folder = join(workspace, name);
  const files = {
    'package.json': '{ "name": "user", "private": true }',
    'esm.mjs': esm(entries),
    'commonjs.cjs': commonJs(entries),
    'workers.mjs': workersOnly,
    'bundled.ts': bundled,
    'node16/a.mts': typed(entries),
    'node16/b.cts': typed(entries),
    'bundler/c.ts': typed(entries),
    'node16/tsconfig.json': tsconfig({ module: 'node16', moduleResolution: 'node16' }),
    'bundler/tsconfig.json': tsconfig({ module: 'esnext', moduleResolution: 'bundler' }),
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function tsconfig(options) {
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    strict: true,
    noEmit: true,
  };
  return JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'], ...options } });
}

/** What a user of TypeScript has as well: the types of Node, and of the peers whose entries are imported. */
function linkTypes(folder) {
  for (const name of ['@types/node', ...Object.keys(manifest.peerDependencies ?? {})]) {
    const target = join(folder, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), target, 'dir');
  }
}

async function bundle(folder, format) {
  const outfile = join(folder, `bundle.${format === 'esm' ? 'mjs' : 'cjs'}`);
  // As with every package that has a binary: what is outside the bundle is loaded when the program runs.
  await build({
    entryPoints: [join(folder, 'bundled.ts')],
    outfile,
    format,
    bundle: true,
    platform: 'node',
    external: ['termstore'],
    logLevel: 'error',
  });
  runUser([outfile], folder);
}

async function checkUse(folder) {
  await check('npm: ESM and CommonJS share every entry', () => runUser(['esm.mjs'], folder));
  await check('npm: CommonJS', () => runUser(['commonjs.cjs'], folder));
  await check('npm: workers alone', () => runUser(['workers.mjs'], folder));
  for (const format of ['esm', 'cjs']) await check(`npm: esbuild, ${format}`, () => bundle(folder, format));
  await check('npm: npx termstore doctor', () => {
    const said = run(
      process.execPath,
      [join('node_modules', 'termstore', 'dist', 'cli.js'), 'doctor'],
      folder,
    );
    assert(said.includes('as published') && said.includes('ok   it loads'), said);
  });
  linkTypes(folder);
  for (const kind of ['node16', 'bundler']) {
    await check(`npm: TypeScript, moduleResolution ${kind}`, () => {
      run(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', kind], folder);
    });
  }
}

/** What the command says as users start it, whatever its exit code. */
function termstore(command, folder) {
  const { status, stdout, stderr } = spawnSync('npx termstore ' + command, {
    cwd: folder,
    encoding: 'utf8',
    shell: true,
    maxBuffer: 2 ** 26,
  });
  return { status, said: stdout + stderr };
}

/** The way of those for whose system there is no binary, to the end. */
async function checkFromSource(folder) {
  rmSync(join(folder, 'node_modules/termstore/prebuilds'), { recursive: true });
  await check('no binary: npx termstore doctor names the command', () => {
    const { status, said } = termstore('doctor', folder);
    assert(status === 1 && said.includes('no binary for') && said.includes('npx termstore build'), said);
  });
  await check('no binary: a program is told where to ask', () => {
    const { stderr } = spawnSync(process.execPath, ['commonjs.cjs'], { cwd: folder, encoding: 'utf8' });
    assert(stderr.includes('ERR_TERMSTORE_LOAD') && stderr.includes('"npx termstore doctor"'), stderr);
  });
  await check('no binary: npx termstore build', () => {
    const { status, said } = termstore('build', folder);
    assert(status === 0, said);
  });
  await check('built: npx termstore doctor', () => {
    const { status, said } = termstore('doctor', folder);
    assert(status === 0 && said.includes('built on this machine') && said.includes('ok   it loads'), said);
  });
  await check('built: ESM and CommonJS share every entry', () => runUser(['esm.mjs'], folder));
  await check('built: workers alone', () => runUser(['workers.mjs'], folder));
}

try {
  run(process.execPath, ['scripts/build.mjs', 'native', 'ts']);
  run(process.execPath, ['scripts/prebuild.mjs', '--own']);
  const [packed] = JSON.parse(run(npm, ['pack', '--json', '--pack-destination', workspace]));
  const tarball = join(
    workspace,
    readdirSync(workspace).find((name) => name.endsWith('.tgz')),
  );
  const files = packed.files.map(({ path }) => path);
  await check('size', () => {
    const said = `${files.length} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked`;
    assert(packed.size < MOST_PACKED_BYTES, said);
    return said;
  });
  await check('contents', () => checkContents(files));
  await check('links', () => checkLinks(files));
  await check('binaries', () => checkBinaries(files));
  const { messages, pkg } = await publint({ pkgDir: root, strict: true, pack: 'npm' });
  await check('publint', () => {
    assert(messages.length === 0, messages.map((message) => formatMessage(message, pkg)).join('\n'));
  });
  await check('types for every kind of import', () => {
    run(process.execPath, [binOf('@arethetypeswrong/cli', 'attw'), tarball, '--profile', 'node16']);
  });

  const user = makeUser('npm');
  await check('npm: install without scripts', () => {
    run(npm, ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', tarball], user);
  });
  await checkUse(user);
  if (options.source) await checkFromSource(user);

  const other = makeUser('pnpm');
  await check('pnpm: install without scripts', () => {
    const pnpm = join(installed(...PNPM), 'bin', 'pnpm.cjs');
    const store = ['--store-dir', join(workspace, 'store')];
    run(process.execPath, [pnpm, 'add', '--ignore-scripts', '--prefer-offline', ...store, tarball], other);
  });
  await check('pnpm: ESM and CommonJS share every entry', () => runUser(['esm.mjs'], other));
  await check('pnpm: workers alone', () => runUser(['workers.mjs'], other));
} finally {
  rmSync(workspace, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
