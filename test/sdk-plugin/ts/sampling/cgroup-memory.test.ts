import type { CgroupReading } from '@stepfit/sdk-plugin/readers/cgroup';
import type { ProcessReading } from '@stepfit/sdk-plugin/readers/process-reading';
import { CgroupMemory } from '@stepfit/sdk-plugin/sampling/cgroup-memory';
import { describe, expect, it } from 'vitest';

import {
  CGROUP_CASES,
  type CgroupSample,
  type FoldCase,
  type ProcessSample,
} from '../support/cgroup-cases.ts';

const MIB = 2 ** 20;

function toReading({
  usageMiB,
  cacheMiB = 0,
  highWaterMiB,
  oomKills,
}: CgroupSample): CgroupReading {
  return {
    usage: usageMiB * MIB,
    cache: cacheMiB * MIB,
    ...(highWaterMiB !== undefined && { highWater: highWaterMiB * MIB }),
    ...(oomKills !== undefined && { oomKills }),
  };
}

function toProcess({ pid, rssMiB, highWaterMiB, fileMiB = 0 }: ProcessSample): ProcessReading {
  return {
    key: `${pid}/0`,
    pid,
    parentPid: 1,
    userS: 0,
    systemS: 0,
    rssBytes: rssMiB * MIB,
    fileBytes: fileMiB * MIB,
    highWaterBytes: (highWaterMiB ?? rssMiB) * MIB,
    readBytes: 0,
    writeBytes: 0,
    threads: 1,
    isIdle: false,
    isSettled: true,
  };
}

function folded(memory: CgroupMemory, samples: readonly CgroupSample[]): CgroupMemory {
  for (const sample of samples) {
    memory.fold(toReading(sample), (sample.processes ?? []).map(toProcess));
  }
  return memory;
}

function toldBy({ needBytes, cacheBytes, peak, oomKills }: CgroupMemory): FoldCase['expected'] {
  return {
    needMiB: needBytes / MIB,
    cacheMiB: cacheBytes / MIB,
    peakMiB: peak.bytes / MIB,
    source: peak.source,
    ...(oomKills !== undefined && { oomKills }),
  };
}

describe('need and peak of a container, as the Python sampler has them', () => {
  it.each(CGROUP_CASES.folds)('$name', ({ samples, childrenMaxRssMiB, expected }) => {
    const memory = folded(new CgroupMemory(), samples);
    if (childrenMaxRssMiB !== undefined) {
      memory.foldEnd({ childrenMaxRss: childrenMaxRssMiB * MIB });
    }
    expect(toldBy(memory)).toStrictEqual(expected);
  });
});

describe('a cgroup that was made for the attempt', () => {
  it('has no mark and no kill from before it', () => {
    const samples = [{ usageMiB: 120, cacheMiB: 20, highWaterMiB: 900, oomKills: 1 }];
    expect(toldBy(folded(new CgroupMemory({ isFresh: true }), samples))).toStrictEqual({
      needMiB: 100,
      cacheMiB: 20,
      peakMiB: 880,
      source: 'cgroup-peak',
      oomKills: 1,
    });
    expect(toldBy(folded(new CgroupMemory(), samples))).toMatchObject({
      peakMiB: 100,
      oomKills: 0,
    });
  });
});

describe('the mark of children that have gone', () => {
  it('says nothing within what a forked child had of its parent’s memory', () => {
    const memory = folded(new CgroupMemory(), [{ usageMiB: 50 }]);
    memory.foldEnd({ childrenMaxRss: 80 * MIB, noiseBytes: 80 * MIB });
    expect(memory.peak.bytes).toBe(50 * MIB);
    memory.foldEnd({ childrenMaxRss: 81 * MIB, noiseBytes: 80 * MIB });
    expect(memory.peak.bytes).toBe(81 * MIB);
  });
});
