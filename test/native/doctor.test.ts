import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { libc } from '#dist/native/candidates.js';
import { binaryPath, copyPackage } from '../support/package-copy.js';
import { suite } from '../support/suite.js';

const { test, after, run } = suite('npx termstore doctor');

const elsewhere = mkdtempSync(join(tmpdir(), 'termstore-doctor-'));
after(() => rmSync(elsewhere, { recursive: true }));

const system = `${process.platform}-${process.arch}`;
const shipped = process.platform === 'linux' ? `termstore.${libc()}.node` : 'termstore.node';

/** What the doctor of the copy in `folder` says, asked in `cwd`. */
function ask(folder: string, cwd = elsewhere, args = ['doctor']): { code: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'dist', 'cli.js'), ...args], {
    cwd,
    encoding: 'utf8',
  });
  return { code: status, text: stdout + stderr };
}

function copyWithShipped(file: string, binary: Buffer): string {
  const folder = copyPackage(() => undefined);
  mkdirSync(join(folder, 'prebuilds', system), { recursive: true });
  writeFileSync(join(folder, 'prebuilds', system, file), binary);
  return folder;
}

function says(text: string, ...parts: readonly string[]): void {
  for (const part of parts) assert.ok(text.includes(part), `"${part}" is not in\n${text}`);
}

test('a binary that loads is named, and whether it was built here or published', () => {
  const built = copyPackage();
  const { code, text } = ask(built);
  assert.is(code, 0, text);
  says(
    text,
    system,
    join(built, 'build', 'Release', 'termstore.node'),
    'built on this machine',
    'ok   it loads',
  );
  const { code: other, text: published } = ask(copyWithShipped(shipped, readFileSync(binaryPath)));
  assert.is(other, 0, published);
  says(published, shipped, 'as published', 'ok   it loads');
});

test('a missing binary: where it was looked for, and how to build it', () => {
  const { code, text } = ask(copyPackage(() => undefined));
  assert.is(code, 1);
  says(
    text,
    `there is no binary for ${system}`,
    shipped,
    'no binaries at all',
    'npm install termstore',
    'npx termstore build',
  );
});

test('a binary for another C library or system is not taken for the right one', () => {
  const foreign = shipped.includes('glibc') ? 'termstore.musl.node' : 'termstore.glibc.node';
  const { code, text } = ask(copyWithShipped(foreign, readFileSync(binaryPath)));
  assert.is(code, 1);
  says(text, 'for another C library', foreign, 'npx termstore build');

  const binary = Buffer.from(readFileSync(binaryPath));
  if (process.platform === 'linux') binary.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18);
  if (process.platform !== 'linux') return;
  const { code: other, text: processor } = ask(copyWithShipped(shipped, binary));
  assert.is(other, 1);
  says(processor, 'FAIL', `the file is for linux-${process.arch === 'x64' ? 'arm64' : 'x64'}`);
});

test('a damaged binary: whether it is no library, or one that is cut off', () => {
  const { code, text } = ask(copyWithShipped(shipped, Buffer.from('<html>not found</html>'.repeat(9))));
  assert.is(code, 1);
  says(text, 'FAIL it cannot be used', 'the file is damaged', 'npm install termstore');
  const half = readFileSync(binaryPath);
  const { code: other, text: cut } = ask(copyWithShipped(shipped, half.subarray(0, half.length >> 1)));
  assert.is(other, 1);
  says(cut, 'FAIL it cannot be used', 'damaged', 'npx termstore build');
});

test('copies of one version are a note, copies of several are a fault', () => {
  const project = mkdtempSync(join(elsewhere, 'project-'));
  const one = copyPackage();
  const at = (...parts: readonly string[]): string => join(project, 'node_modules', ...parts);
  cpSync(one, at('termstore'), { recursive: true });
  assert.is(ask(one, project).text.includes('copies'), false);
  cpSync(one, at('@scope', 'other', 'node_modules', 'termstore'), { recursive: true });
  const { code, text } = ask(at('termstore'), project);
  assert.is(code, 0, text);
  says(text, '2 copies of one version', join('@scope', 'other', 'node_modules', 'termstore'));
  const manifest = at('@scope', 'other', 'node_modules', 'termstore', 'package.json');
  const changed = { ...(JSON.parse(readFileSync(manifest, 'utf8')) as object), version: '9.9.9' };
  writeFileSync(manifest, JSON.stringify(changed));
  const { code: fault, text: why } = ask(at('termstore'), project);
  assert.is(fault, 1);
  says(why, 'ERR_TERMSTORE_SECOND_COPY', '9.9.9', 'npm dedupe');
  writeFileSync(manifest, '{ "version": ');
  symlinkSync(join(project, 'gone'), at('@dead'), 'junction');
  symlinkSync(join(project, 'gone'), at('dead'), 'junction');
  says(ask(at('termstore'), project).text, 'of unknown version');
});

test('the usage is what was asked for, or an error', () => {
  const folder = copyPackage(() => undefined);
  const { code: asked, text: usage } = ask(folder, elsewhere, ['--help']);
  assert.is(asked, 0);
  says(usage, 'usage: termstore doctor');
  for (const args of [[], ['nurse'], ['doctor', 'now']]) {
    const { code, text } = ask(folder, elsewhere, args);
    assert.is(code, 2);
    says(text, 'usage: termstore doctor');
  }
});

run();
