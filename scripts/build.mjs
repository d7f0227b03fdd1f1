// node scripts/build.mjs [native] [ts] [tests] [--debug] [--sanitize address|thread] [--keep-going]
// Builds what is named (native and ts when nothing is), each only if something it is made of has changed.
import { parseArgs } from 'node:util';
import { buildNative } from './lib/build-native.mjs';
import { buildLibrary, buildTests } from './lib/build-ts.mjs';
import { withBuildLock } from './lib/lock.mjs';
import { CommandFailed } from './lib/run.mjs';

const steps = new Map([
  ['native', buildNative],
  ['ts', buildLibrary],
  ['tests', buildTests],
]);

const { values, positionals } = parseArgs({
  options: { debug: { type: 'boolean' }, sanitize: { type: 'string' }, 'keep-going': { type: 'boolean' } },
  allowPositionals: true,
});
const wanted = positionals.length > 0 ? positionals : ['native', 'ts'];
const unknown = wanted.filter((name) => !steps.has(name));
if (unknown.length > 0) {
  console.error(`unknown part: ${unknown.join(', ')} (there are ${[...steps.keys()].join(', ')})`);
  process.exit(2);
}

async function build(name) {
  const startedAt = performance.now();
  const built = await steps.get(name)(values);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (built) console.log(`built ${name} in ${seconds} s`);
}

await withBuildLock(async () => {
  for (const name of wanted) {
    try {
      await build(name);
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      console.error(`${name}: ${error.message}`);
      process.exitCode = 1;
      if (!values['keep-going']) return;
    }
  }
});
