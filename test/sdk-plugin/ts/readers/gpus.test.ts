import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { AmdFiles, parseRocmSmi } from '@stepfit/sdk-plugin/readers/amd-gpus';
import { type GpuReading, isGpuVisible } from '@stepfit/sdk-plugin/readers/gpu-reading';
import { GpuWatch } from '@stepfit/sdk-plugin/readers/gpu-watch';
import { parseGpuLine } from '@stepfit/sdk-plugin/readers/nvidia-smi';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GPU_CASES } from '../support/gpu-cases.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stepfit-gpus-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

describe('cards, read as the Python sampler reads them', () => {
  it.each(GPU_CASES.lines)('nvidia-smi: $line', ({ line, expected }) => {
    expect(parseGpuLine(line)).toStrictEqual(expected);
  });

  it.each(GPU_CASES.answers)('rocm-smi: $name', ({ text, expected }) => {
    expect(parseRocmSmi(text)).toStrictEqual(expected);
  });

  it.each(GPU_CASES.machines)('amdgpu: $name', ({ files, expected }) => {
    write(files);
    expect(new AmdFiles(root).read()).toStrictEqual(expected);
  });

  it.each(GPU_CASES.visibility)(
    '$uuid, $variable: $isVisible',
    ({ index, uuid, variable, isVisible }) => {
      expect(isGpuVisible({ index, uuid }, variable)).toBe(isVisible);
    },
  );

  it('nothing that a tool may print is an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseRocmSmi(text).every(({ uuid }) => uuid.startsWith('AMD-'))).toBe(true);
        expect(parseGpuLine(text)?.index ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('a watch over GPUs', () => {
  const said: string[] = [];
  const watches: GpuWatch[] = [];
  let nowMs = 0;
  afterEach(() => {
    for (const watch of watches.splice(0)) watch.stop();
    said.length = 0;
  });

  function watch(env: NodeJS.ProcessEnv = {}): GpuWatch {
    const opened = new GpuWatch({
      env: { PATH: root, ...env },
      root,
      nowMs: () => nowMs,
      say: (text) => said.push(text),
    });
    watches.push(opened);
    return opened;
  }

  function tool(name: string, script: string): void {
    write({ [name]: `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n` });
    chmodSync(join(root, name), 0o755);
  }

  async function taken(from: GpuWatch): Promise<readonly GpuReading[]> {
    for (;;) {
      const readings = from.take();
      if (readings.length > 0) return readings;
      await sleep(5);
    }
  }

  it('has none, and nothing to say, where there are neither tools nor a driver', () => {
    expect(watch().take()).toEqual([]);
    expect(said).toEqual([]);
  });

  it('tells each visible card of a running nvidia-smi once for each line', async () => {
    tool(
      'nvidia-smi',
      String.raw`printf '0, GPU-aa, 10, 100, 1000\n1, GPU-bb, 20, 200, 1000\n'; read -r _`,
    );
    const gpus = watch({ CUDA_VISIBLE_DEVICES: '1' });
    const [card, ...others] = await taken(gpus);
    expect([card?.uuid, others]).toEqual(['GPU-bb', []]);
    expect(gpus.take()).toEqual([]);
  });

  it('reads the driver of AMD’s cards once a second, and does not start rocm-smi then', () => {
    const [machine] = GPU_CASES.machines;
    write(machine?.files ?? {});
    tool('rocm-smi', `touch ${join(root, 'started')}`);
    const gpus = watch();
    expect(gpus.take()).toStrictEqual(
      machine?.expected.toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1)),
    );
    expect(gpus.take()).toEqual([]);
    nowMs += 1_000;
    expect(gpus.take()).toHaveLength(2);
    expect(gpus.isOwn(process.pid)).toBe(false);
  });

  it('asks rocm-smi where the driver is hidden, and again after a minute', async () => {
    const two = GPU_CASES.answers.find(({ name }) => name.startsWith('two'));
    write({ answer: two?.text ?? '', calls: '' });
    tool('rocm-smi', `cat ${join(root, 'answer')}; echo "$@" >>${join(root, 'calls')}`);
    const gpus = watch({ HIP_VISIBLE_DEVICES: '1' });
    expect(await taken(gpus)).toStrictEqual(two?.expected.slice(1));
    nowMs += 59_999;
    expect(gpus.take()).toEqual([]);
    nowMs += 1;
    expect(await taken(gpus)).toStrictEqual(two?.expected.slice(1));
    const call = '--showuse --showmeminfo vram --showuniqueid --json\n';
    expect(readFileSync(join(root, 'calls'), 'utf8')).toBe(call + call);
  });

  it.each([
    ['fails', 'echo "NVIDIA-SMI has failed"; exit 9'],
    ['prints what is no reading', 'echo hello; echo'],
  ])('goes on without the cards of a tool that %s', async (_, script) => {
    for (const name of ['nvidia-smi', 'rocm-smi']) {
      tool(name, `trap 'touch ${join(root, name)}.ended' EXIT; ${script}`);
    }
    const gpus = watch();
    while (
      !existsSync(join(root, 'nvidia-smi.ended')) ||
      !existsSync(join(root, 'rocm-smi.ended'))
    ) {
      await sleep(5);
    }
    nowMs += 60_000;
    expect(gpus.take()).toEqual([]);
  });

  it('says once that a tool cannot be run', async () => {
    write({ 'nvidia-smi': '#!/no/such/interpreter\n' });
    chmodSync(join(root, 'nvidia-smi'), 0o755);
    watch();
    while (said.length === 0) await sleep(5);
    expect(said).toEqual([
      expect.stringMatching(/^nvidia-smi cannot be run, its GPUs are not measured: .*ENOENT/),
    ]);
  });
});
