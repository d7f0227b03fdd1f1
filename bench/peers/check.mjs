import { kPeers } from './index.mjs';

// node check.mjs <peer>: prints its version where it can be loaded. A process of its own, because what an addon does to
// a process when it does not fit is not to be caught.
console.log(await kPeers[process.argv[2]].load());
