import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const kRoot = path.join(import.meta.dirname, '..', '..');

function git(...args) {
  try {
    return execFileSync('git', args, {
      cwd: kRoot,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

function commit() {
  const hash = git('rev-parse', '--short=12', 'HEAD');
  if (hash === undefined) return 'none';
  // What a run itself writes (the report) does not make the measured code another one.
  const changed = git('status', '--porcelain', '--', 'lib', 'native', 'bench', 'bindings.gyp');
  return changed === '' ? hash : `${hash} with local changes`;
}

/** What is needed to repeat a run, and to judge it. */
export function describeRun({ versions, leftOut, quick, command }) {
  const cpus = os.cpus();
  const [load] = os.loadavg();
  return {
    command,
    quick,
    date: new Date().toISOString(),
    package: `termstore ${JSON.parse(readFileSync(path.join(kRoot, 'package.json'), 'utf8')).version}`,
    commit: commit(),
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    versions: { node: process.version, v8: process.versions.v8, ...versions },
    leftOut,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    loadAtStart: Number(load.toFixed(2)),
  };
}
