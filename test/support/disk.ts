import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dets } from 'termstore/dets';

/** A folder of its own for files of tables; on a file system in memory where there is one, because most tests mean no disk. */
export class DiskFolder {
  readonly path: string;
  #files = 0;

  constructor(parent = tmpdir()) {
    this.path = mkdtempSync(join(parent, 'termstore-disk-'));
  }

  /** A path where nothing is yet. */
  file(name = 'table'): string {
    return join(this.path, `${name}-${this.#files++}.dets`);
  }

  /** Closes what this thread has open and removes everything. */
  async remove(): Promise<void> {
    for (const table of dets.all()) await table.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}
