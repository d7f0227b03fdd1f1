// Fails when an include or an import points upwards. Each layer names what it may use; itself is always allowed.
import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { filesUnder, root } from './lib/files.mjs';

const core = {
  base: [],
  memory: ['base'],
  term: ['base'],
  files: ['base', 'memory'],
  match: ['base', 'memory', 'term'],
  table: ['base', 'memory', 'term', 'match'],
  persistent: ['base', 'memory', 'term'],
  registry: ['base', 'memory', 'term', 'files', 'table', 'match', 'persistent'],
};

/** Modules of lib/ that stand below the others; the files directly in lib/ may use everything. */
const lib = {
  native: ['errors'],
  term: ['errors', 'native'],
  query: ['errors', 'native', 'term'],
};

const problems = [];
const forbid = (file, target, why) => problems.push(`${file}: ${target}: ${why}`);

function targetsIn(file, pattern) {
  const text = readFileSync(join(root, file), 'utf8');
  return Array.from(text.matchAll(pattern), ([, target]) => target);
}

/** The headers of Node and of node-addon-api. */
const nodeHeader = /^(node|napi|uv|v8|js_native_api|node_api)([.\-_/]|$)/;

function checkCoreFile(file) {
  const layer = file.split('/')[2];
  const allowed = core[layer];
  if (allowed === undefined)
    return forbid(file, layer, 'a layer that scripts/check-layers.mjs does not know');
  for (const target of targetsIn(file, /^\s*#\s*include\s*[<"]([^>"]+)[>"]/gm)) {
    if (nodeHeader.test(target)) forbid(file, target, 'the core knows nothing of Node');
    if (/^[a-z_0-9]+\.h$/.test(target) && !isStandardC(target)) {
      forbid(file, target, 'include the headers of the project by their path from native/');
    }
    if (target.startsWith('.')) forbid(file, target, 'include by the path from native/, not relatively');
    if (target.startsWith('binding/') || target.startsWith('test/')) {
      forbid(file, target, 'the core stands below the binding and the tests');
    }
    const used = /^core\/([^/]+)\//.exec(target)?.[1];
    if (used !== undefined && used !== layer && !allowed.includes(used)) {
      forbid(file, target, `core/${layer} may use ${allowed.join(', ') || 'nothing'}`);
    }
  }
}

/** C headers that have no slash and are no file of ours. */
function isStandardC(target) {
  return filesUnder('native', (path) => path.endsWith(`/${target}`)).length === 0;
}

function checkLibFile(file) {
  const [, layer, rest] = file.split('/');
  if (rest === undefined) return;
  const allowed = lib[layer];
  if (allowed === undefined) return;
  const imports = /(?:\bfrom|\bimport|\brequire\()\s*['"](\.[^'"]+)['"]/g;
  for (const target of targetsIn(file, imports)) {
    const path = posix.join(dirname(file), target).replace(/\.js$/, '');
    const used = path.split('/')[1];
    if (used !== layer && !allowed.includes(used)) {
      forbid(file, target, `lib/${layer} may use ${allowed.join(', ')}`);
    }
  }
}

const isNative = (path) => /\.(cc|h)$/.test(path);
const coreFiles = filesUnder('native/core', isNative);
const libFiles = filesUnder('lib', (path) => path.endsWith('.ts'));
for (const file of coreFiles) checkCoreFile(file);
for (const file of libFiles) checkLibFile(file);

if (coreFiles.length === 0 || libFiles.length === 0) problems.push('there is nothing to check');
for (const problem of problems) console.error(problem);
console.log(`layers: ${coreFiles.length + libFiles.length} files, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
