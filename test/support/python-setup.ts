import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Python of an environment with Metaflow and our extension installed. */
    readonly python: string;
    /** A folder with the oldest Metaflow that is promised, to stand before that environment's. */
    readonly oldestMetaflow: string;
  }
}

/** Makes the Python environment once for all `*.flow.test.ts`, or reuses it. */
export default function setUp(project: TestProject): void {
  const script = join(import.meta.dirname, '..', '..', 'api', 'setup', 'python.mjs');
  const output = execFileSync(process.execPath, [script], { encoding: 'utf8' });
  const [python = '', oldestMetaflow = ''] = output.trim().split('\n');
  project.provide('python', python);
  project.provide('oldestMetaflow', oldestMetaflow);
}
