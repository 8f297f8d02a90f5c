import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { makeMemoryCgroup, whyNoMemoryCgroup } from '../support/memory-cgroup.ts';
import {
  type FlowPlace,
  type FlowRun,
  makeFlowPlace,
  severalAtOnce,
} from '../support/metaflow-run.ts';
import {
  startStoredCollector,
  type StoredAttempt,
  type StoredCollector,
} from '../support/stored-collector.ts';

const FLOW = join(import.meta.dirname, 'flows/dying_flow.py');
const MIB = 2 ** 20;

interface Died {
  readonly run: FlowRun;
  /** Of step `work`. */
  readonly attempts: readonly StoredAttempt[];
}

describe('what is stored of attempts that cannot say how they ended', () => {
  let collector: StoredCollector;
  let place: FlowPlace;

  beforeAll(async () => {
    collector = await startStoredCollector();
    place = makeFlowPlace();
  });

  afterAll(async () => {
    await collector.close();
    place.remove();
  });

  /** Each is a run of its own; they run at once, and none of them runs out of memory. */
  const deaths = new Map<string, Died>();

  beforeAll(async () => {
    await severalAtOnce(
      ['kill', 'kill twice', 'crash', 'exception', 'child-is-killed'],
      async (name) => {
        const [ending = '', twice] = name.split(' ');
        deaths.set(name, await die(ending, { deaths: twice === undefined ? 1 : 2 }));
      },
    );
  });

  async function die(
    ending: string,
    { deaths: times = 1, within = [] }: { deaths?: number; within?: readonly string[] } = {},
  ): Promise<Died> {
    const args = [FLOW, 'run', '--with', 'stepfit', '--ending', ending, '--deaths', String(times)];
    const run = await place.python(args, { METAFLOW_STEPFIT_URL: collector.url }, within);
    await place.samplersEnded();
    const attempts = await collector.attempts(run.runId);
    return { run, attempts: attempts.filter(({ step }) => step === 'work') };
  }

  function died(name: string): Died {
    const found = deaths.get(name);
    if (found === undefined) throw new Error(`${name} was not run.`);
    return found;
  }

  it('SIGKILL by somebody: the scheduler saw the exit code, and nothing shows a lack of memory', () => {
    const { run, attempts } = died('kill');
    expect(run.exitCode, run.output).toBe(0);
    expect(attempts).toMatchObject([
      { attempt: 0, outcome: 'lost', outcome_source: 'inferred', exit_code: -9 },
      { attempt: 1, outcome: 'succeeded', outcome_source: 'reported', exit_code: null },
    ]);
    expect(attempts[0]?.outcome_evidence).toContain('SIGKILL ended its process (exit code -9)');
    expect(attempts[0]?.peak_memory_mib).toBeGreaterThan(10);
  });

  it('the last attempt is known too, and the fallback of @catch is no success of the step', () => {
    const { run, attempts } = died('kill twice');
    expect(run.output).toContain('caught: True');
    expect(attempts).toMatchObject([
      { attempt: 0, outcome: 'lost', exit_code: -9 },
      { attempt: 1, outcome: 'lost', exit_code: -9 },
    ]);
  });

  it('a crash is a failure of the step', () => {
    const { attempts } = died('crash');
    expect(attempts[0]).toMatchObject({ outcome: 'failed', exit_code: -11 });
    expect(attempts[0]?.outcome_evidence).toContain('SIGSEGV');
  });

  it('an exception is told by the attempt itself, and its exit code by the scheduler', () => {
    const { attempts } = died('exception');
    expect(attempts[0]).toMatchObject({
      outcome: 'failed',
      outcome_source: 'reported',
      exception_type: 'ValueError',
      exit_code: 1,
    });
  });

  it('a child that somebody else killed is a failure like any other', () => {
    const { attempts } = died('child-is-killed');
    expect(attempts[0]).toMatchObject({ outcome: 'failed', exception_type: 'CalledProcessError' });
  });

  describe('where the kernel kills for lack of memory', () => {
    const reason = whyNoMemoryCgroup();

    it.skipIf(reason)(`the task: it is an OOM ${reason ?? ''}`, async () => {
      const cgroup = makeMemoryCgroup('stepfit-test-task', 400 * MIB);
      const { run, attempts } = await die('grow', { within: cgroup.join });
      expect(run.exitCode, run.output).toBe(0);
      expect(cgroup.oomKills()).toBe(1);
      await cgroup.remove();
      expect(attempts).toMatchObject([
        { attempt: 0, outcome: 'oom', outcome_source: 'reported', exit_code: -9 },
        { attempt: 1, outcome: 'succeeded' },
      ]);
      expect(attempts[0]?.outcome_evidence).toContain('The kernel killed a process');
    });

    it.skipIf(reason)(`a child only: the exception that follows is an OOM`, async () => {
      const cgroup = makeMemoryCgroup('stepfit-test-child', 400 * MIB);
      const { run, attempts } = await die('child-grows', { within: cgroup.join });
      await cgroup.remove();
      expect(run.exitCode, run.output).toBe(0);
      expect(attempts).toMatchObject([
        { outcome: 'oom', exception_type: 'CalledProcessError' },
        { outcome: 'succeeded' },
      ]);
    });
  });
});
