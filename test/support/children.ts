import { spawn } from 'node:child_process';

/** How a process ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a compiled file in a process of its own until it ends; after `timeoutMs` it is killed, which its signal then shows. */
export function runChild(file: string, args: readonly string[] = [], timeoutMs = 60_000): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** As runChild(), for a child that must end well. Returns what it printed. */
export async function runChildWell(
  file: string,
  args: readonly string[] = [],
  timeoutMs?: number,
): Promise<string> {
  const { code, signal, stdout, stderr } = await runChild(file, args, timeoutMs);
  if (code !== 0 || signal !== null)
    throw new Error(`exit code ${code}, signal ${signal}\n${stdout}\n${stderr}`);
  return stdout;
}
