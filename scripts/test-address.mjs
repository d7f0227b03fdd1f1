// node scripts/test-address.mjs [--filter text] [--quick]
// The test suite on an addon with AddressSanitizer, which is preloaded into Node: what JavaScript makes the native part do with memory.
// The last line is `N passed, N failed`, in tests. Linux with gcc only.
import { execFileSync } from 'node:child_process';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAddonCopy } from './lib/addon-copy.mjs';
import { root } from './lib/files.mjs';
import { run } from './lib/run.mjs';

const { values: options } = parseArgs({
  options: { filter: { type: 'string', default: '' }, quick: { type: 'boolean', default: false } },
});

/** What goes through every part of the binding, in half a minute or so. */
const QUICK = ['/tables/stats', '/term/growth', '/threads/access', '/persistent/view.', '/query/run', '/files/init-table']; // prettier-ignore

/** Left out, each for its reason. */
const UNSUITED = [
  '/support-selftest/', // about the runner, not the addon
  '/examples/', // programs that start others and measure their memory
  '/docs/', // the examples of the documentation run on the ordinary addon
  '/conformance/',
  '/errors/large', // gigabytes of rows, for each byte of which the sanitizer keeps more
  '/resources/', // limits the address space, of which the sanitizer reserves terabytes
  '/torture/', // compares the memory of the process, which the sanitizer does not give back
  '/tables/memory', // as that
  '/threads/copies', // copies of the binary itself, one of them patched
  '/native/doctor', // cuts a copy of the binary in half, which with a sanitizer's notes still loads
  '/native/load', // as that
  '/native/parity', // reads the sources
];

const folder = await buildAddonCopy('address', ['termstore_sanitize=address']);
const asan = execFileSync(process.env.CC?.split(' ').at(-1) ?? 'gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim(); // prettier-ignore
const filters = options.quick ? QUICK : [options.filter];
const args = filters.flatMap((filter) => ['--filter', filter]);
const ended = await run(
  process.execPath,
  [
    'scripts/run-tests.mjs',
    '--root', `${relative(root, folder)}/build/test`,
    '--slower', '6',
    ...args,
    ...UNSUITED.flatMap((text) => ['--without', text]),
  ], // prettier-ignore
  {
    TERMSTORE_TEST_PRELOAD: asan,
    // detect_leaks: Node frees nothing of itself when it ends; what the store leaks is found by its own accounts (test/support/stats).
    // allocator_may_return_null: memory that runs short is an answer here, not an error.
    ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1:abort_on_error=1',
  },
);
process.exitCode = ended === 0 ? 0 : 1;
