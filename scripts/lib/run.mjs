import { spawn } from 'node:child_process';
import { root } from './files.mjs';

/** A command of the build that did not succeed; its output was already shown. */
export class CommandFailed extends Error {}

/**
 * Runs a command in the project's folder, its output shown; `env` is added to the environment. Resolves to its exit code, or the signal
 * that ended it; rejects when it cannot be started.
 */
export function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
}

/** Rejects with CommandFailed unless the command exits with 0. */
export async function runWell(command, args, env = {}) {
  const ended = await run(command, args, env);
  if (ended !== 0)
    throw new CommandFailed(
      `${command} ${args.join(' ')} ended with ${typeof ended === 'string' ? ended : `exit code ${ended}`}`,
    );
}

/** runWell() of `node file ...args`. */
export const runNode = (file, args, env = {}) => runWell(process.execPath, [file, ...args], env);
