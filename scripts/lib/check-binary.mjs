import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Elf } from './elf.mjs';

const MOST_BYTES = 1_000_000;
const NEWEST_GLIBC = 28;
/** What a C library offers under whatever name it has. */
const LIBRARIES = {
  glibc: /^(libc|libm|libpthread|libdl|librt|ld-linux-(x86-64|aarch64))\.so\.\d+$/,
  musl: /^libc\.(musl-\w+\.)?so(\.\d+)?$/,
};
const EXPORTED = ['napi_register_module_v1', 'node_api_module_get_api_version_v1', 'termstore_copy_v1'];

function checkElf(bytes, target) {
  const elf = new Elf(bytes);
  const libc = target.name.split('-')[2];
  const problems = [];
  if (elf.machine !== target.name.split('-')[1]) problems.push(`it is for ${elf.machine}`);
  const strangers = elf.needed.filter((name) => !LIBRARIES[libc].test(name));
  if (strangers.length > 0) problems.push(`it needs ${strangers.join(', ')}`);
  const newer = elf.versions.filter((name) => Number(/^GLIBC_2\.(\d+)/.exec(name)?.[1]) > NEWEST_GLIBC);
  if (newer.length > 0) problems.push(`it needs ${newer.join(', ')}, newer than glibc 2.${NEWEST_GLIBC}`);
  const foreign = elf.versions.filter((name) => libc === 'musl' || !name.startsWith('GLIBC_2.'));
  if (foreign.length > 0) problems.push(`it needs ${foreign.join(', ')}`);
  const seen = elf.exported.filter((name) => !EXPORTED.includes(name));
  if (seen.length > 0) problems.push(`others can see ${seen.join(', ')}`);
  const absent = EXPORTED.filter((name) => !elf.exported.includes(name));
  if (absent.length > 0) problems.push(`nobody can see ${absent.join(', ')}`);
  return problems;
}

/** The processors of Mach-O and PE files, by the number in their headers. */
const MACHINES = {
  darwin: { 0x01000007: 'x64', 0x0100000c: 'arm64' },
  win32: { 0x8664: 'x64', 0xaa64: 'arm64' },
};

function checkOther(bytes, [platform, arch]) {
  const isMac = bytes.readUInt32LE(0) === 0xfeedfacf;
  const isWindows = bytes.toString('latin1', 0, 2) === 'MZ';
  if (platform === 'darwin' ? !isMac : !isWindows) return [`it is no library of ${platform}`];
  const machine = isMac ? bytes.readUInt32LE(4) : bytes.readUInt16LE(bytes.readUInt32LE(0x3c) + 4);
  const found = MACHINES[platform][machine];
  const absent = EXPORTED.filter((name) => !bytes.includes(name));
  return [
    ...(found === arch ? [] : [`it is for ${found ?? machine}`]),
    ...(absent.length === 0 ? [] : [`nobody can see ${absent.join(', ')}`]),
    ...(platform === 'win32' && /node\.exe/i.test(bytes.toString('latin1'))
      ? ['it asks for an executable of the name node.exe']
      : []),
  ];
}

/** What musl's dynamic linker does not find, where Debian's package `musl` is installed; Node-API is in no library. */
function unresolved(path, target) {
  const linker = { x64: '/lib/ld-musl-x86_64.so.1', arm64: '/lib/ld-musl-aarch64.so.1' }[process.arch];
  const isOurs = target.libc === 'musl' && target.arch === process.arch;
  if (!isOurs || linker === undefined || !existsSync(linker)) return [];
  const { stdout, stderr, error } = spawnSync(linker, ['--list', path], { encoding: 'utf8' });
  if (error !== undefined || !stdout.includes(linker)) return [`${linker} does not read it: ${stderr}`];
  const lines = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('Error'));
  return lines.filter((line) => !/: (napi|node_api)_\w+: symbol not found$/.test(line));
}

/** What is wrong with a binary that is to be published; empty when nothing is. */
export function problemsOf(path, target) {
  const bytes = readFileSync(path);
  const problems = bytes.length < MOST_BYTES ? [] : [`it has ${bytes.length} bytes`];
  if (bytes.includes('TERMSTORE_BREAK')) problems.push('it can be told to break');
  const more = target.folder.startsWith('linux')
    ? checkElf(bytes, target)
    : checkOther(bytes, target.name.split('-'));
  return [...problems, ...more, ...unresolved(path, target)];
}

/** The newest glibc that the binary asks for, as `2.17`; undefined for none. */
export function neededGlibc(path) {
  const minors = new Elf(readFileSync(path)).versions.map((name) =>
    Number(/^GLIBC_2\.(\d+)/.exec(name)?.[1] ?? 0),
  );
  return minors.length === 0 ? undefined : `2.${Math.max(...minors)}`;
}
