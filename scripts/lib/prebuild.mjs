import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundledHeaders } from './build-native.mjs';
import { root } from './files.mjs';
import { runNode } from './run.mjs';
import { installed } from './runtimes.mjs';

const require = createRequire(import.meta.url);

/** The names of the functions of Node-API, for Windows. */
const HEADERS = ['node-api-headers', '1.9.0'];
/** What node-gyp needs of the package. */
const PARTS = ['package.json', 'binding.gyp', 'bindings.gyp', 'scripts/list-sources.mjs', 'native/core', 'native/binding']; // prettier-ignore

const folder = join(root, 'build/prebuild');

/** Whether this machine can run the compiler for all targets. */
export const canCrossCompile = process.platform === 'linux' && process.arch === 'x64';

/**
 * The functions of Node-API as pointers that are set when the library is loaded, from the executable that loads it. An import
 * library would name node.exe, and so bind the binary to executables of that name: Electron's and Bun's have others.
 */
function windowsImports() {
  const definitions = join(installed(...HEADERS), 'def');
  const names = ['js_native_api.def', 'node_api.def'].flatMap((file) =>
    readFileSync(join(definitions, file), 'utf8').match(/^(?:napi|node_api)_\w+$/gm),
  );
  const unique = [...new Set(names)].sort();
  const lines = [
    '#include <windows.h>',
    'extern "C" {',
    ...unique.map((name) => `void* __imp_${name};`),
    '}',
    'namespace {',
    'struct Import { void** at; const char* name; };',
    'const Import kImports[] = {',
    ...unique.map((name) => `  {&__imp_${name}, "${name}"},`),
    '};',
    '__attribute__((constructor)) void Resolve() {',
    '  HMODULE host = GetModuleHandleW(nullptr);',
    '  if (GetProcAddress(host, "napi_create_int32") == nullptr) host = GetModuleHandleW(L"libnode.dll");',
    '  if (host == nullptr) return;',
    '  for (const Import& import : kImports)',
    '    *import.at = reinterpret_cast<void*>(GetProcAddress(host, import.name));',
    '}',
    '}',
  ];
  return lines.join('\n') + '\n';
}

/** A copy of what is compiled: node-gyp empties the build folder, which holds more than its own here. */
function copySources(target) {
  const copy = join(folder, target.name);
  for (const part of PARTS) {
    rmSync(join(copy, part), { recursive: true, force: true });
    cpSync(join(root, part), join(copy, part), { recursive: true, preserveTimestamps: true });
  }
  if (target.platform === 'win32') writeFileSync(join(copy, 'windows_imports.cc'), windowsImports());
  return copy;
}

/** What makes node-gyp compile for `target`. What is compiled is kept in build/prebuild, by its content. */
function compilerFor(target) {
  const zig = join(installed(...target.compiler), 'zig');
  const cache = join(folder, 'cache');
  mkdirSync(cache, { recursive: true });
  return {
    CC: `${zig} cc -target ${target.triple}`,
    CXX: `${zig} c++ -target ${target.triple}`,
    AR: `${zig} ar`,
    GYP_DEFINES: `termstore_cross=${target.platform}`,
    ZIG_GLOBAL_CACHE_DIR: cache,
    ZIG_LOCAL_CACHE_DIR: cache,
  };
}

/** Makes the binary of `target` in prebuilds: with the compiler of all targets, or with this machine's own where that does not run. */
export async function prebuild(target) {
  const env = canCrossCompile ? compilerFor(target) : {};
  for (const option of bundledHeaders()) env.npm_config_nodedir = option.slice('--nodedir='.length);
  const { platform, arch, libc } = target;
  await runNode(
    require.resolve('prebuildify/bin.js'),
    [
      ...['--napi', '--target', process.versions.node, '--platform', platform, '--arch', arch],
      ...(libc === undefined ? [] : ['--tag-libc', libc]),
      // The compiler of all targets leaves no symbols.
      ...(canCrossCompile ? [] : ['--strip']),
      ...['--out', root, '--cwd', copySources(target)],
    ],
    { ...env, npm_config_jobs: 'max', npm_config_loglevel: 'warn' },
  );
}
