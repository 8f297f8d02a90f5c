import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readCgroup } from '@stepfit/sdk-plugin/readers/cgroup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { CGROUP_CASES, RECORDED } from '../support/cgroup-cases.ts';

describe('a memory cgroup, read as the Python sampler reads it', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepfit-cgroup-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(CGROUP_CASES.readings)('$name', ({ files = {}, recorded, expected }) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { usageBytes, cacheBytes, highWaterBytes, limitBytes, oomKills } = expected;
    expect(readCgroup(recorded === undefined ? folder : join(RECORDED, recorded))).toStrictEqual({
      usage: usageBytes,
      cache: cacheBytes,
      ...(highWaterBytes !== undefined && { highWater: highWaterBytes }),
      ...(limitBytes !== undefined && { limit: limitBytes }),
      ...(oomKills !== undefined && { oomKills }),
    });
  });

  it('is none where a folder has no memory files', () => {
    writeFileSync(join(folder, 'cgroup.procs'), '1\n');
    expect(readCgroup(folder)).toBeUndefined();
  });
});
