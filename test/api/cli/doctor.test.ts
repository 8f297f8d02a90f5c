import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkPython, judgePython } from '@stepfit/api/cli/doctor/check-python';
import { judgeSystem } from '@stepfit/api/cli/doctor/check-server';
import { checkSpool, spoolFolder } from '@stepfit/api/cli/doctor/check-spool';
import type { Check } from '@stepfit/api/format/doctor-text';
import type { System } from '@stepfit/api/http/schemas/system';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { system } from '../support/samples.ts';

const now = new Date('2026-11-23T08:41:00.000Z');

function judge(name: string, answer: System): Check | undefined {
  return judgeSystem(answer, 'http://127.0.0.1:4380', now).find((check) => check.name === name);
}

describe('the doctor on a server', () => {
  it('finds nothing where all is well', () => {
    const checks = judgeSystem(system(), 'http://127.0.0.1:4380', now);

    expect(checks.map((check) => check.state)).toEqual(checks.map(() => 'ok'));
  });

  it('finds clocks that disagree by more than the network explains', () => {
    expect(judge('clock', system({ now: '2026-11-23T08:41:04.000Z' }))?.state).toBe('ok');
    expect(judge('clock', system({ now: '2026-11-23T08:39:00.000Z' }))).toMatchObject({
      state: 'warn',
      detail: 'the server’s clock is 2 min behind this machine’s',
    });
  });

  it('finds that nothing has arrived, or nothing for a day', () => {
    const none = { settled: 0, running: 0, unsettled: 0, endedLastHour: 0 };
    const old = { ...none, settled: 3, lastEndedAt: '2026-11-20T08:41:00.000Z' };

    expect(judge('attempts', system({ attempts: none }))).toMatchObject({
      state: 'warn',
      detail: 'none has arrived yet',
    });
    expect(judge('attempts', system({ attempts: old }))?.detail).toContain('3 d ago');
    expect(judge('attempts', system({ attempts: { ...none, running: 2 } }))?.state).toBe('ok');
  });

  it('finds another version', () => {
    expect(judge('version', system({ version: '9.9.9' }))?.state).toBe('warn');
  });
});

describe('the doctor on Python', () => {
  it('tells a missing Metaflow from a missing extension', () => {
    const python = '3.12.1';

    expect(judgePython({ python, metaflow: null, extension: null }, 'py').detail).toContain(
      'no Metaflow',
    );
    expect(judgePython({ python, metaflow: '2.19', extension: null }, 'py').hint).toContain(
      'pip install',
    );
    expect(judgePython({ python, metaflow: '2.19', extension: '0.1.0' }, 'py').state).toBe('ok');
  });

  it('says so when there is no such Python', async () => {
    expect(await checkPython('/nonexistent/python')).toMatchObject({
      name: 'python',
      state: 'warn',
    });
  });
});

describe('the doctor on the spool', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stepfit-spool-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('counts exports that were left, whichever collector they are for', async () => {
    await mkdir(join(folder, 'abc'));
    await writeFile(join(folder, 'abc', '1-2-3.metrics.ready'), '');
    await writeFile(join(folder, 'abc', '1-2-4.traces.claimed'), '');
    await writeFile(join(folder, 'abc', '.1-2-5.traces.tmp'), '');

    expect((await checkSpool(folder)).detail).toContain('2 exports');
  });

  it('finds nothing in a folder that is empty or was never made', async () => {
    expect((await checkSpool(folder)).state).toBe('ok');
    expect((await checkSpool(join(folder, 'never'))).state).toBe('ok');
  });

  it('looks where the extension writes', () => {
    expect(spoolFolder({ METAFLOW_STEPFIT_SPOOL: '/data/spool' })).toBe('/data/spool');
    expect(spoolFolder({})).toMatch(/\/\.stepfit\/spool$/);
  });
});
