import { ets } from 'termstore';
import { threadId } from 'node:worker_threads';
import { type BadCall, each, invoke, NO_HEIRS, NO_OPTIONS, NO_TERMS, NO_THREADS } from './bad-values.js';

/* Calls about owners, heirs and events that must be refused. */

/** No thread of a test has this number. */
const NOBODY = 4_000_000_000;

export function badOwnership(): BadCall[] {
  const options: readonly unknown[] = [
    ...NO_OPTIONS,
    { typo: 1 },
    { type: 'set' },
    { named: true },
    { access: 'open' },
    { access: null },
    ...NO_HEIRS.map((heir) => ({ heir })),
    // All or nothing.
    { access: 'private', heir: 'nobody' },
    { heir: 'none', access: 'open' },
  ];
  const listeners = [undefined, null, 1, 'f', {}, []];
  return [
    ...each('table.giveAway', 'the thread', NO_THREADS, /thread/, (value) => invoke('giveAway', value)),
    ...each('table.giveAway', 'a thread that is not there', [NOBODY, -1], /thread -?\d+ has ended/, (value) =>
      invoke('giveAway', value, 'data'),
    ),
    {
      operation: 'table.giveAway',
      what: 'the owner',
      code: 'ERR_ETS_OWNER',
      message: /owns the table already/,
      call: invoke('giveAway', threadId, 'data'),
    },
    ...each('table.setopts', 'options', options, /option|access|heir/, (value) => invoke('setopts', value)),
    ...NO_TERMS.flatMap(([what, value, code]) => [
      {
        operation: 'table.giveAway',
        what: `data is ${what}`,
        code: code ?? 'ERR_TERM_UNSUPPORTED',
        message: /^data/,
        call: invoke('giveAway', NOBODY, value),
      },
      {
        operation: 'table.setopts',
        what: `the heir's data is ${what}`,
        code: code ?? 'ERR_TERM_UNSUPPORTED',
        message: /^heir\.data/,
        call: invoke('setopts', { access: 'public', heir: { thread: threadId, data: value } }),
      },
    ]),
    ...(['on', 'once', 'off'] as const).flatMap((name) => [
      ...each(
        `ets.${name}`,
        'the event',
        [undefined, null, 'Transfer', 'error', 1, {}],
        /event/,
        (value) => () => ets[name](value as never, () => undefined),
      ),
      ...each(
        `ets.${name}`,
        'the listener',
        listeners,
        /listener/,
        (value) => () => ets[name]('transfer', value as never),
      ),
    ]),
  ];
}
