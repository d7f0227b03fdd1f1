import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { ets } from 'termstore';
import { type BadCall, each, invoke, NO_ITERABLES, NO_OPTIONS } from './bad-values.js';

const NO_PATHS = [
  undefined,
  null,
  1,
  '',
  'a\0b',
  {},
  ['x'],
  new Uint8Array(3),
  new URL('https://example.org/x'),
];
const NO_FLAGS = [null, 0, 'yes', {}];
const NO_SIGNALS = [null, true, {}, new EventTarget(), { aborted: false }, { aborted: true }];
const NO_FUNCTIONS = [null, true, {}, 'log'];
const NO_INFO = [null, 'md5sum', ['md5'], [1], {}];
const missing = join(tmpdir(), 'termstore: there is no such directory', 'file');

type Loose = (...args: unknown[]) => unknown;

/** Calls of files and of `initTable` that are refused before anything is read or written. */
export function badFiles(): BadCall[] {
  const file2tab = ets.file2tab as Loose;
  const tabfileInfo = ets.tabfileInfo as Loose;
  const hydrate = ets.hydrate as Loose;
  const tasks: readonly [string, (options: unknown) => BadCall['call']][] = [
    ['table.initTable', (options) => invoke('initTable', [], options)],
    ['table.tab2file', (options) => invoke('tab2file', missing, options)],
    ['ets.file2tab', (options) => () => file2tab(missing, options)],
  ];
  return [
    ...tasks.flatMap(([operation, call]) => [
      ...each(operation, 'options', NO_OPTIONS, /options/, call),
      ...each(operation, 'options', [{ encrypt: true }], /no option `encrypt`/, call),
      ...each(operation, '`signal`', NO_SIGNALS, /`signal`/, (signal) => call({ signal })),
      ...each(operation, '`onProgress`', NO_FUNCTIONS, /`onProgress`/, (onProgress) => call({ onProgress })),
    ]),
    ...(['toDets', 'fromDets'] as const).flatMap((name) =>
      each(`table.${name}`, 'a table on disk', [undefined, null, 'file', {}, []], /dets\.openFile/, (value) =>
        invoke(name, value),
      ),
    ),
    ...each('ets.hydrate', 'options', NO_OPTIONS, /options/, (options) => () => hydrate('h', options)),
    ...each('ets.hydrate', '`from`', NO_PATHS, /`f/, (from) => () => hydrate('h', { from })),
    ...each(
      'ets.hydrate',
      '`signal`',
      NO_SIGNALS,
      /`signal`/,
      (signal) => () => hydrate('h', { from: missing, signal }),
    ),
    ...each('table.initTable', 'rows', NO_ITERABLES, /rows/, (value) => invoke('initTable', value)),
    ...each('table.tab2file', '`path`', NO_PATHS, /path/, (value) => invoke('tab2file', value)),
    ...each('table.tab2file', '`sync`', NO_FLAGS, /`sync`/, (sync) => invoke('tab2file', missing, { sync })),
    ...each('table.tab2file', '`extendedInfo`', NO_INFO, /`extendedInfo`/, (extendedInfo) =>
      invoke('tab2file', missing, { extendedInfo }),
    ),
    ...each('ets.file2tab', '`path`', NO_PATHS, /path/, (value) => () => file2tab(value)),
    ...each(
      'ets.file2tab',
      '`verify`',
      NO_FLAGS,
      /`verify`/,
      (verify) => () => file2tab(missing, { verify }),
    ),
    ...each('ets.tabfileInfo', '`path`', NO_PATHS, /path/, (value) => () => tabfileInfo(value)),
    ...[
      ['table.tab2file', invoke('tab2file', missing)] as const,
      ['ets.file2tab', () => file2tab(missing)] as const,
      ['ets.tabfileInfo', () => tabfileInfo(missing)] as const,
    ].map(([operation, call]) => ({
      operation,
      what: 'the directory does not exist',
      code: 'ERR_ETS_FILE',
      message: /ENOENT/,
      call,
    })),
  ];
}
