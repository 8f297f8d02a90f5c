import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Spool } from '@stepfit/sdk-plugin/delivery/spool';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import { ROOT } from '../../../support/product.ts';

const PYTHON_SAMPLER = join(ROOT, 'sdk-plugin/python/metaflow_extensions/stepfit/plugins/sampler');

describe('the spool', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'stepfit-spool-')), 'of-one-collector');
  });
  afterEach(() => {
    rmSync(join(folder, '..'), { recursive: true });
  });

  function python(script: string): string {
    const { stdout, stderr, status } = spawnSync(inject('python'), ['-c', script, folder], {
      env: { PYTHONPATH: PYTHON_SAMPLER, PYTHONDONTWRITEBYTECODE: '1' },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  }

  it('keeps exports in order, and hands each to one taker', () => {
    const writer = new Spool(folder);
    for (const text of ['a', 'b', 'c']) expect(writer.put('metrics', Buffer.from(text))).toBe(true);
    const [one, other] = [new Spool(folder), new Spool(folder)];
    const taken = [one.claim(), other.claim(), one.claim()];
    expect(taken.map((claim) => claim?.body.toString())).toEqual(['a', 'b', 'c']);
    expect(other.claim()).toBeUndefined();
    taken[0]?.discard();
    taken[1]?.putBack();
    expect(new Spool(folder).claim()?.body.toString()).toBe('b');
  });

  it('takes over from a sampler that died while it was sending', () => {
    new Spool(folder).put('traces', Buffer.from('left'));
    expect(new Spool(folder).claim()).toBeDefined();
    expect(new Spool(folder).claim()).toBeUndefined();
    const long = new Date(Date.now() - 3_600_000);
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), long, long);
    expect(new Spool(folder).claim()?.kind).toBe('traces');
  });

  it('is drained by the Python sampler', () => {
    new Spool(folder).put('traces', Buffer.from('from node'));
    const said = python(
      'import sys; from spool import Spool; claim = Spool(sys.argv[1]).claim(); print(claim.kind, claim.body.decode()); claim.discard()',
    );
    expect(said).toBe('traces from node\n');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('drains what the Python sampler left', () => {
    python(
      'import sys; from spool import Spool; Spool(sys.argv[1]).put("metrics", b"from python")',
    );
    const claim = new Spool(folder).claim();
    expect([claim?.kind, claim?.body.toString()]).toEqual(['metrics', 'from python']);
    claim?.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('stays within its bounds: the oldest go first', () => {
    const spool = new Spool(folder);
    const megabyte = Buffer.alloc(1024 * 1024);
    for (let at = 0; at < 20; at += 1) {
      megabyte[0] = at;
      spool.put('metrics', megabyte);
    }
    expect(readdirSync(folder)).toHaveLength(16);
    expect(new Spool(folder).claim()?.body[0]).toBe(4);
  });

  it('that cannot be written says so, and nothing else', () => {
    const spool = new Spool('/dev/null/spool');
    expect(spool.put('metrics', Buffer.from('x'))).toBe(false);
    expect(spool.claim()).toBeUndefined();
  });
});
