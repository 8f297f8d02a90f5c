import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../../support/product.ts';

/** Files of one memory cgroup, and what they say; what is absent is unknown. */
interface ReadingCase {
  readonly name: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Instead of `files`: a folder within the recorded ones of the Python sampler's tests. */
  readonly recorded?: string;
  readonly expected: {
    readonly usageBytes: number;
    readonly cacheBytes: number;
    readonly highWaterBytes?: number;
    readonly limitBytes?: number;
    readonly oomKills?: number;
  };
}

export interface ProcessSample {
  readonly pid: number;
  readonly rssMiB: number;
  /** `rssMiB` where absent. */
  readonly highWaterMiB?: number;
  readonly fileMiB?: number;
}

export interface CgroupSample {
  readonly usageMiB: number;
  readonly cacheMiB?: number;
  readonly highWaterMiB?: number;
  readonly oomKills?: number;
  readonly processes?: readonly ProcessSample[];
}

/** Samples one after another, and what is known after the last. */
export interface FoldCase {
  readonly name: string;
  readonly samples: readonly CgroupSample[];
  /** Known at the end. */
  readonly childrenMaxRssMiB?: number;
  readonly expected: {
    readonly needMiB: number;
    readonly cacheMiB: number;
    readonly peakMiB: number;
    readonly source: string;
    readonly oomKills?: number;
  };
}

interface CgroupCases {
  readonly readings: readonly ReadingCase[];
  readonly folds: readonly FoldCase[];
}

/** Folder of `ReadingCase.recorded`. */
export const RECORDED = join(ROOT, 'sdk-plugin/python/tests/sampler/recorded');

/** The cases that the Python sampler's own tests read as well, so that both samplers say the same. */
export const CGROUP_CASES = JSON.parse(
  readFileSync(join(ROOT, 'test/sdk-plugin/cgroup-memory.json'), 'utf8'),
) as CgroupCases;
