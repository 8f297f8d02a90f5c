import { readFileSync } from 'node:fs';

import { importAwsOffer } from '@stepfit/tuner/prices/import/aws-offer';
import type { ImportChoice, ImportedPrices } from '@stepfit/tuner/prices/import/imported-prices';
import { parsePriceTable } from '@stepfit/tuner/prices/parse-price-table';
import { describe, expect, it } from 'vitest';

async function* chunksOf(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += 1000) yield text.slice(at, at + 1000);
}

async function imported(
  service: 'ec2' | 'ecs',
  choice: Partial<ImportChoice> = {},
): Promise<ImportedPrices> {
  const path = new URL(`../../../fixtures/prices/aws-${service}-offer.json`, import.meta.url);
  return importAwsOffer(chunksOf(readFileSync(path, 'utf8')), {
    architecture: 'x86_64',
    ...choice,
  });
}

describe('importAwsOffer', () => {
  it('takes Linux machines on demand, with what their GPUs are', async () => {
    const { table } = await imported('ec2');

    expect(table).toMatchObject({
      name: 'AWS EC2 on demand, us-east-2',
      source: 'AWS price list, us-east-2, x86_64, newest price of 2026-11-01',
      isExample: false,
      billedUnit: 'node',
    });
    expect(table.shapes).toEqual([
      {
        name: 'g4dn.xlarge',
        cpuCores: 4,
        memoryMiB: 16_384,
        gpuCount: 1,
        gpuModel: 'NVIDIA T4',
        gpuMemoryMiB: 16_384,
        hourUsd: 0.526,
      },
      { name: 'm5.large', cpuCores: 2, memoryMiB: 8192, hourUsd: 0.096 },
      { name: 'u-6tb1.metal', cpuCores: 448, memoryMiB: 6_291_456, hourUsd: 54.6 },
    ]);
  });

  it('refuses by name what it cannot use', async () => {
    const { refused } = await imported('ec2');

    expect(refused).toEqual([
      'x9.strange (AAAAAAAAAAAAAAA9): memory is “NA”, not GiB',
      'c7.promised (AAAAAAAAAAAAAAB2): it has no on-demand price in US dollars an hour',
    ]);
  });

  it('takes machines of one architecture, and only those named', async () => {
    const arm = await imported('ec2', { architecture: 'arm64' });
    const some = await imported('ec2', { only: ['m5.*', 'u-*.metal'] });

    expect(arm.table.shapes?.map(({ name }) => name)).toEqual(['m6g.large']);
    expect(some.table.shapes?.map(({ name }) => name)).toEqual(['m5.large', 'u-6tb1.metal']);
  });

  it('takes Fargate’s linear prices and its sizes', async () => {
    const { table, refused } = await imported('ecs', { region: 'us-east-2' });
    const arm = await imported('ecs', { region: 'us-east-2', architecture: 'arm64' });

    expect(table).toMatchObject({
      name: 'AWS Fargate on demand, us-east-2',
      billedUnit: 'task',
      cpuCoreHourUsd: 0.04048,
      memoryGibHourUsd: 0.004445,
      grid: 'aws-fargate',
    });
    expect(refused).toEqual([]);
    expect(arm.table).toMatchObject({ cpuCoreHourUsd: 0.03238, memoryGibHourUsd: 0.00356 });
  });

  it('knows that EKS adds memory to what is asked for', async () => {
    const path = new URL('../../../fixtures/prices/aws-ecs-offer.json', import.meta.url);
    const text = readFileSync(path, 'utf8').replaceAll('AmazonECS', 'AmazonEKS');
    const { table } = await importAwsOffer(chunksOf(text), {
      architecture: 'x86_64',
      region: 'us-west-2',
    });
    expect(table.grid).toBe('aws-eks-fargate');
  });

  it('makes tables that the server takes', async () => {
    for (const { table } of [
      await imported('ec2'),
      await imported('ecs', { region: 'us-west-2' }),
    ]) {
      expect(parsePriceTable(table, 'imported').name).toBe(table.name);
    }
  });

  it('wants the region where the file has several, and says which it has', async () => {
    await expect(imported('ecs')).rejects.toThrow('several regions: us-east-2, us-west-2');
    await expect(imported('ecs', { region: 'eu-west-1' })).rejects.toThrow(
      'nothing of region eu-west-1; it has us-east-2, us-west-2',
    );
  });

  it.each([
    ['another JSON file', '{"name": "x"}', 'it has no products'],
    ['half a file', '{"products": {"A": {', 'it ends in the middle'],
    ['terms first', '{"terms": {"OnDemand": {"A": {}}}, "products": {}}', 'terms come before'],
    ['no machine', '{"products": {"A": {"sku": "A", "attributes": {}}}}', 'no machine'],
  ])('refuses %s', async (_what, text, complaint) => {
    await expect(importAwsOffer(chunksOf(text), { architecture: 'x86_64' })).rejects.toThrow(
      complaint,
    );
  });
});
