import { type Configuration, type Event, type Illegal, type Moment, Search } from './checker.js';
import { changedNothing, type Operation, type State } from './model.js';

/* What is wrong with a history, for people: the shortest part of it that nothing can explain, whatever was before. */

/** Beyond it the window is not looked for further: the whole history up to the failure is shown. */
const LONGEST_WINDOW = 400;
const WIDTH = 48;

/** Each operation that was called before the window may have been done before it or not. */
function startsOf(states: readonly State[], open: readonly Event[]): Configuration[] {
  let masks = [0];
  for (const { thread } of open) masks = masks.flatMap((mask) => [mask, mask | (1 << thread)]);
  return states.flatMap((state) => masks.map((done) => ({ state, done })));
}

/** Operations that have been called before moment `from` and not returned. */
function openAt(moments: readonly Moment[], from: number): Event[] {
  const open = new Map<number, Event>();
  for (const { event, returns } of moments.slice(0, from)) {
    if (returns) open.delete(event.thread);
    else open.set(event.thread, event);
  }
  return [...open.values()];
}

/** Whether nothing explains these moments, whatever the state was before, and whatever of `open` was done. */
function isIllegal(moments: readonly Moment[], open: readonly Event[], states: readonly State[]): boolean {
  const search = new Search(startsOf(states, open), open);
  return !moments.every((moment) => search.pass(moment));
}

export interface Window {
  readonly events: readonly Event[];
  /** Those that were called before it. */
  readonly open: readonly Event[];
}

/** The last few moments up to the failure that are illegal by themselves, without what adds nothing to that. */
export function shortestWindow({ moments, at, states }: Illegal): Window {
  let from = at;
  while (from > 0 && !isIllegal(moments.slice(from, at + 1), openAt(moments, from), states))
    from = at - from < LONGEST_WINDOW ? from - 1 : 0;
  let open = openAt(moments, from);
  let inside = moments.slice(from, at + 1);
  // What changed nothing can be left out: without it a legal history is legal still.
  for (const event of new Set([...open, ...inside.map((moment) => moment.event)])) {
    if (!changedNothing(event.operation, event.result)) continue;
    const fewer = inside.filter((moment) => moment.event !== event);
    const fewerOpen = open.filter((one) => one !== event);
    if (!isIllegal(fewer, fewerOpen, states)) continue;
    inside = fewer;
    open = fewerOpen;
  }
  const events = new Set([...open, ...inside.map(({ event }) => event)]);
  return { events: [...events].sort((a, b) => a.called - b.called), open };
}

function argumentsOf(operation: Operation): string {
  const { name: _name, ...args } = operation;
  return Object.entries(args)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(', ');
}

/** When each operation ran, in columns. */
function bars(events: readonly Event[]): string[] {
  const times = events.flatMap(({ called, returned }) => [called, returned]).sort((a, b) => a - b);
  const scale = Math.min(1, WIDTH / times.length) * 2;
  const column = (time: number): number => Math.floor(times.indexOf(time) * scale);
  return events.map(({ called, returned }) => {
    const [from, to] = [column(called), column(returned)];
    return `${' '.repeat(from)}[${'-'.repeat(Math.max(0, to - from - 1))}]`.padEnd(column(times.at(-1)!) + 2);
  });
}

/** The offending window as text: an operation a line, with its time as a bar. */
export function describeIllegal(illegal: Illegal): string {
  const { events, open } = shortestWindow(illegal);
  const drawn = bars(events);
  const lines = events.map((event, i) => {
    const { thread, operation, result } = event;
    const when = open.includes(event) ? '~' : ' ';
    return `${drawn[i]} ${when}thread ${thread}: ${operation.name}(${argumentsOf(operation)}) -> ${JSON.stringify(result)}`;
  });
  return [
    'not linearizable: no order of these operations explains their answers, whatever the rows were before',
    '(cells are [counter, tag, text]; ~ was called earlier; time runs to the right)',
    ...lines,
  ].join('\n');
}
