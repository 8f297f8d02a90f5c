import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { GpuReading } from '@stepfit/sdk-plugin/readers/gpu-reading';

import { ROOT } from '../../../support/product.ts';

interface GpuCases {
  readonly lines: readonly { readonly line: string; readonly expected?: GpuReading }[];
  readonly answers: readonly {
    readonly name: string;
    readonly text: string;
    readonly expected: readonly GpuReading[];
  }[];
  readonly machines: readonly {
    readonly name: string;
    readonly files: Readonly<Record<string, string>>;
    readonly expected: readonly GpuReading[];
  }[];
  readonly visibility: readonly {
    readonly index: number;
    readonly uuid: string;
    /** Absent where the variable is not set. */
    readonly variable?: string;
    readonly isVisible: boolean;
  }[];
}

/** The cases that the Python sampler's own tests read as well, so that both samplers say the same. */
export const GPU_CASES = JSON.parse(
  readFileSync(join(ROOT, 'test/sdk-plugin/gpu-readings.json'), 'utf8'),
) as GpuCases;
