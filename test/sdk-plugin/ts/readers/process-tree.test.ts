import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { CoreWaits } from '@stepfit/sdk-plugin/readers/core-waits';
import type { ProcessReading } from '@stepfit/sdk-plugin/readers/process-reading';
import { ProcessTree } from '@stepfit/sdk-plugin/readers/process-tree';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const KIB = 1024;

/** A process as a folder of /proc shows it. */
interface Shown {
  readonly pid: number;
  readonly parent?: number;
  readonly state?: string;
  /** Ticks. */
  readonly user?: number;
  readonly faults?: number;
  readonly rssKib?: number;
  readonly highWaterKib?: number;
  readonly threads?: readonly number[];
  readonly children?: readonly number[];
  readonly startedTicks?: number;
  /** Nanoseconds that each thread waited for a core. */
  readonly waited?: number;
}

describe('a process tree by /proc', () => {
  let proc: string;
  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'stepfit-proc-'));
    write('uptime', '1000.00 2000.00\n');
  });
  afterEach(() => {
    rmSync(proc, { recursive: true });
  });

  function write(name: string, text: string): void {
    mkdirSync(dirname(join(proc, name)), { recursive: true });
    writeFileSync(join(proc, name), text);
  }

  function show(process: Shown): void {
    const { pid, parent, state, user, faults, rssKib, threads, children, startedTicks, waited } = {
      parent: 1,
      state: 'S',
      user: 0,
      faults: 0,
      rssKib: 100,
      threads: [process.pid],
      children: [],
      startedTicks: 1,
      waited: 0,
      ...process,
    };
    const times = `${user} 0 0 0 20 0 ${threads.length} 0 ${startedTicks}`;
    const head = `${pid} (a) ${state} ${parent} 1 1 0 -1 4194304 ${faults} 0 0 0`;
    write(`${pid}/stat`, `${head} ${times} 0 ${rssKib / 4} 0\n`);
    const marks = `VmHWM:\t${process.highWaterKib ?? rssKib} kB\nVmRSS:\t${rssKib} kB`;
    write(`${pid}/status`, `${marks}\nRssFile:\t40 kB\n`);
    write(`${pid}/io`, 'read_bytes: 0\nwrite_bytes: 0\n');
    for (const thread of threads) {
      const ofThread = thread === threads[0] ? children : [];
      write(`${pid}/task/${thread}/children`, ofThread.join(' '));
      write(`${pid}/task/${thread}/schedstat`, `1 ${waited} 1\n`);
    }
  }

  function byPid(readings: readonly ProcessReading[]): Record<number, ProcessReading> {
    return Object.fromEntries(readings.map((reading) => [reading.pid, reading]));
  }

  it('has the root’s descendants, those whose parent has died too, and not what is left out', () => {
    show({ pid: 10, children: [11, 12] });
    show({ pid: 11, parent: 10, children: [13] });
    show({ pid: 12, parent: 10, children: [14] });
    show({ pid: 13, parent: 11 });
    show({ pid: 14, parent: 12 });
    const tree = new ProcessTree({ rootPid: 10, proc, isExcluded: (pid) => pid === 12 });
    expect(Object.keys(byPid(tree.read()))).toEqual(['10', '11', '13']);
    rmSync(join(proc, '11'), { recursive: true });
    show({ pid: 10 });
    show({ pid: 13, parent: 1 });
    expect(Object.keys(byPid(tree.read()))).toEqual(['10', '13']);
  });

  it('keeps the CPU time of orphans that have gone, whom nobody in the tree waits for', () => {
    show({ pid: 10, children: [11] });
    show({ pid: 11, parent: 10, children: [12] });
    show({ pid: 12, parent: 11, user: 200 });
    const tree = new ProcessTree({ rootPid: 10, proc });
    tree.read();
    show({ pid: 10 });
    rmSync(join(proc, '11'), { recursive: true });
    show({ pid: 12, user: 300 });
    tree.read();
    expect(tree.departedUserS).toBe(0);
    rmSync(join(proc, '12'), { recursive: true });
    tree.read();
    expect(tree.departedUserS).toBe(3);
  });

  it('reads a process that has not run no further than its first line', () => {
    show({ pid: 10, children: [11] });
    show({ pid: 11, parent: 10, rssKib: 200 });
    const tree = new ProcessTree({ rootPid: 10, proc });
    expect(tree.read().map(({ isIdle }) => isIdle)).toEqual([false, false]);
    write('11/status', 'VmRSS:\t999 kB\n');
    show({ pid: 10, user: 1, children: [11] });
    const { 10: busy, 11: idle } = byPid(tree.read());
    expect([busy?.isIdle, busy?.userS]).toEqual([false, 0.01]);
    expect([idle?.isIdle, idle?.rssBytes]).toEqual([true, 200 * KIB]);
  });

  it('looks for a mark again once pages have come or gone, and only then', () => {
    show({ pid: 10, rssKib: 200 });
    const tree = new ProcessTree({ rootPid: 10, proc });
    tree.read();
    show({ pid: 10, rssKib: 200, user: 1, highWaterKib: 900 });
    expect(tree.read()[0]?.highWaterBytes).toBe(200 * KIB);
    show({ pid: 10, rssKib: 200, user: 1, highWaterKib: 900, faults: 1 });
    expect(tree.read()[0]?.highWaterBytes).toBe(900 * KIB);
  });

  it('reads one again that waits for a core, and one that may still be its parent’s copy', () => {
    show({ pid: 10, state: 'R', children: [11] });
    show({ pid: 11, parent: 10, rssKib: 5000, startedTicks: 100_000 });
    const tree = new ProcessTree({ rootPid: 10, proc });
    expect(byPid(tree.read())[11]?.isSettled).toBe(false);
    write('11/status', 'VmRSS:\t300 kB\n');
    write('uptime', '1000.10 2000.00\n');
    const { 10: waiting, 11: child } = byPid(tree.read());
    expect([waiting?.isIdle, child?.isIdle]).toEqual([false, false]);
    expect([child?.isSettled, child?.rssBytes]).toEqual([true, 300 * KIB]);
  });

  it('does not remember what a process shared', () => {
    show({ pid: 10 });
    write('10/smaps_rollup', 'Pss:\t60 kB\nPss_Anon:\t50 kB\nPss_Shmem:\t5 kB\n');
    const tree = new ProcessTree({ rootPid: 10, proc });
    const [first] = tree.read();
    if (first === undefined) throw new Error('nothing was read');
    tree.readShare(first);
    expect(first.shareBytes).toBe(55 * KIB);
    expect(tree.read()[0]).toEqual({ ...first, shareBytes: undefined, isIdle: true });
  });

  it.each([
    ['freed', 100],
    ['filled', 5000],
  ])('takes nothing for shared that a process has %s since it was read', (_, rssKib) => {
    show({ pid: 10, rssKib: 900 });
    const tree = new ProcessTree({ rootPid: 10, proc });
    const [reading] = tree.read();
    if (reading === undefined) throw new Error('nothing was read');
    const ownKib = rssKib - reading.fileBytes / KIB;
    write('10/smaps_rollup', `Rss:\t${rssKib} kB\nPss:\t${rssKib} kB\nPss_Anon:\t${ownKib} kB\n`);
    tree.readShare(reading);
    expect(reading.shareBytes).toBe(reading.rssBytes - reading.fileBytes);
  });

  it('is empty when another process has the root’s pid, or the root is a zombie', () => {
    show({ pid: 10 });
    const tree = new ProcessTree({ rootPid: 10, proc });
    expect(tree.read()).toHaveLength(1);
    show({ pid: 10, startedTicks: 2 });
    expect(tree.read()).toEqual([]);
    show({ pid: 10, state: 'Z' });
    expect(new ProcessTree({ rootPid: 10, proc }).read()).toEqual([]);
  });

  it('has children of kernels that list them only by their parents', () => {
    show({ pid: 10 });
    show({ pid: 11, parent: 10 });
    show({ pid: 12, parent: 11 });
    rmSync(join(proc, '10/task'), { recursive: true });
    const tree = new ProcessTree({ rootPid: 10, proc });
    expect(tree.read().map(({ pid }) => pid)).toEqual([10, 11, 12]);
  });

  it('waiting for cores is summed over threads, from the second reading on', () => {
    const threads = [10, 15];
    show({ pid: 10, threads, waited: 5e9 });
    const tree = new ProcessTree({ rootPid: 10, proc });
    const waits = new CoreWaits(proc);
    expect(waits.fold(tree.read())).toBe(0);
    show({ pid: 10, threads, user: 1, waited: 6e9, children: [11] });
    show({ pid: 11, parent: 10, waited: 1e9 });
    expect(waits.fold(tree.read())).toBe(3);
    // The kernel’s line is the same: nobody has run, and so nobody has waited.
    expect(waits.fold(tree.read())).toBe(3);
  });

  it('waiting is not told where there are too many threads to ask', () => {
    const processes = [{ pid: 10, threads: 257, isIdle: false }];
    expect(new CoreWaits(proc).fold(processes)).toBeUndefined();
  });
});
