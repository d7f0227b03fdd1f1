// @timeout 300
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ets } from 'termstore';
import * as assert from 'uvu/assert';
import { refusesEither } from '../support/refusals.js';
import { mountSmall } from '../support/small-disk.js';
import { checkBaseline } from '../support/stats.js';
import { suite } from '../support/suite.js';

/* What happens when the system has no more of something. */

const { test, skip, before, after, beforeEach, afterEach, run } = suite('the ends of resources');
checkBaseline({ beforeEach, afterEach });
let folder = '';
before(() => void (folder = mkdtempSync(join(tmpdir(), 'termstore-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a compiled file under a limit of the shell; what it printed, when it ended well. */
function runLimited(limit: string, file: string, args: readonly string[] = []): Promise<string> {
  return new Promise((resolve, reject) => {
    const command = `${limit} && exec "$0" "$@"`;
    const child = spawn('/bin/sh', ['-c', command, process.execPath, join(__dirname, file), ...args]);
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(printed);
      else reject(new Error(`exit code ${code}, signal ${signal}\n${printed}`));
    });
  });
}

/** The address space of a runtime that does nothing. */
function reservedKilobytes(): number {
  const script =
    "console.log(/VmSize:\\s*(\\d+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1])";
  return Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
}

if (process.platform === 'linux') {
  test('a process whose memory is limited is told so by each call, and goes on with what it has', async () => {
    // Behind what the runtime reserves without using it: of each version another amount.
    const limit = reservedKilobytes() + 1_800_000;
    const found = JSON.parse(await runLimited(`ulimit -v ${limit}`, 'memory.child.js')) as unknown[][];
    assert.equal(
      found.map(([type]) => type),
      ['set', 'ordered_set', 'duplicate_bag'],
    );
    for (const [, code] of found) assert.match(code as string, /_NO_MEMORY$/);
  });

  test('without a descriptor left files are refused with the cause, and the older one stays', async () => {
    const own = mkdtempSync(join(folder, 'descriptors-'));
    const found = JSON.parse(await runLimited('ulimit -n 64', 'descriptors.child.js', [own])) as unknown;
    assert.equal(
      found,
      Array.from({ length: 3 }, () => ['ERR_ETS_FILE', 'EMFILE']),
    );
    assert.equal(readdirSync(own), ['table']);
  });
} else {
  skip('a process whose memory is limited', 'ulimit -v is for Linux');
  skip('a process without descriptors', 'ulimit -n is tried on Linux only');
}

const small = mountSmall(1);
if (small === undefined) {
  skip('a disk that is full leaves the older file', 'a file system cannot be mounted here');
} else {
  const disk = small.folder;
  after(() => small.unmount());
  test('a disk that is full leaves the older file, nothing beside it, and the table as it was', async () => {
    using table = ets.new('t');
    const file = join(disk, 'table');
    table.insert(['k', 'small']);
    await table.tab2file(file);
    const whole = readFileSync(file);
    for (let i = 0; i < 300; i++) table.insert([i, Buffer.alloc(8192, i)]);
    const error = await refusesEither(() => table.tab2file(file), 'ERR_ETS_FILE', /table\.tab2file/);
    assert.is((error.cause as { code?: unknown }).code, 'ENOSPC');
    assert.equal(readdirSync(disk), ['table']);
    assert.ok(readFileSync(file).equals(whole));
    assert.is(table.info('size'), 301);
    assert.is(table.info('fixed'), false);
    // There is room for less.
    for (let i = 0; i < 290; i++) table.delete(i);
    await table.tab2file(file);
    using copy = await ets.file2tab(file, { verify: true });
    assert.is(copy.info('size'), 11);
    mkdirSync(join(disk, 'folder'));
    await refusesEither(() => table.tab2file(join(disk, 'folder')), 'ERR_ETS_FILE');
  });
}

run();
