import { lineToPaste, linesToday } from '@stepfit/tuner/backend/line-to-paste';
import { describe, expect, it } from 'vitest';

describe('the line to paste', () => {
  const command = {
    backend: 'command',
    effective: { cpuCores: 4, memoryMiB: 8192, gpuCount: 1 },
    decorators: [],
  };

  it('of a command is the options of stepfit run, also those that stay', () => {
    expect(linesToday(command)).toEqual(['--cpu 4 --memory 8GiB --gpu 1']);
    expect(lineToPaste(command, { memoryMiB: 1024 })).toMatchObject({
      kind: 'line',
      line: '--cpu 4 --memory 1GiB --gpu 1',
      note: expect.stringContaining('stepfit run') as unknown,
    });
  });

  it('of a command asks for no less than it says', () => {
    const change = { cpuCores: 0.33333, memoryMiB: 1000.5 };
    expect(lineToPaste({ ...command, effective: {} }, change)).toMatchObject({
      line: '--cpu 0.334 --memory 1001MiB',
      effective: { cpuCores: 0.334, memoryMiB: 1001 },
    });
  });

  it('of a step with decorators is a decorator, whoever ran it', () => {
    const decorators = [{ name: 'resources', attributes: { cpu: 8, memory: 16_000 } }];
    for (const backend of ['command', 'local', 'kubernetes']) {
      const step = { backend, effective: { cpuCores: 8, memoryMiB: 16_000 }, decorators };
      expect(linesToday(step)).toEqual(['@resources(cpu=8, memory=16000)']);
      expect(lineToPaste(step, { cpuCores: 2 })).toMatchObject({
        line: '@resources(cpu=2, memory=16000)',
      });
    }
  });

  it('of a step that asks for nothing stands for nothing', () => {
    expect(linesToday({ ...command, effective: {} })).toEqual([]);
    expect(linesToday({ backend: 'kubernetes', effective: {}, decorators: [] })).toEqual([]);
  });
});
