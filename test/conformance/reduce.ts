import type { WorldPlan } from './generate.js';
import { compareWorld, type Difference, type Sides } from './run.js';

export interface Reproduction extends WorldPlan {
  readonly found: Difference;
}

/** `all` without `size` items from `at` on. */
function without<T>(all: readonly T[], at: number, size: number): T[] {
  return [...all.slice(0, at), ...all.slice(at + size)];
}

/**
 * A shorter world in which the two still differ: without the commands and the rows that have nothing to do with it.
 * `undefined` when they do not differ a second time.
 */
export async function reduce(world: WorldPlan, sides: Sides): Promise<Reproduction | undefined> {
  let best = await attempt(world, sides);
  if (best === undefined) return undefined;
  for (let size = Math.ceil(best.commands.length / 2); ; size = Math.ceil(size / 2)) {
    for (let at = 0; at < best.commands.length;) {
      const shorter = { config: best.config, commands: without(best.commands, at, size) };
      const again: Reproduction | undefined = await attempt(shorter, sides);
      if (again === undefined) at += size;
      else best = again;
    }
    if (size <= 1) break;
  }
  for (let row = 0; row < best.config.rows.length;) {
    const config = { ...best.config, rows: without(best.config.rows, row, 1) };
    const again: Reproduction | undefined = await attempt({ config, commands: best.commands }, sides);
    if (again === undefined) row++;
    else best = again;
  }
  return best;
}

/** Up to the command in which they differ. */
async function attempt({ config, commands }: WorldPlan, sides: Sides): Promise<Reproduction | undefined> {
  const found = await compareWorld(config, commands, sides);
  return found && { config, commands: commands.slice(0, found.step + 1), found };
}
