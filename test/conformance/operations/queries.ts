import * as fc from 'fast-check';
import { _, ets } from 'termstore';
import { canonical, itemsOf, sorted } from '../compare.js';
import type { Differences } from '../differences.js';
import { atom, type Tuple } from '../etf.js';
import { anyHead, anySpec, decidingSpec, type Head, replacingSpec, type Spec } from '../specs.js';
import { writePattern, writeReplacing, writeSpec, type Written } from '../spec-writer.js';
import { type Act, type Answer, asTuple, type Operation, type Plan, show, type World } from '../world.js';
import { operation, otp, rowPlan } from './build.js';

/* Match specifications: over the whole table, in chunks, over lists of rows. */

type More = Pick<Act, 'normal' | 'differences'>;

/** A call of `method` with what was written down for both sides. */
function query(
  method: string,
  asked: Written<unknown>,
  there: Tuple,
  { normal, differences = [] }: More,
): Act {
  const { here } = asked;
  return {
    name: method,
    text: `table.${method}(${show(here)})`,
    ours: (world) => world.call(method, here),
    theirs: there,
    ...(normal && { normal }),
    differences: [...asked.differences, ...differences],
  };
}

/** On a table and, with `Async`, off the event loop. */
function ofSpec(
  weight: number,
  method: string,
  otpName: string,
  specs: fc.Arbitrary<Spec>,
  more: (plan: Plan) => More,
  methods: readonly string[] = [method],
): Operation {
  return operation(weight, fc.tuple(specs, fc.constantFrom(...methods)), (plan, [spec, name]) => {
    const written = writeSpec(plan, spec);
    return { ...query(name, written, otp(otpName, written.there), more(plan)), name: method };
  });
}

function ofPattern(weight: number, method: string, otpName: string, more: (plan: Plan) => More): Operation {
  return operation(weight, anyHead, (plan, head) => {
    const written = writePattern(plan, head);
    return query(method, written, otp(otpName, written.there), more(plan));
  });
}

const COUNTED: More = { normal: (n: unknown) => Number(n), differences: ['sizes and counts are numbers'] };
const counted = (): More => COUNTED;
const TWICE: Differences = ['selectDelete of everything, twice'];
const deleting = (plan: Plan): More => ({
  ...COUNTED,
  differences: [
    'sizes and counts are numbers',
    'what was deleted is told',
    'positions after selectDelete',
    ...(plan.config.decentralizedCounters && !plan.ordered ? TWICE : []),
  ],
});
const items = (plan: Plan): More => ({ normal: itemsOf(plan) });
const itemsTaken = (plan: Plan): More => ({ normal: itemsOf(plan), differences: ['functions of its own'] });

const replace = operation(
  6,
  fc.tuple(replacingSpec, fc.constantFrom('selectReplace', 'selectReplace', 'selectReplaceAsync')),
  (plan, [spec, name]) => {
    const written = writeReplacing(plan, spec);
    return { ...query(name, written, otp('select_replace', written.there), COUNTED), name: 'selectReplace' };
  },
);

const limit = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 5 }) },
  fc.constantFrom(0, -1, 1000),
);

interface Form {
  readonly method: string;
  readonly otpName: string;
  /** A specification or a pattern. */
  readonly asked: Written<unknown>;
}

function formOf(plan: Plan, kind: number, spec: Spec, head: Head): Form {
  const forms = [
    ['select', 'select'],
    ['selectReverse', 'select_reverse'],
    ['match', 'match'],
    ['matchObject', 'match_object'],
  ] as const;
  const [method, otpName] = forms[kind % 4]!;
  return { method, otpName, asked: kind % 4 < 2 ? writeSpec(plan, spec) : writePattern(plan, head) };
}

interface Chunk {
  readonly results: unknown[];
  readonly continuation: unknown;
}

function chunksOf(world: World, method: string, spec: unknown, size: number): unknown[][] {
  const chunks: unknown[][] = [];
  let chunk = world.call(method, spec, size) as Chunk | undefined;
  while (chunk !== undefined) {
    chunks.push(chunk.results);
    if (chunk.continuation === undefined) break;
    chunk = world.call(method, chunk.continuation) as Chunk | undefined;
  }
  return chunks;
}

/** From the first chunk to the end. Where the order is the table's own: what was found, and how long the chunks were. */
const chunks = operation(
  6,
  fc.tuple(fc.nat(3), anySpec, anyHead, limit),
  (plan, [kind, spec, head, size]) => {
    const { method, otpName, asked } = formOf(plan, kind, spec, head);
    const { here, there, differences } = asked;
    return {
      name: `${method}, limited`,
      differences,
      text: `every chunk of table.${method}(${show(here)}, ${size})`,
      ours: (world) => chunksOf(world, method, here, size),
      theirs: otp('chunks', atom(otpName), there, BigInt(size)),
      ...(!plan.ordered && {
        normal: (all: readonly unknown[][]) => [all.map((each) => each.length), sorted(all.flat())],
      }),
    };
  },
);

/** Row by row deleted while the chunks come, in a fixed table: what is still to come, comes. */
const eaten = operation(2, fc.integer({ min: 1, max: 5 }), (plan, size) => ({
  name: 'matchObject, limited',
  text: `every chunk of table.matchObject(_, ${size}), its rows deleted before the next, fixed`,
  ours: (world) => {
    world.call('safeFixtable', true);
    const rows: unknown[] = [];
    try {
      let chunk = world.table.matchObject(_, size);
      while (chunk !== undefined) {
        rows.push(...chunk.results);
        for (const row of chunk.results) world.table.deleteObject(row);
        chunk = chunk.continuation && world.table.matchObject(chunk.continuation);
      }
    } finally {
      if (world.table.info() !== undefined) world.call('safeFixtable', false);
    }
    return rows;
  },
  theirs: otp('eat', BigInt(size)),
  // Of equal rows in a bucket the rest of a chunk may still hold some there.
  normal: plan.config.type === 'duplicate_bag' ? distinct : itemsOf(plan),
}));

function distinct(rows: readonly unknown[]): unknown[] {
  return [...new Set(rows.map(canonical))].sort();
}

const REGISTERS = 2;

/** A chunk to go on from later, in an ordered table; elsewhere what comes next is a matter of the table's own order. */
const chunkStart = operation(
  4,
  fc.tuple(fc.nat(REGISTERS - 1), fc.nat(3), anySpec, anyHead, limit),
  (plan, [register, kind, spec, head, size]) => {
    if (!plan.ordered) {
      const none = writeSpec(plan, []);
      return query('selectCount', none, otp('select_count', none.there), COUNTED);
    }
    const { method, otpName, asked } = formOf(plan, kind, spec, head);
    const { here, there, differences } = asked;
    return {
      name: `${method}, limited`,
      differences,
      text: `chunk ${register} = table.${method}(${show(here)}, ${size})`,
      ours: (world) => {
        world.continuations.delete(register);
        return keep(world, register, method, world.call(method, here, size) as Chunk | undefined);
      },
      theirs: otp('chunk_start', BigInt(register), atom(otpName), there, BigInt(size)),
      agree: sameChunk,
    };
  },
);

interface Kept {
  readonly method: string;
  readonly continuation: unknown;
}

/** A chunk, and whether it says that it is the last. */
function told(chunk: Chunk | undefined): unknown {
  return chunk && [chunk.results, chunk.continuation === undefined];
}

function keep(world: World, register: number, method: string, chunk: Chunk | undefined): unknown {
  if (chunk !== undefined) world.continuations.set(register, { method, continuation: chunk.continuation });
  return told(chunk);
}

/** The same rows; what is called the last chunk is the last there, too. */
function sameChunk(ours: Answer, theirs: Answer): boolean | undefined {
  if ('ok' in ours && ours.ok === ENDED) return true;
  if (!('ok' in ours) || !('ok' in theirs)) return undefined;
  if (ours.ok === undefined || theirs.ok === undefined) return undefined;
  const [[rows, last], [otherRows, otherLast]] = [ours.ok, theirs.ok] as [unknown[], unknown[]];
  return canonical(rows) === canonical(otherRows) && (last === false || otherLast === true);
}

/** Nothing to ask for: the last chunk said so, and there may be more rows by now. */
const ENDED = 'ended';

const chunkNext = operation(6, fc.tuple(fc.nat(REGISTERS - 1), fc.boolean()), (_plan, [register, again]) => ({
  name: 'continuation',
  text: `${again ? 'look at' : 'chunk ='} what follows chunk ${register}`,
  ours: (world) => {
    const kept = world.continuations.get(register) as Kept | undefined;
    if (kept === undefined) return undefined;
    if (kept.continuation === undefined) return ENDED;
    const chunk = world.call(kept.method, kept.continuation) as Chunk | undefined;
    return again ? told(chunk) : keep(world, register, kept.method, chunk);
  },
  theirs: otp(again ? 'chunk_again' : 'chunk_next', BigInt(register)),
  differences: ['the last chunk may say so', 'a continuation outlives a new name'],
  agree: sameChunk,
}));

const matchSpecRun = operation(
  4,
  fc.tuple(fc.array(rowPlan, { maxLength: 4 }), anySpec),
  (plan, [plans, spec]) => {
    const list = plans.map((each) => plan.row(each));
    const { here, there, differences } = writeSpec(plan, spec);
    return {
      name: 'ets.matchSpecRun',
      differences,
      text: `ets.matchSpecRun(${show(list)}, ets.matchSpecCompile(${show(here)}))`,
      ours: () => ets.matchSpecRun(list, ets.matchSpecCompile(here)),
      theirs: otp('match_spec_run', list.map(asTuple), there),
    };
  },
);

const isCompiled = operation(1, fc.option(anySpec, { nil: undefined }), (plan, spec) => {
  const { here, there, differences } = writeSpec(plan, spec ?? []);
  return {
    name: 'ets.isCompiledMs',
    text: `ets.isCompiledMs(${spec === undefined ? '[]' : `ets.matchSpecCompile(${show(here)})`})`,
    ours: () => ets.isCompiledMs(spec === undefined ? [] : ets.matchSpecCompile(here)),
    theirs: spec === undefined ? otp('is_compiled_ms', []) : otp('is_compiled', there),
    differences,
  };
});

const testMs = operation(3, fc.tuple(rowPlan, anySpec), (plan, [planned, spec]) => {
  const row = plan.row(planned);
  const { here, there, differences } = writeSpec(plan, spec);
  return {
    name: 'ets.testMs',
    differences,
    text: `ets.testMs(${show(row)}, ${show(here)})`,
    ours: () => ets.testMs(row, here),
    theirs: otp('test_ms', asTuple(row), there),
  };
});

export const queries: readonly Operation[] = [
  ofSpec(8, 'select', 'select', anySpec, items, ['select', 'select', 'selectAsync']),
  ofSpec(3, 'selectReverse', 'select_reverse', anySpec, items),
  ofSpec(4, 'selectCount', 'select_count', decidingSpec, counted, ['selectCount', 'selectCountAsync']),
  ofSpec(3, 'selectDelete', 'select_delete', decidingSpec, deleting, ['selectDelete', 'selectDeleteAsync']),
  ofSpec(2, 'selectTake', 'select_take', decidingSpec, itemsTaken),
  ofPattern(4, 'match', 'match', items),
  ofPattern(4, 'matchObject', 'match_object', items),
  ofPattern(2, 'matchDelete', 'match_delete', deleting),
  replace,
  chunks,
  eaten,
  chunkStart,
  chunkNext,
  matchSpecRun,
  isCompiled,
  testMs,
];
