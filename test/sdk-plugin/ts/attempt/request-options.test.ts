import {
  parseCpuCores,
  parseGpuCount,
  parseMemoryMiB,
} from '@stepfit/sdk-plugin/attempt/parse-request';
import { requestOptions } from '@stepfit/sdk-plugin/attempt/request-options';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { parseRunArguments } from '@stepfit/sdk-plugin/run/parse-run-arguments';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('what people write as a request', () => {
  it.each([
    ['8GiB', 8192],
    ['8Gi', 8192],
    ['8 GB', 8e9 / 2 ** 20],
    ['0.5g', 5e8 / 2 ** 20],
    ['512M', 512e6 / 2 ** 20],
    ['512', 512],
    ['1TiB', 2 ** 20],
  ])('%s of memory', (text, memoryMiB) => {
    expect(parseMemoryMiB(text)).toBe(memoryMiB);
  });

  it.each([
    ['4', 4],
    ['0.5', 0.5],
    ['500m', 0.5],
  ])('%s cores', (text, cpuCores) => {
    expect(parseCpuCores(text)).toBe(cpuCores);
  });

  it.each([
    [parseMemoryMiB, ['', '0', '-1GiB', 'plenty', '8GiBs', '1e3', '8PiB']],
    [parseCpuCores, ['', '0', '-1', '1,5', '0m', '1k']],
    [parseGpuCount, ['', '-1', '0.5', 'one', '10000']],
  ])('%o refuses what is no amount', (parse, texts) => {
    for (const text of texts) expect(() => parse(text), text).toThrow(StepfitError);
  });
});

describe('options of stepfit run for a request', () => {
  it.each([
    [{ cpuCores: 2, memoryMiB: 1024 }, '--cpu 2 --memory 1GiB'],
    [{ memoryMiB: 2560, gpuCount: 1 }, '--memory 2.5GiB --gpu 1'],
    [{ cpuCores: 0.25, memoryMiB: 512 }, '--cpu 0.25 --memory 512MiB'],
    [{ memoryMiB: 1700 }, '--memory 1700MiB'],
    [{ cpuCores: 0.1 + 0.2, memoryMiB: 1907.3486328125 }, '--cpu 0.3 --memory 1908MiB'],
    [{}, ''],
  ])('%j', (request, options) => {
    expect(requestOptions(request)).toBe(options);
  });

  it('are read back as no less than was asked for, and hardly more', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1024, noNaN: true }),
        fc.double({ min: 1, max: 1e8, noNaN: true }),
        fc.integer({ min: 0, max: 64 }),
        (cpuCores, memoryMiB, gpuCount) => {
          const options = requestOptions({ cpuCores, memoryMiB, gpuCount });
          const read = parseRunArguments([...options.split(' '), '--', 'true'])?.request;
          expect(read?.gpuCount).toBe(gpuCount);
          expect((read?.cpuCores ?? 0) - cpuCores).toBeGreaterThan(-1e-6);
          expect((read?.cpuCores ?? 0) - cpuCores).toBeLessThan(0.001 + 1e-6);
          expect((read?.memoryMiB ?? 0) - memoryMiB).toBeGreaterThan(-1e-6);
          expect((read?.memoryMiB ?? 0) - memoryMiB).toBeLessThan(1 + 1e-6);
        },
      ),
    );
  });
});
