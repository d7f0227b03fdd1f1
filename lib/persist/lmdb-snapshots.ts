import { decodeSnapshot, encodeSnapshot, endOfName, namedKey, seqOfKey } from './lmdb-codec.js';
import type { LmdbFile } from './lmdb-file.js';
import type { SnapshotRecord, SnapshotStore } from './store.js';

/** Snapshots in the file of the journal; they share its transactions. */
export class LmdbSnapshots implements SnapshotStore {
  readonly #file: LmdbFile;

  constructor(file: LmdbFile) {
    this.#file = file;
  }

  async save(persistId: string, snapshot: SnapshotRecord): Promise<void> {
    const bytes = encodeSnapshot(snapshot);
    const run = (): void => this.#file.snapshots.putSync(namedKey(persistId, snapshot.seq), bytes);
    await this.#file.writer.write({ operation: 'save', run });
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what is thrown must reject
  async latest(persistId: string, life: number, maxSeq: number): Promise<SnapshotRecord | undefined> {
    this.#file.refresh();
    const range = { start: namedKey(persistId, maxSeq), end: namedKey(persistId, 0), reverse: true };
    for (const { key, value } of this.#file.snapshots.getRange(range)) {
      const found = decodeSnapshot(value, seqOfKey(key));
      if (found.life === life) return found;
    }
    return undefined;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what is thrown must reject
  async list(persistId: string): Promise<number[]> {
    this.#file.refresh();
    return this.#numbers(persistId);
  }

  #numbers(persistId: string): number[] {
    const range = { start: namedKey(persistId, 0), end: endOfName(persistId) };
    return [...this.#file.snapshots.getKeys(range)].map(seqOfKey);
  }

  async prune(persistId: string, seq: number): Promise<void> {
    await this.#remove(persistId, seq);
  }

  async delete(persistId: string): Promise<void> {
    await this.#remove(persistId, Infinity);
  }

  async #remove(persistId: string, below: number): Promise<void> {
    const run = (): void => {
      for (const seq of this.#numbers(persistId))
        if (seq < below) this.#file.snapshots.removeSync(namedKey(persistId, seq));
    };
    await this.#file.writer.write({ operation: 'prune', run });
  }

  async close(): Promise<void> {
    await this.#file.release(this);
  }
}
