import * as fc from 'fast-check';
import { askedSeed } from './random.js';

// Without TERMSTORE_SEED fast-check draws one for each property, and names it when the property fails.
const seed = askedSeed();
if (seed !== undefined) fc.configureGlobal({ seed: seed | 0 });

/** fast-check, seeded as everything else is. */
export { fc };
