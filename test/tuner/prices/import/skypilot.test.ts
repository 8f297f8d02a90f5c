import { readFileSync } from 'node:fs';

import { importSkypilot, type SkypilotChoice } from '@stepfit/tuner/prices/import/skypilot';
import { parsePriceTable } from '@stepfit/tuner/prices/parse-price-table';
import { describe, expect, it } from 'vitest';

const TEXT = readFileSync(
  new URL('../../../fixtures/prices/skypilot-vms.csv', import.meta.url),
  'utf8',
);
const CHOICE: SkypilotChoice = { region: 'us-east-2', architecture: 'x86_64', isSpot: false };

function imported(choice: Partial<SkypilotChoice> = {}, text = TEXT) {
  return importSkypilot([{ name: 'vms.csv', text }], { ...CHOICE, ...choice });
}

describe('importSkypilot', () => {
  it('takes a machine once, from the cheapest zone, with its GPUs', () => {
    const { table } = imported();

    expect(table).toMatchObject({ name: 'on demand, us-east-2', billedUnit: 'node' });
    expect(table.shapes).toEqual([
      { name: 'c1.medium', cpuCores: 2, memoryMiB: 1740, hourUsd: 0.13 },
      {
        name: 'g4dn.12xlarge',
        cpuCores: 48,
        memoryMiB: 196_608,
        gpuCount: 4,
        gpuModel: 'T4',
        gpuMemoryMiB: 16_384,
        hourUsd: 3.912,
      },
      { name: 'm6i.large', cpuCores: 2, memoryMiB: 8192, hourUsd: 0.096 },
      { name: 'm7i.large', cpuCores: 2, memoryMiB: 8192, hourUsd: 0.1008 },
    ]);
    expect(parsePriceTable(table, 'imported').shapes).toHaveLength(4);
  });

  it('takes spot prices where they are asked for', () => {
    const { table } = imported({ isSpot: true, only: ['m6i.*'] });

    expect(table.name).toBe('spot, us-east-2');
    expect(table.shapes?.map(({ hourUsd }) => hourUsd)).toEqual([0.0382]);
  });

  it('refuses by name and line what it cannot use, unless another zone sells the machine', () => {
    expect(imported().refused).toEqual([
      'g6f.large, vms.csv line 8: AcceleratorCount is “0.125”, no whole number',
      'x1.odd, vms.csv line 11: vCPUs is “many”',
      'V100, vms.csv line 12: an accelerator without a machine',
      'a2-highgpu-1g, vms.csv line 13: its GPUs are priced in other rows',
    ]);
  });

  it('takes machines of one architecture', () => {
    const { table } = imported({ architecture: 'arm64', only: ['m*'] });
    expect(table.shapes?.map(({ name }) => name)).toEqual(['m6g.large']);
  });

  it('reads several files as one', () => {
    const header = 'InstanceType,vCPUs,MemoryGiB,Price,Region\n';
    const { table } = importSkypilot(
      [
        { name: 'a.csv', text: `${header}small,1,2,0.02,here\n` },
        { name: 'b.csv', text: `${header}large,8,16,0.2,here\n` },
      ],
      { architecture: 'x86_64', isSpot: false },
    );
    expect(table.shapes?.map(({ name }) => name)).toEqual(['large', 'small']);
  });

  it.each([
    ['several regions', TEXT, undefined, 'rows of 2 regions: eu-central-1, us-east-2'],
    ['a region that is not there', TEXT, 'mars', 'no row of region mars'],
    ['another table', 'a,b\n1,2\n', 'x', 'no column InstanceType, vCPUs, MemoryGiB in vms.csv'],
    [
      'nothing usable',
      'InstanceType,vCPUs,MemoryGiB,Price,Region\nm5,none,1,1,x\n',
      'x',
      'no usable row (m5, vms.csv line 2: vCPUs is “none”)',
    ],
  ])('complains of %s', (_what, text, region, complaint) => {
    const { region: _, ...rest } = CHOICE;
    const choice = region === undefined ? rest : { ...rest, region };
    expect(() => importSkypilot([{ name: 'vms.csv', text }], choice)).toThrow(complaint);
  });
});
