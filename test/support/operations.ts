import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { _, $1, type MatchSpec, type Table } from 'termstore';
import { dets, type DetsTable } from 'termstore/dets';

/** One call of every method of a table, valid for a table with rows `[key, number, text]`. */
export interface Operation {
  /** As error messages name it. */
  readonly name: string;
  readonly right: 'info' | 'read' | 'write' | 'owner';
  /** Only for tables of type `ordered_set`. */
  readonly ordered?: boolean;
  /** Answers for a table that was dropped instead of refusing. */
  readonly survives?: boolean;
  /** Ends after the call returned, in the thread pool. */
  readonly later?: boolean;
  readonly call: (table: Table) => unknown;
}

const spec: MatchSpec = [[[$1, 1, _], [], [true]]];
const replacing: MatchSpec = [[[$1, 1, _], [], [[$1, 2, 'replaced']]]];

/** Overwritten by every dump, never read. */
const scratchFile = join(mkdtempSync(join(tmpdir(), 'termstore-')), 'table');
process.on('exit', () => rmSync(dirname(scratchFile), { recursive: true, force: true }));
/** To itself, which is refused once everything else about the call was found right. */
function giveToSelf(table: Table): void {
  try {
    table.giveAway(threadId, 'data');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_ETS_OWNER') throw error;
  }
}

const newRow = ['fresh', 1, 'text'];

let disk: Promise<DetsTable> | undefined;
/** A table on disk, which needs the engine: opened when it is first wanted. */
function onDisk(): Promise<DetsTable> {
  return (disk ??= dets.openFile('operations', { file: `${scratchFile}.dets` }));
}

/** Refused for the table's kind once everything else about the call was found right. */
async function syncNothing(table: Table): Promise<void> {
  await table.syncMirror().catch((error: { code?: unknown }) => {
    if (error.code !== 'ERR_ETS_TABLE_TYPE') throw error;
  });
}

export const OPERATIONS: readonly Operation[] = [
  { name: 'table.toDets', right: 'read', later: true, call: async (t) => t.toDets(await onDisk()) },
  { name: 'table.fromDets', right: 'write', later: true, call: async (t) => t.fromDets(await onDisk()) },
  { name: 'table.syncMirror', right: 'read', later: true, call: syncNothing },
  { name: 'table.lookup', right: 'read', call: (t) => t.lookup('key') },
  { name: 'table.get', right: 'read', call: (t) => t.get('key') },
  { name: 'table.member', right: 'read', call: (t) => t.member('key') },
  { name: 'table.lookupElement', right: 'read', call: (t) => t.lookupElement('key', 1) },
  { name: 'table.lookupElements', right: 'read', call: (t) => t.lookupElements('key', [1, 2]) },
  { name: 'table.insert', right: 'write', call: (t) => t.insert(newRow) },
  { name: 'table.insertNew', right: 'write', call: (t) => t.insertNew(newRow) },
  { name: 'table.insertMany', right: 'write', call: (t) => t.insertMany([newRow, ['two', 2]]) },
  { name: 'table.insertNewMany', right: 'write', call: (t) => t.insertNewMany([newRow, ['two', 2]]) },
  { name: 'table.delete', right: 'write', call: (t) => t.delete('key') },
  { name: 'table.deleteObject', right: 'write', call: (t) => t.deleteObject(['key', 1, 'text']) },
  { name: 'table.deleteAllObjects', right: 'write', call: (t) => t.deleteAllObjects() },
  { name: 'table.take', right: 'write', call: (t) => t.take('key') },
  {
    name: 'table.updateCounter',
    right: 'write',
    call: (t) => t.updateCounter('key', [1, { pos: 1, incr: 2 }]),
  },
  { name: 'table.updateElement', right: 'write', call: (t) => t.updateElement('key', 2, 'changed') },
  { name: 'table.updateElements', right: 'write', call: (t) => t.updateElements('key', [[2, 'changed']]) },
  { name: 'table.first', right: 'read', call: (t) => t.first() },
  { name: 'table.last', right: 'read', call: (t) => t.last() },
  { name: 'table.next', right: 'read', call: (t) => t.next('key') },
  { name: 'table.prev', right: 'read', call: (t) => t.prev('key') },
  { name: 'table.firstLookup', right: 'read', call: (t) => t.firstLookup() },
  { name: 'table.lastLookup', right: 'read', call: (t) => t.lastLookup() },
  { name: 'table.nextLookup', right: 'read', call: (t) => t.nextLookup('key') },
  { name: 'table.prevLookup', right: 'read', call: (t) => t.prevLookup('key') },
  { name: 'table.range', right: 'read', ordered: true, call: (t) => [...t.range({ gte: 'a' })] },
  { name: 'table.tab2list', right: 'read', call: (t) => t.tab2list() },
  { name: 'table iteration', right: 'read', call: (t) => [...t] },
  { name: 'table.keys', right: 'read', call: (t) => [...t.keys()] },
  { name: 'table.slot', right: 'read', call: (t) => t.slot(0) },
  { name: 'table.foldl', right: 'read', call: (t) => t.foldl((_row, n: number) => n + 1, 0) },
  { name: 'table.foldr', right: 'read', call: (t) => t.foldr((_row, n: number) => n + 1, 0) },
  {
    name: 'table.safeFixtable',
    right: 'read',
    call: (t) => {
      t.safeFixtable(true);
      t.safeFixtable(false);
    },
  },
  { name: 'table.match', right: 'read', call: (t) => t.match([$1, 1, _]) },
  { name: 'table.matchObject', right: 'read', call: (t) => t.matchObject([$1, 1, _], 1) },
  { name: 'table.select', right: 'read', call: (t) => t.select(spec, 1) },
  { name: 'table.selectReverse', right: 'read', call: (t) => t.selectReverse(spec) },
  { name: 'table.selectCount', right: 'read', call: (t) => t.selectCount([[['key', _, _], [], [true]]]) },
  { name: 'table.selectDelete', right: 'write', call: (t) => t.selectDelete(spec) },
  { name: 'table.matchDelete', right: 'write', call: (t) => t.matchDelete([$1, 1, _]) },
  { name: 'table.selectTake', right: 'write', call: (t) => t.selectTake(spec) },
  { name: 'table.selectReplace', right: 'write', call: (t) => t.selectReplace(replacing) },
  { name: 'table.matchAsync', right: 'read', later: true, call: (t) => t.matchAsync([$1, 1, _], 1) },
  { name: 'table.matchObjectAsync', right: 'read', later: true, call: (t) => t.matchObjectAsync(_) },
  { name: 'table.selectAsync', right: 'read', later: true, call: (t) => t.selectAsync(spec) },
  {
    name: 'table.selectReverseAsync',
    right: 'read',
    later: true,
    call: (t) => t.selectReverseAsync(spec, 1),
  },
  { name: 'table.selectCountAsync', right: 'read', later: true, call: (t) => t.selectCountAsync(spec) },
  { name: 'table.selectDeleteAsync', right: 'write', later: true, call: (t) => t.selectDeleteAsync(spec) },
  { name: 'table.selectTakeAsync', right: 'write', later: true, call: (t) => t.selectTakeAsync(spec) },
  {
    name: 'table.selectReplaceAsync',
    right: 'write',
    later: true,
    call: (t) => t.selectReplaceAsync(replacing),
  },
  { name: 'table.tab2listAsync', right: 'read', later: true, call: (t) => t.tab2listAsync() },
  { name: 'table.info', right: 'info', survives: true, call: (t) => t.info() },
  { name: 'table.name', right: 'info', survives: true, call: (t) => t.name },
  { name: 'table.rename', right: 'write', call: (t) => t.rename('other') },
  { name: 'table.initTable', right: 'write', call: (t) => t.initTable([newRow]) },
  { name: 'table.tab2file', right: 'read', call: (t) => t.tab2file(scratchFile) },
  { name: 'table.giveAway', right: 'owner', call: giveToSelf },
  { name: 'table.setopts', right: 'owner', call: (t) => t.setopts({ heir: 'none' }) },
  { name: 'table.drop', right: 'write', call: (t) => t.drop() },
  { name: 'table[Symbol.dispose]', right: 'write', survives: true, call: (t) => t[Symbol.dispose]() },
];
