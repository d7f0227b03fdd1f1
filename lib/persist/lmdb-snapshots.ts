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
    const { seq, life } = snapshot;
    const key = namedKey(persistId, seq);
    const bytes = encodeSnapshot(snapshot);
    const run = (): void => {
      const kept = this.#file.snapshots.get(key);
      if (kept === undefined || decodeSnapshot(kept, seq).life <= life)
        this.#file.snapshots.putSync(key, bytes);
    };
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
    const range = { start: namedKey(persistId, 0), end: endOfName(persistId) };
    return [...this.#file.snapshots.getKeys(range)].map(seqOfKey);
  }

  async prune(persistId: string, life: number, seq: number): Promise<void> {
    await this.#remove('prune', persistId, life, namedKey(persistId, seq));
  }

  async delete(persistId: string, life: number): Promise<void> {
    await this.#remove('delete', persistId, life, endOfName(persistId));
  }

  async #remove(operation: string, persistId: string, life: number, end: Uint8Array): Promise<void> {
    const run = (): void => {
      const range = { start: namedKey(persistId, 0), end };
      for (const { key, value } of [...this.#file.snapshots.getRange(range)])
        if (decodeSnapshot(value, 0).life <= life) this.#file.snapshots.removeSync(key);
    };
    await this.#file.writer.write({ operation, run });
  }

  async close(): Promise<void> {
    await this.#file.release(this);
  }
}
