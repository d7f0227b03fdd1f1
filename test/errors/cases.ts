import { ets, persistentTerm } from 'termstore';
import { badFiles } from './bad-files.js';
import { badOwnership } from './bad-ownership.js';
import { badQueries } from './bad-queries.js';
import { badKeys, badRows } from './bad-rows.js';
import { badSpecs } from './bad-specs.js';
import {
  type BadCall,
  each,
  invoke,
  NO_TERMS,
  NO_STRINGS,
  NO_POSITIONS,
  NO_OPERATIONS,
  NO_HEIRS,
  NO_OPTIONS,
} from './bad-values.js';

/* Every call that must be refused. */

function badUpdates(): BadCall[] {
  const defaults = [null, 'row', 5, {}, []];
  return [
    ...each('table.lookupElement', '`pos`', NO_POSITIONS, /`pos`/, (value) =>
      invoke('lookupElement', 'key', value),
    ),
    ...each('table.lookupElements', 'positions', [undefined, null, 1, '12', {}], /positions/, (value) =>
      invoke('lookupElements', 'key', value),
    ),
    ...each('table.lookupElements', 'positions with a hole', [[, 1]], /a position/, (value) =>
      invoke('lookupElements', 'key', value),
    ),
    ...each('table.lookupElements', 'a position', NO_POSITIONS, /position/, (value) =>
      invoke('lookupElements', 'key', [0, value]),
    ),
    ...each('table.updateCounter', 'op', NO_OPERATIONS, /operation|incr|pos|threshold|set/, (value) =>
      invoke('updateCounter', 'key', value),
    ),
    ...each('table.updateCounter', 'the default row', defaults, /default row/, (value) =>
      invoke('updateCounter', 'missing', 1, value),
    ),
    ...each('table.updateElement', 'pos', NO_POSITIONS, /position/, (value) =>
      invoke('updateElement', 'key', value, 0),
    ),
    ...each('table.updateElement', 'the default row', defaults, /default row/, (value) =>
      invoke('updateElement', 'missing', 1, 0, value),
    ),
    ...each('table.updateElements', 'changes', [undefined, null, 5, 'x', {}], /changes/, (value) =>
      invoke('updateElements', 'key', value),
    ),
    ...each(
      'table.updateElements',
      'a change',
      [undefined, null, 5, [], [1], [1, 2, 3], { 0: 1, 1: 2 }],
      /change/,
      (value) => invoke('updateElements', 'key', [[1, 0], value]),
    ),
    ...each('table.updateElements', 'a position', NO_POSITIONS, /position/, (value) =>
      invoke('updateElements', 'key', [[value, 0]]),
    ),
    ...NO_TERMS.map(([what, value, code]) => ({
      operation: 'table.updateElement',
      what: `the value is ${what}`,
      code: code ?? 'ERR_TERM_UNSUPPORTED',
      message: /^value/,
      call: invoke('updateElement', 'key', 1, value),
    })),
    {
      operation: 'table.updateCounter',
      what: 'the counter leaves its range',
      code: 'ERR_ETS_COUNTER_RANGE',
      message: /safe integers/,
      call: invoke('updateCounter', 'key', Number.MAX_SAFE_INTEGER),
    },
    {
      operation: 'table.updateCounter',
      what: 'no row',
      code: 'ERR_ETS_BADKEY',
      message: /no row/,
      call: invoke('updateCounter', 'missing', 1),
    },
    {
      operation: 'table.updateCounter',
      what: 'a position beyond the row',
      code: 'ERR_ETS_POSITION',
      message: /position/,
      call: invoke('updateCounter', 'key', { pos: 99, incr: 1 }),
    },
    {
      operation: 'table.updateCounter',
      what: 'the key as counter',
      code: 'ERR_ETS_KEYPOS',
      message: /keypos/,
      call: invoke('updateCounter', 'key', { pos: 0, incr: 1 }),
    },
    {
      operation: 'table.lookupElement',
      what: 'no row',
      code: 'ERR_ETS_BADKEY',
      message: /no row/,
      call: invoke('lookupElement', 'missing', 1),
    },
    {
      operation: 'table.lookupElement',
      what: 'a position beyond the row',
      code: 'ERR_ETS_POSITION',
      message: /position/,
      call: invoke('lookupElement', 'key', 99),
    },
    {
      operation: 'table.lookupElements',
      what: 'a position beyond the row',
      code: 'ERR_ETS_POSITION',
      message: /position/,
      call: invoke('lookupElements', 'key', [0, 99]),
    },
    {
      operation: 'table.updateElement',
      what: 'a position beyond the row',
      code: 'ERR_ETS_POSITION',
      message: /position/,
      call: invoke('updateElement', 'key', 99, 0),
    },
    {
      operation: 'table.updateElements',
      what: 'the key as element',
      code: 'ERR_ETS_KEYPOS',
      message: /keypos/,
      call: invoke('updateElements', 'key', [
        [1, 5],
        [0, 'other'],
      ]),
    },
  ];
}

function badRanges(): BadCall[] {
  const options: readonly unknown[] = [
    null,
    5,
    'gt',
    { from: 1 },
    { limit: -1 },
    { limit: 1.5 },
    { limit: '5' },
    { limit: NaN },
    { reverse: 1 },
    { gt: 1, gte: 1 },
    { lt: 1, lte: 1 },
    { prefix: 5 },
    { prefix: {} },
    { prefix: null },
    { prefix: 'a', gt: 'a' },
    { prefix: 'a', lte: 'a' },
  ];
  return [
    ...each('table.range', 'options', options, /option|limit|reverse|exclude|prefix/, (value) =>
      invoke('range', value),
    ),
    ...['gt', 'gte', 'lt', 'lte', 'prefix'].map((name) => ({
      operation: 'table.range',
      what: `\`${name}\` is no term`,
      code: 'ERR_TERM_UNSUPPORTED',
      message: new RegExp(name),
      call: invoke('range', { [name]: () => 0 }),
    })),
  ];
}

function badTables(): BadCall[] {
  const options: readonly unknown[] = [
    ...NO_OPTIONS,
    { typo: 1 },
    { type: 'list' },
    { type: 1 },
    { access: 'open' },
    { access: null },
    { named: 1 },
    { named: 'yes' },
    { keypos: -1 },
    { keypos: 0.5 },
    { keypos: '0' },
    { keypos: 2 ** 31 },
    { keypos: NaN },
    { writeConcurrency: 1 },
    { readConcurrency: 1 },
    { writeConcurrency: 'on' },
    { decentralizedCounters: 1 },
    { decentralizedCounters: 'true' },
    { compressed: 1 },
    { compressed: 'no' },
    ...NO_HEIRS.map((heir) => ({ heir })),
  ];
  const create = ets.new as (...args: unknown[]) => unknown;
  return [
    ...each('ets.new', 'the name', NO_STRINGS, /name/, (value) => () => create(value)),
    ...each(
      'ets.new',
      'options',
      options,
      /option|type|access|named|keypos|writeConcurrency|readConcurrency|decentralizedCounters|compressed|heir/,
      (value) => () => create('t', value),
    ),
    ...each('ets.whereis', 'the name', NO_STRINGS, /name/, (value) => () => ets.whereis(value as never)),
    ...each(
      'ets.table',
      'the argument',
      [undefined, null, true, 1n, {}, [], Symbol.for('x')],
      /name or a Tid/,
      (value) => () => ets.table(value as never),
    ),
    {
      operation: 'ets.new',
      what: "the heir's data is no term",
      code: 'ERR_TERM_UNSUPPORTED',
      message: /^heir\.data/,
      call: () => ets.new('t', { heir: { thread: 0, data: () => 0 } }),
    },
    ...each('table.slot', 'the index', [...NO_POSITIONS, -1, 1e6, 2 ** 60], /index/, (value) =>
      invoke('slot', value),
    ),
    ...each('table.foldl', 'fn', [undefined, null, 'fn', {}], /fn/, (value) => invoke('foldl', value, 0)),
    ...each('table.foldr', 'fn', [undefined, null, 'fn', {}], /fn/, (value) => invoke('foldr', value, 0)),
    ...each('table.safeFixtable', 'on', [undefined, null, 1, 'true', {}], /on must be/, (value) =>
      invoke('safeFixtable', value),
    ),
    ...each('table.rename', 'the name', NO_STRINGS, /name/, (value) => invoke('rename', value)),
    ...each('table.info', 'the item', [undefined, null, 5, 'nothing', 'constructor', {}], /item/, (value) =>
      invoke('info', value),
    ),
    {
      operation: 'ets.table',
      what: 'a name that nobody has',
      code: 'ERR_ETS_ID',
      message: /registered under this name.*`named: true`/,
      call: () => ets.table('nobody'),
    },
    {
      operation: 'ets.table',
      what: 'a Tid of another run',
      code: 'ERR_ETS_ID',
      message: /does not exist/,
      call: () => ets.table(12345),
    },
  ];
}

function badPersistent(): BadCall[] {
  const methods = {
    put: (key: unknown, value: unknown) => persistentTerm.put(key, value),
    putNew: (key: unknown, value: unknown) => persistentTerm.putNew(key, value),
    get: (key: unknown) => persistentTerm.get(key, 'default'),
    erase: (key: unknown) => persistentTerm.erase(key),
    ref: (key: unknown) => persistentTerm.ref(key),
    view: (key: unknown) => persistentTerm.view(key, 'default'),
  };
  return [
    ...Object.entries(methods).flatMap(([name, call]) =>
      NO_TERMS.map(([what, value, code]) => ({
        operation: `persistentTerm.${name}`,
        what: `the key is ${what}`,
        code: code ?? 'ERR_TERM_UNSUPPORTED',
        message: /^key/,
        call: () => call(value, 1),
      })),
    ),
    ...(['put', 'putNew'] as const).flatMap((name) =>
      NO_TERMS.map(([what, value, code]) => ({
        operation: `persistentTerm.${name}`,
        what: `the value is ${what}`,
        code: code ?? 'ERR_TERM_UNSUPPORTED',
        message: /^value/,
        call: () => methods[name]('bad', value),
      })),
    ),
    {
      operation: 'persistentTerm.get',
      what: 'no term',
      code: 'ERR_PERSISTENT_TERM_BADKEY',
      message: /persistentTerm.get/,
      call: () => persistentTerm.get('nobody'),
    },
    {
      operation: 'persistentTerm.view',
      what: 'no term',
      code: 'ERR_PERSISTENT_TERM_BADKEY',
      message: /persistentTerm.view/,
      call: () => persistentTerm.view('nobody'),
    },
    {
      operation: 'PersistentTermRef.get',
      what: 'no term',
      code: 'ERR_PERSISTENT_TERM_BADKEY',
      message: /persistentTermRef.get/,
      call: () => persistentTerm.ref('nobody').get(),
    },
  ];
}

export const BAD_CALLS: readonly BadCall[] = [
  ...badSpecs(),
  ...badKeys(),
  ...badRows(),
  ...badUpdates(),
  ...badRanges(),
  ...badQueries(),
  ...badTables(),
  ...badFiles(),
  ...badOwnership(),
  ...badPersistent(),
];
