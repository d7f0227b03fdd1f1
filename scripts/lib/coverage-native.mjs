import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { filesUnder, root } from './files.mjs';

/** Files given to one gcov: what it prints is read whole. */
const AT_ONCE = 8;

const countFiles = (folder) => filesUnder(relative(root, folder), (path) => path.endsWith('.gcda'));

/** Counts of an earlier run: the next would add to them, or they belong to another build. */
export function forgetCounts(folder) {
  for (const file of countFiles(folder)) rmSync(`${root}/${file}`);
}

function gcov(files, prefix) {
  return new Promise((resolve, reject) => {
    // With a slash at its end gcov takes no path to begin with it.
    const from = prefix.replace(/\/+$/, '');
    const args = ['--json-format', '--stdout', '--relative-only', '--source-prefix', from, ...files];
    const child = spawn('gcov', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString());
      else reject(new Error(`gcov ended with ${code}`));
    });
  });
}

/** A line of a template or of a header counts as run when it ran in any of its copies. */
function addCounts({ files }, into) {
  for (const { file, lines } of files) {
    const path = /native\/(core|binding)\/.*$/.exec(file)?.[0];
    if (path === undefined) continue;
    const known = into.get(path) ?? new Map();
    into.set(path, known);
    for (const { line_number: line, count } of lines)
      known.set(line, (known.get(line) ?? false) || count > 0);
  }
}

/** Which lines of native/ ran in the programs built in `folder` from the sources under `prefix`, into `path -> line -> whether`. */
export async function readNative(folder, prefix, into) {
  const files = countFiles(folder);
  for (let at = 0; at < files.length; at += AT_ONCE) {
    const printed = await gcov(files.slice(at, at + AT_ONCE), prefix);
    for (const one of printed.split('\n')) if (one.startsWith('{')) addCounts(JSON.parse(one), into);
  }
}
