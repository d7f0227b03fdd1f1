import { _, $1, $2, $_ } from 'termstore';
import { gt } from 'termstore/ms';
import { type BadCall, each, invoke, NO_OPTIONS } from './bad-values.js';

const NO_SPECS = [
  null,
  5,
  'spec',
  {},
  [null],
  [[]],
  [[_, []]],
  [[_, [], []]],
  [[_, [], [$1]]],
  [[_, $1, [true]]],
];
const NO_LIMITS = [null, 0, -1, 1.5, NaN, Infinity, '5', {}];
const NO_SIGNALS = [null, true, {}, new EventTarget(), { aborted: false }, { aborted: true }];

const withSpec = [
  'select',
  'selectReverse',
  'selectCount',
  'selectDelete',
  'selectReplace',
  'selectTake',
] as const;
const withPattern = ['match', 'matchObject', 'matchDelete'] as const;
const withLimit = ['select', 'selectReverse', 'match', 'matchObject'] as const;

function spelled(bad: readonly BadCall[]): BadCall[] {
  return bad.map((one) => ({ ...one, code: 'ERR_ETS_MATCH_SPEC' }));
}

function badSpecs(): BadCall[] {
  const plain = withSpec.flatMap((name) =>
    spelled(each(`table.${name}`, 'spec', NO_SPECS, /./, (spec) => invoke(name, spec))),
  );
  const later = withSpec.flatMap((name) =>
    spelled(each(`table.${name}Async`, 'spec', NO_SPECS, /./, (spec) => invoke(`${name}Async`, spec))),
  );
  const patterns = withPattern.flatMap((name) => {
    const bad = [gt($1, 1), [gt($1, 1)], [new Map([[$1, 1]])], [() => 0]];
    return [
      ...spelled(each(`table.${name}`, 'pattern', bad, /pattern/, (pattern) => invoke(name, pattern))),
      ...(name === 'matchDelete'
        ? []
        : spelled(
            each(`table.${name}Async`, 'pattern', bad, /pattern/, (value) => invoke(`${name}Async`, value)),
          )),
    ];
  });
  return [...plain, ...later, ...patterns];
}

function badReplacements(): BadCall[] {
  const specs = [
    [[[$1, $2, _], [], [[$2, $1]]]],
    [[_, [], [['key', 1]]]],
    [[[$1, _, _], [], [true]]],
    [[['key', _, _], [], [['other', 1]]]],
  ];
  return (['selectReplace', 'selectReplaceAsync'] as const).flatMap((name) =>
    spelled(each(`table.${name}`, 'spec', specs, /key|\$_/, (spec) => invoke(name, spec))),
  );
}

function badLimits(): BadCall[] {
  return withLimit.flatMap((name) => {
    const query = name.startsWith('select') ? [[_, [], [$_]]] : _;
    return [
      ...each(`table.${name}`, 'limit', NO_LIMITS, /limit/, (limit) => invoke(name, query, limit)),
      ...each(`table.${name}Async`, 'limit', NO_LIMITS, /limit/, (limit) =>
        invoke(`${name}Async`, query, limit, {}),
      ),
    ];
  });
}

function badOptions(): BadCall[] {
  const spec = [[_, [], [true]]];
  type Call = readonly [operation: string, call: (options: unknown) => BadCall['call']];
  const calls: readonly Call[] = [
    ...withSpec.map((name): Call => {
      const before = name === 'select' || name === 'selectReverse' ? [undefined] : [];
      const valid = name === 'selectReplace' ? [[_, [], [$_]]] : spec;
      return [`table.${name}Async`, (options) => invoke(`${name}Async`, valid, ...before, options)];
    }),
    ['table.matchAsync', (options) => invoke('matchAsync', _, 1, options)],
    ['table.matchObjectAsync', (options) => invoke('matchObjectAsync', _, 1, options)],
    ['table.tab2listAsync', (options) => invoke('tab2listAsync', options)],
  ];
  const list: Call[1] = (onProgress) => invoke('tab2listAsync', { onProgress });
  const progress = each('table.tab2listAsync', '`onProgress`', [5, 'f', {}, null], /`onProgress`/, list);
  const listed = calls.flatMap(([operation, call]) => [
    ...each(operation, 'options', NO_OPTIONS, /options/, call),
    ...each(operation, 'options', [{ timeout: 1 }], /no option `timeout`/, call),
    ...each(operation, '`signal`', NO_SIGNALS, /`signal`/, (signal) => call({ signal })),
  ]);
  return [...listed, ...progress];
}

/** Queries that are refused before any row is looked at. */
export function badQueries(): BadCall[] {
  return [...badSpecs(), ...badReplacements(), ...badLimits(), ...badOptions()];
}
