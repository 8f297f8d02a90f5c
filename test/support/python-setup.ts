import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Python of an environment with Metaflow and our extension installed. */
    readonly python: string;
  }
}

/** Makes the Python environment once for all `*.flow.test.ts`, or reuses it. */
export default function setUp(project: TestProject): void {
  const script = join(import.meta.dirname, '..', '..', 'api', 'setup', 'python.mjs');
  const output = execFileSync(process.execPath, [script], { encoding: 'utf8' });
  project.provide('python', output.trim());
}
