/**
 * The systems that the package carries a binary for. `triple` is the compiler's name for one; `folder` and `file` are where
 * lib/native/load.ts looks. The glibc of a Linux target is the oldest that the binary runs with.
 */
export const targets = [
  linux('x64', 'glibc', 'x86_64-linux-gnu.2.28'),
  linux('arm64', 'glibc', 'aarch64-linux-gnu.2.28'),
  linux('x64', 'musl', 'x86_64-linux-musl'),
  linux('arm64', 'musl', 'aarch64-linux-musl'),
  { name: 'darwin-x64', folder: 'darwin-x64', file: 'termstore.node', triple: 'x86_64-macos.11.0' },
  { name: 'darwin-arm64', folder: 'darwin-arm64', file: 'termstore.node', triple: 'aarch64-macos.11.0' },
  { name: 'win32-x64', folder: 'win32-x64', file: 'termstore.node', triple: 'x86_64-windows-gnu' },
  { name: 'win32-arm64', folder: 'win32-arm64', file: 'termstore.node', triple: 'aarch64-windows-gnu' },
];

function linux(arch, libc, triple) {
  return {
    name: `linux-${arch}-${libc}`,
    folder: `linux-${arch}`,
    file: `termstore.${libc}.node`,
    triple,
  };
}

/** The name of the target that this process runs on. */
export function ownTarget() {
  const system = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return system;
  const { glibcVersionRuntime } = process.report.getReport().header;
  return `${system}-${glibcVersionRuntime === undefined ? 'musl' : 'glibc'}`;
}
