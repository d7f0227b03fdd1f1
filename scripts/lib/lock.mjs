import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './files.mjs';

const lockPath = join(root, 'build/.lock');

function holderIsAlive() {
  try {
    const pid = Number(readFileSync(lockPath, 'utf8'));
    // An empty file is a holder between creating and writing it.
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs `work` while no other build of this checkout runs: two of them would overwrite each other's half-written output. */
export async function withBuildLock(work) {
  mkdirSync(dirname(lockPath), { recursive: true });
  for (let waited = 0; ; waited++) {
    try {
      writeFileSync(lockPath, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!holderIsAlive()) rmSync(lockPath, { force: true });
    if (waited === 20) console.log('waiting for another build of this checkout');
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(lockPath, { force: true });
  }
}
