import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readPrices } from '@stepfit/api/serve/read-prices';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runCli } from '../support/run-cli.ts';

function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/prices/${name}`, import.meta.url));
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepfit-prices-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('stepfit prices', () => {
  it('shows the example where no table is named', async () => {
    const { code, stdout } = await runCli(['prices', 'show']);

    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot('../../golden/prices-show.txt');
  });

  it('makes a table of an AWS price list that serve takes, and names what it refused', async () => {
    const out = join(folder, 'ec2.json');
    const { code, stdout, stderr } = await runCli([
      'prices',
      'import-aws',
      fixture('aws-ec2-offer.json'),
      '--only=m5.*,g4dn.*,x9.*',
      '--name=our queue',
      `--out=${out}`,
    ]);

    expect(code).toBe(0);
    expect(stderr).toBe('refused x9.strange (AAAAAAAAAAAAAAA9): memory is “NA”, not GiB\n');
    await expect(stdout.replace(out, 'ec2.json')).toMatchFileSnapshot(
      '../../golden/prices-import.txt',
    );
    const prices = readPrices(out);
    expect(prices.name).toBe('our queue');
    expect(prices.shapes?.map(({ name }) => name)).toEqual(['g4dn.xlarge', 'm5.large']);
  });

  it('prints the table for a pipe where no file is named', async () => {
    const { code, stdout } = await runCli([
      'prices',
      'import-skypilot',
      fixture('skypilot-vms.csv'),
      '--region=us-east-2',
      '--spot',
      '--only=m6i.*',
    ]);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'spot, us-east-2',
      shapes: [{ name: 'm6i.large', hourUsd: 0.0382 }],
    });
  });

  it.each([
    ['several regions', ['import-aws', fixture('aws-ecs-offer.json')], 'Name one with --region'],
    ['a file that is not there', ['import-aws', 'nowhere.json'], 'nowhere.json cannot be read'],
    ['a file of something else', ['import-skypilot', fixture('aws-ecs-offer.json')], 'no column'],
    ['an architecture nobody has', ['import-aws', 'x.json', '--arch', 'vax'], 'x86_64, arm64'],
    ['a path nobody may write', ['import-aws', fixture('aws-ec2-offer.json'), '--out', '/'], '/'],
  ])('says of %s what to do', async (_what, args, complaint) => {
    const { code, stdout, stderr } = await runCli(['prices', ...args]);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(complaint);
  });

  it('shows what is wrong with a table, by field', async () => {
    const path = join(folder, 'bad.json');
    writeFileSync(path, readFileSync(fixture('aws-ecs-offer.json')));
    const { code, stderr } = await runCli(['prices', 'show', path]);

    expect(code).toBe(2);
    expect(stderr).toContain(
      'bad.json is not valid: it must have required properties name, isExample',
    );
    expect(stderr).toContain('docs/prices.md');
  });
});
