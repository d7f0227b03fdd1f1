import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/**
 * Where a writer runs, precisely enough to find out later whether it still does. Threads and processes come and go, and their
 * numbers are used again; with the time of their start they are not.
 */
export interface Holder {
  readonly token: string;
  /** The machine and its present uptime; where process numbers mean the same. */
  readonly world: string;
  readonly pid: number;
  /** Of the process; empty where the system does not tell. */
  readonly started: string;
  /** The system's number of the thread and when it began; 0 and empty where the system does not tell. */
  readonly task: number;
  readonly taskStarted: string;
  readonly threadId: number;
}

/** The claims of this thread that were neither given back nor refused. */
const mine = new Set<string>();

export function holdHere(token: string): Holder {
  mine.add(token);
  return { token, ...here() };
}

export function letGo(token: string): void {
  mine.delete(token);
}

type Place = Omit<Holder, 'token'>;
let place: Place | undefined;

/** This thread; it is looked up once. */
function here(): Place {
  if (place !== undefined) return place;
  const task = taskNumber();
  place = {
    world: worldOf(),
    pid: process.pid,
    started: startOf(`/proc/${process.pid}/stat`) ?? '',
    task,
    taskStarted: task === 0 ? '' : (startOf(`/proc/${process.pid}/task/${task}/stat`) ?? ''),
    threadId,
  };
  return place;
}

function textOrEmpty(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

function worldOf(): string {
  const boot = textOrEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const namespace = textOrEmpty(() => readlinkSync('/proc/self/ns/pid'));
  return `${hostname()} ${boot} ${namespace}`;
}

/** The system's number of this thread: where there is `/proc`, a link read by this thread leads to itself. */
function taskNumber(): number {
  return Number(/task\/(\d+)$/.exec(textOrEmpty(() => readlinkSync('/proc/thread-self')))?.[1] ?? 0);
}

/** When a process or thread began, in ticks since the system did; undefined when there is none. */
function startOf(stat: string): string | undefined {
  const text = textOrEmpty(() => readFileSync(stat, 'utf8'));
  // The name stands in parentheses and may hold anything, also spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended; it only waits for its parent to notice.
  return fields.length < 20 || fields[0] === 'Z' ? undefined : fields[19];
}

/**
 * Whether the writer `holder` may still be running. Where this cannot be found out (another machine, another container), it may:
 * it is then for whoever starts a process to say `takeOver`.
 */
export function mayBeAlive(holder: Holder): boolean {
  const self = here();
  if (holder.world !== self.world) return !endedWithItsBoot(holder.world, self.world);
  if (holder.pid === self.pid && holder.started === self.started) {
    if (holder.threadId === self.threadId) return mine.has(holder.token);
    return holder.task === 0 || isStill(holder);
  }
  if (holder.started === '') return processExists(holder.pid);
  return isStill(holder);
}

function isStill({ pid, started, task, taskStarted }: Holder): boolean {
  if (startOf(`/proc/${pid}/stat`) !== started) return false;
  return task === 0 || startOf(`/proc/${pid}/task/${task}/stat`) === taskStarted;
}

/** The same host and, as far as one can tell, the same container, but booted since. */
function endedWithItsBoot(world: string, now: string): boolean {
  const [host, boot, namespace] = world.split(' ');
  const [hostNow, bootNow, namespaceNow] = now.split(' ');
  return host === hostNow && namespace === namespaceNow && boot !== '' && bootNow !== '' && boot !== bootNow;
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}
