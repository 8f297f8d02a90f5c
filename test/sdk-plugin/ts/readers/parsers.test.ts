import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { findMemoryCgroup, readCgroup } from '@stepfit/sdk-plugin/readers/cgroup';
import { cgroupFolders } from '@stepfit/sdk-plugin/readers/cgroup-folders';
import { parseBlkio, parseIoStat, parseNetDev } from '@stepfit/sdk-plugin/readers/container-io';
import { CpuLimit, parseCpuMax, parseThrottledS } from '@stepfit/sdk-plugin/readers/cpu-limit';
import { toHostFacts } from '@stepfit/sdk-plugin/readers/host-facts';
import { descendants, parseParents, PortableTree } from '@stepfit/sdk-plugin/readers/portable-tree';
import {
  parseIo,
  parseKib,
  parseSchedstat,
  parseSignalSet,
  parseStat,
} from '@stepfit/sdk-plugin/readers/proc-files';
import { ProcessTree } from '@stepfit/sdk-plugin/readers/process-tree';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** `/proc/PID/stat` of a shell on a terminal. */
const STAT =
  '4242 (my (odd) name) S 17 4242 17 34816 4243 4194304 900 1234 0 3 250 75 400 25 20 0 1 0 98765 8200000 512 18446744073709551615';

describe('files of /proc', () => {
  it('stat has a process’s own CPU seconds and its waited-for children’s, whatever its name is', () => {
    expect(parseStat(STAT)).toEqual({
      pid: 4242,
      state: 'S',
      parentPid: 17,
      processGroup: 4242,
      terminalGroup: 4243,
      userS: 6.5,
      systemS: 1,
      waitedUserS: 4,
      waitedSystemS: 0.25,
      startedTicks: 98_765,
      threads: 1,
      pages: '900 0 512',
    });
  });

  it('nothing is made of texts that are no stat', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const stat = parseStat(text);
        expect(stat === undefined || Number.isFinite(stat.startedTicks)).toBe(true);
      }),
    );
  });

  it('status has amounts of memory and sets of signals', () => {
    const status =
      'Name:\tVmHWM: 9 kB\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\nSigIgn:\t0000000000001001\n';
    expect(parseKib(status, 'VmHWM')).toBe(2048 * 1024);
    expect(parseKib(status, 'RssFile')).toBeUndefined();
    expect(parseKib('VmRSS:\t1 kB', 'VmRSS')).toBe(1024);
    expect(parseSignalSet(status, 'SigIgn')).toEqual([1, 13]);
    expect(parseSignalSet('', 'SigIgn')).toEqual([]);
  });

  it('io and schedstat', () => {
    const io =
      'rchar: 9\nwchar: 9\nsyscr: 1\nsyscw: 1\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n';
    expect(parseIo(io)).toEqual({ readBytes: 4096, writeBytes: 8192 });
    expect(parseIo('')).toBeUndefined();
    expect(parseSchedstat('123456 2500000000 17\n')).toBe(2.5);
    expect(parseSchedstat('')).toBeUndefined();
  });
});

describe('facts of the host', () => {
  it('kinds of cards are named, display adapters are not', () => {
    const card = { vendor: 'NVIDIA', model: 'A100' };
    const facts = toHostFacts(
      { manufacturer: 'AMD', brand: 'EPYC' },
      { controllers: [card, card, { vendor: 'Cirrus Logic', model: 'GD 5446' }] },
    );
    expect(facts).toEqual({ cpuModel: 'AMD EPYC', gpuModels: ['2 × A100'] });
  });
});

describe('cgroups', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'stepfit-cgroup-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  function write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const path = join(root, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${text}\n`);
    }
  }
  function place(): { proc: string; mount: string } {
    return { proc: join(root, 'proc'), mount: join(root, 'cgroup') };
  }

  it('of version 2: memory with page cache apart, its mark, limit and kills', () => {
    write({
      'proc/7/cgroup': '0::/pod/box',
      'cgroup/pod/box/memory.current': '1000',
      'cgroup/pod/box/memory.peak': '1500',
      'cgroup/pod/box/memory.max': 'max',
      'cgroup/pod/box/memory.stat':
        'anon 500\nactive_file 100\ninactive_file 200\nslab_reclaimable 50',
      'cgroup/pod/box/memory.events': 'low 0\noom_kill 2',
      'cgroup/pod/box/cpu.max': '150000 100000',
      'cgroup/pod/box/cpu.stat': 'usage_usec 9\nthrottled_usec 2500000',
      'cgroup/pod/cpu.max': '400000 100000',
      'cgroup/pod/cpu.stat': 'throttled_usec 0',
    });
    const folder = findMemoryCgroup(7, place());
    expect(folder).toBe(join(root, 'cgroup/pod/box'));
    expect(readCgroup(folder ?? '')).toEqual({
      usage: 1000,
      cache: 350,
      highWater: 1500,
      oomKills: 2,
    });
    const limit = new CpuLimit(7, place());
    expect(limit.cores).toBe(1.5);
    write({ 'cgroup/pod/box/cpu.stat': 'throttled_usec 4000000' });
    expect(limit.throttledS()).toBe(1.5);
  });

  it('of version 1, in a container that sees the host’s path', () => {
    write({
      'proc/7/cgroup': '5:memory:/kubepods/pod1/abc\n4:cpu,cpuacct:/kubepods/pod1/abc\n0::/',
      'cgroup/memory/memory.usage_in_bytes': '900',
      'cgroup/memory/memory.max_usage_in_bytes': '950',
      'cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
      'cgroup/memory/memory.stat': 'total_active_file 50\ntotal_inactive_file 60',
      'cgroup/memory/memory.oom_control': 'oom_kill_disable 0\noom_kill 0',
      'cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1',
      'cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
      'cgroup/cpu,cpuacct/cpu.stat': 'throttled_time 0',
    });
    const folder = findMemoryCgroup(7, place());
    expect(folder).toBe(join(root, 'cgroup/memory'));
    expect(readCgroup(folder ?? '')).toEqual({
      usage: 900,
      cache: 110,
      highWater: 950,
      oomKills: 0,
    });
    expect(new CpuLimit(7, place()).cores).toBeUndefined();
    expect(cgroupFolders(7, 'cpu', place())[0]).toBe(
      join(root, 'cgroup/cpu,cpuacct/kubepods/pod1/abc'),
    );
  });

  it.each([
    ['max 100000', undefined],
    ['50000 100000', 0.5],
    ['', undefined],
    ['1 0', undefined],
  ])('cpu.max %j is %j cores', (text, cores) => {
    expect(parseCpuMax(text)).toBe(cores);
  });

  it('throttling in both versions’ units; disks and networks', () => {
    expect(parseThrottledS('throttled_usec 1500000')).toBe(1.5);
    expect(parseThrottledS('nr_throttled 3\nthrottled_time 1500000000')).toBe(1.5);
    expect(parseThrottledS('nr_periods 0')).toBeUndefined();
    expect([...parseIoStat('259:0 rbytes=10 wbytes=20 rios=1 wios=1\n8:0 \n')]).toEqual([
      ['259:0', [10, 20]],
    ]);
    expect([...parseBlkio('8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n')]).toEqual([
      ['8:0', [10, 20]],
    ]);
    const net = 'Inter-|   Receive\n face |bytes\n  eth0: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0\n';
    expect([...parseNetDev(net)]).toEqual([['eth0', [100, 200]]]);
  });
});

describe('a process tree', () => {
  it('is this one’s, by /proc and by ps alike', async () => {
    const [tree, portable] = [
      new ProcessTree({ rootPid: process.pid }),
      new PortableTree(process.pid),
    ];
    const [own] = tree.read();
    const [same] = await portable.read();
    if (own === undefined || same === undefined) throw new Error('nothing was read');
    expect([own.pid, same.pid]).toEqual([process.pid, process.pid]);
    expect(own.highWaterBytes).toBeGreaterThanOrEqual(own.rssBytes);
    expect(Math.abs(same.rssBytes / own.rssBytes - 1)).toBeLessThan(0.2);
    expect(same.userS + same.systemS).toBeGreaterThan(0);
  });

  it('of a process that is not there is empty', () => {
    expect(new ProcessTree({ rootPid: 2 ** 22 + 1 }).read()).toEqual([]);
  });

  it('by ps has children of children, and not what is left out', () => {
    const parents = parseParents(
      '    1     0\n   10     1\n   11    10\n   12    11\n   13    10\n',
    );
    expect(descendants(parents, 10, (pid) => pid === 13)).toEqual([10, 11, 12]);
    expect(descendants(parents, 99, () => false)).toEqual([]);
  });
});
