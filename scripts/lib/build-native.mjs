import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { filesUnder, newest, root, writtenAt } from './files.mjs';
import { runNode } from './run.mjs';

const require = createRequire(import.meta.url);
const stampPath = 'build/.native';

/** Everything whose change calls for a configured build to be configured again. */
function configuration(options, sources) {
  const { version, arch, platform } = process;
  const sanitize = options.sanitize ?? '';
  return JSON.stringify({ version, arch, platform, sanitize, debug: options.debug === true, sources });
}

/** Node's own headers, when this Node came with them: then nothing has to be downloaded. */
export function bundledHeaders() {
  if (process.env.npm_config_nodedir) return [];
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

/**
 * Compiles the addon into build/Release (or build/Debug), unless it is newer than everything it is made of.
 *
 * Returns false when there was nothing to do. Never cleans: build/ also holds the compiled tests.
 */
export async function buildNative(options = {}) {
  const inputs = filesUnder('native', (path) => /^native\/(core|binding)\/.*\.(cc|h)$/.test(path));
  const sources = inputs.filter((path) => path.endsWith('.cc'));
  const wanted = configuration(options, sources);
  const output = `build/${options.debug ? 'Debug' : 'Release'}/termstore.node`;

  const stamp = join(root, stampPath);
  const configured = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  const gypFiles = ['binding.gyp', 'bindings.gyp'];
  // The stamp's own time counts as the output's: make leaves an output alone that would come out the same.
  const builtAt = configured && writtenAt(output) > -Infinity ? writtenAt(stampPath) : -Infinity;
  if (builtAt > newest([...inputs, ...gypFiles])) return false;

  const startedAt = new Date();
  const nodeGyp = require.resolve('node-gyp/bin/node-gyp.js');
  const common = [...bundledHeaders(), options.debug ? '--debug' : '--release', '--loglevel=warn'];
  const current = configured && writtenAt(stampPath) > newest(gypFiles);
  if (!current || !existsSync(join(root, 'build/config.gypi'))) {
    rmSync(stamp, { force: true });
    const defines = options.sanitize ? ['--', `-Dtermstore_sanitize=${options.sanitize}`] : [];
    await runNode(nodeGyp, ['configure', ...common, ...defines]);
  }
  await runNode(nodeGyp, ['build', ...common, '--jobs=max']);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  // A source saved while the compiler ran is newer than the stamp then.
  utimesSync(stamp, startedAt, startedAt);
  return true;
}
