import { asking } from './errors.js';
import { decodePayload, encodePayload } from './payload.js';
import type { PersistStore, WriterLease } from './store.js';
import type { SnapshotPolicy } from './types.js';

const DEFAULT_KEEP = 3;

/** Takes the snapshots of one process. */
export class SnapshotKeeper {
  readonly #persistId: string;
  readonly #store: PersistStore;
  readonly #lease: WriterLease;
  readonly #policy: SnapshotPolicy | undefined;
  /** Number of the newest snapshot that is durable; 0 when there is none. */
  #newest: number;
  #saving: Promise<unknown> = Promise.resolve();
  #automatic = false;

  constructor(
    persistId: string,
    store: PersistStore,
    lease: WriterLease,
    policy: SnapshotPolicy | undefined,
    newest: number,
  ) {
    this.#persistId = persistId;
    this.#store = store;
    this.#lease = lease;
    this.#policy = policy;
    this.#newest = newest;
  }

  /** Whether the policy asks for a snapshot now; none is asked for while one is being saved. */
  isDue(seq: number): boolean {
    return this.#policy !== undefined && !this.#automatic && seq - this.#newest >= this.#policy.every;
  }

  /** Saves `state`, which holds the events up to `seq`. It is encoded before this returns. */
  save(state: unknown, seq: number): Promise<number> {
    const payload = encodePayload(state, 'state');
    const snapshot = { seq, time: Date.now(), life: this.#lease.life, payload };
    const saved = this.#saving.then(async () => {
      await asking('saveSnapshot', () => this.#store.snapshots.save(this.#persistId, snapshot));
      this.#newest = Math.max(this.#newest, seq);
      await asking('saveSnapshot', () => this.#tidy(seq));
      return seq;
    });
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  /** As save(), because the policy asks for it; `failed` is told when it cannot be done. */
  saveByPolicy(state: unknown, seq: number, failed: (error: unknown) => void): void {
    this.#automatic = true;
    const done = (): void => void (this.#automatic = false);
    try {
      this.save(state, seq).then(done, (error: unknown) => {
        // Not again at once: the next one is due after as many events as the policy says.
        this.#newest = Math.max(this.#newest, seq);
        done();
        failed(error);
      });
    } catch (error) {
      this.#newest = Math.max(this.#newest, seq);
      done();
      failed(error);
    }
  }

  /** Removes the events up to `upTo`, but none that a snapshot is not there for. */
  async truncate(upTo: number): Promise<void> {
    await this.#saving;
    const kept = await this.#store.snapshots.latest(this.#persistId, this.#lease.life, upTo);
    if (kept === undefined) return;
    await this.#store.journal.truncate(this.#persistId, this.#lease.epoch, kept.seq);
  }

  /** Waits for what is being saved. */
  async idle(): Promise<void> {
    await this.#saving;
  }

  /** `newest` was just saved. Numbers above it are left over from an earlier life, and say nothing of this one. */
  async #tidy(newest: number): Promise<void> {
    if (this.#policy === undefined) return;
    const { keep = DEFAULT_KEEP, truncate = false } = this.#policy;
    const found = await this.#store.snapshots.list(this.#persistId);
    const numbers = found.filter((seq) => seq <= newest).sort((a, b) => a - b);
    const oldest = numbers[Math.max(0, numbers.length - keep)];
    if (oldest === undefined) return;
    if (numbers.length > keep) await this.#store.snapshots.prune(this.#persistId, this.#lease.life, oldest);
    if (truncate) await this.#store.journal.truncate(this.#persistId, this.#lease.epoch, oldest);
  }
}

/** The state of the latest snapshot. */
export async function latestSnapshot(
  { snapshots }: PersistStore,
  persistId: string,
  { life, lastSeq }: WriterLease,
): Promise<{ readonly state: unknown; readonly seq: number; readonly time: number } | undefined> {
  const found = await asking('start', () => snapshots.latest(persistId, life, lastSeq));
  if (found === undefined) return undefined;
  const { seq, time, payload } = found;
  return { state: decodePayload(payload, () => `the snapshot of '${persistId}' at ${seq}`), seq, time };
}
