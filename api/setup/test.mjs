// `npm test`: all its own set-up, then every test. Plain JavaScript for any Node from 20.11 on.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { ensureNodeModules, ROOT } from './install.mjs';
import { ensureOldestMetaflow, ensureTestPython } from './python.mjs';
import { ensureWeb } from './web.mjs';

function announce(line) {
  process.stdout.write(`${line}\n`);
}

const node = ensureNodeModules({ announce });
ensureOldestMetaflow({ python: ensureTestPython({ announce }), announce });
ensureWeb({ node, announce });
const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const result = spawnSync(node, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
  // Tests start programs by name: they get the same Node as npm scripts do.
  env: { ...process.env, PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}` },
});
process.exit(result.status ?? 1);
