import { spawn } from 'node:child_process';
import { root } from './files.mjs';

/** A command of the build that did not succeed; its output was already shown. */
export class CommandFailed extends Error {}

/** Runs `node file ...args` in the project's folder, its output shown. Rejects with CommandFailed unless it exits with 0. */
export function runNode(file, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new CommandFailed(`${file} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}
