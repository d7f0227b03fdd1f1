import { PersistentProcess } from 'termstore/persist';
import { add } from './sales.mjs';

/**
 * Keeps what was sold. The checked sums of a batch are one event, and the batches that are in belong to the state: whatever happens in
 * between, each counts exactly once.
 *
 * @typedef {{ batch: number, sums: import('./sales.mjs').Sums }} Checked
 * @typedef {{ done: number[], sums: import('./sales.mjs').Sums }} State
 * @extends {PersistentProcess<State, Checked | 'state', Checked, State>}
 */
export class Averages extends PersistentProcess {
  persistId = 'averages';

  /** @param {import('termstore/persist').PersistStore} store */
  constructor(store) {
    super({ store, snapshots: { every: 20 } });
  }

  init() {
    return { done: [], sums: {} };
  }

  /** @param {Checked | 'state'} command */
  async handleCommand(command) {
    if (command !== 'state' && !this.state.done.includes(command.batch)) await this.persist(command);
    return this.state;
  }

  /** @param {Checked} event */
  handleEvent({ batch, sums }) {
    this.state.done.push(batch);
    for (const [car, { sold, total }] of Object.entries(sums)) add(this.state.sums, car, sold, total);
  }
}
