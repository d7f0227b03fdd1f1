// node scripts/prebuild.mjs [--target name]... [--own]
// Makes the binaries that the published package carries, prebuilds/<platform>-<arch>/, and checks them: size, processor, what they
// ask of the system, what others can see of them. All targets, or those that are named, are compiled on Linux on x64.
// --own: for this machine alone, with its own compiler where it cannot cross-compile.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { neededGlibc, problemsOf } from './lib/check-binary.mjs';
import { root } from './lib/files.mjs';
import { canCrossCompile, prebuild } from './lib/prebuild.mjs';
import { ownTarget, targets } from './lib/prebuild-targets.mjs';

const { values: options } = parseArgs({
  options: {
    target: { type: 'string', multiple: true, default: [] },
    own: { type: 'boolean', default: false },
  },
});
const names = options.own ? [ownTarget()] : options.target;
const unknown = names.filter((name) => !targets.some((target) => target.name === name));
if (unknown.length > 0) {
  console.error(
    `there is no target ${unknown.join(', ')} (there are ${targets.map(({ name }) => name).join(', ')})`,
  );
  process.exit(2);
}
if (!canCrossCompile && !options.own) {
  console.error('the compiler for all targets runs on Linux on x64; --own makes the binary of this machine');
  process.exit(2);
}

let failures = 0;
for (const target of targets.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const path = join('prebuilds', target.folder, target.file);
  await prebuild(target);
  const problems = problemsOf(join(root, path), target);
  const glibc = target.name.endsWith('glibc') ? `, needs glibc ${neededGlibc(join(root, path))}` : '';
  console.log(
    `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${path}: ${statSync(join(root, path)).size} bytes${glibc}`,
  );
  for (const problem of problems) console.log(`     ${problem}`);
  if (problems.length > 0) failures++;
}
process.exitCode = failures === 0 ? 0 : 1;
