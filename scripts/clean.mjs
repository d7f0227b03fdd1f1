import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/files.mjs';

for (const folder of ['build', 'dist', 'prebuilds'])
  rmSync(join(root, folder), { recursive: true, force: true });
