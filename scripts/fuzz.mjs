// node scripts/fuzz.mjs [--minutes n | --seconds n] [--target name] [--keep]
// Runs each fuzz target for that long: libFuzzer's of native/test/fuzz with clang, and the raw binding with random calls in child
// processes (`binding`, `arguments`). The last line is `N passed, N failed`, in targets. `--keep` puts what reaches new code into the seeds of
// the repository.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/files.mjs';
import { run, runWell } from './lib/run.mjs';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    target: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
    /** The build folder of the targets. */
    build: { type: 'string', default: 'build/core-fuzz' },
    /** Where findings go. */
    findings: { type: 'string', default: 'build/fuzz-findings' },
  },
});
const seconds = options.minutes === undefined ? Number(options.seconds) : 60 * Number(options.minutes);
if (!(seconds > 0)) throw new Error('how long? a number above 0');

const sources = join(root, 'native/test/fuzz');
const build = join(root, options.build);
const findings = join(root, options.findings);
const compiler = process.env.FUZZ_CXX ?? 'clang++-14';

/** Each runs in processes of its own; the numbers are rounds that take some seconds. */
const scripts = { binding: ['robustness.child.js', 200_000], arguments: ['arguments.child.js', 100_000] };

async function buildTargets(names) {
  const configure = ['-S', 'native', '-B', build, '-DTERMSTORE_FUZZ=ON', `-DCMAKE_CXX_COMPILER=${compiler}`];
  await runWell('cmake', configure);
  await runWell('cmake', ['--build', build, '-j', String(availableParallelism()), '--target', ...names]);
}

/** Seeds larger than this are not worth their room in the repository. */
const LARGEST_SEED = 512;
const seedsOf = (name) => join(sources, 'corpus', `${name}.bin`);

/** The seeds of the repository lie in one file per target, each behind its size (u32). */
function unpackSeeds(name, folder) {
  if (!existsSync(seedsOf(name))) return;
  const packed = readFileSync(seedsOf(name));
  for (let at = 0, i = 0; at < packed.length; i++) {
    const end = at + 4 + packed.readUInt32LE(at);
    writeFileSync(join(folder, `seed-${i}`), packed.subarray(at + 4, end));
    at = end;
  }
}

async function keepSeeds(name) {
  const folder = join(build, 'kept', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await runWell(join(build, name), ['-set_cover_merge=1', folder, join(build, 'corpus', name)]);
  const parts = [];
  for (const file of readdirSync(folder).sort()) {
    const bytes = readFileSync(join(folder, file));
    if (bytes.length > LARGEST_SEED) continue;
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length);
    parts.push(size, bytes);
  }
  mkdirSync(join(sources, 'corpus'), { recursive: true });
  writeFileSync(seedsOf(name), Buffer.concat(parts));
}

/** What the fuzzer finds new stays in the build folder. */
async function runLibFuzzer(name) {
  const corpus = join(build, 'corpus', name);
  mkdirSync(corpus, { recursive: true });
  unpackSeeds(name, corpus);
  const limits = [`-max_total_time=${seconds}`, '-rss_limit_mb=2048', '-timeout=25', '-print_final_stats=1'];
  const good =
    (await run(join(build, name), [...limits, `-artifact_prefix=${join(findings, name)}-`, corpus])) === 0;
  if (good && options.keep) await keepSeeds(name);
  return good;
}

/** A process after the other, each with a seed of its own, which it prints. */
async function runScript(name) {
  const [file, rounds] = scripts[name];
  const end = performance.now() + 1000 * seconds;
  const path = join(root, 'build/test/native', file);
  do {
    const ended = await run(process.execPath, [path, String(rounds)]);
    if (ended !== 0) {
      console.error(`${name}: ended with ${ended}`);
      return false;
    }
  } while (performance.now() < end);
  return true;
}

const native = readdirSync(sources)
  .filter((file) => file.endsWith('_fuzz.cc'))
  .map((file) => file.slice(0, -'.cc'.length));
const wanted = [...native, ...Object.keys(scripts)].filter(
  (name) => options.target === '' || name === options.target || name === `${options.target}_fuzz`,
);
if (wanted.length === 0) {
  console.error(
    `no such target: ${options.target}; there are ${[...native, ...Object.keys(scripts)].join(', ')}`,
  );
  process.exit(2);
}
mkdirSync(findings, { recursive: true });
const compiled = wanted.filter((name) => native.includes(name));
if (compiled.length > 0) await buildTargets(compiled);
let failed = 0;
for (const name of wanted) {
  console.log(`--- ${name}, ${seconds} s`);
  const good = await (native.includes(name) ? runLibFuzzer(name) : runScript(name));
  if (!good) failed++;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${name}`);
}
console.log(`${wanted.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
