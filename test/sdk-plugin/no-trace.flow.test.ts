import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type FlowPlace, type FlowRun, makeFlowPlace } from '../support/metaflow-run.ts';
import {
  startStoredCollector,
  type StoredAttempt,
  type StoredCollector,
} from '../support/stored-collector.ts';

const FLOW = join(import.meta.dirname, 'flows/lasting_flow.py');

/** Runs its arguments as a terminal would, and does something to them once the first task has begun. */
function once(action: string): readonly string[] {
  const code = `
import os, signal, subprocess, sys, time
run = subprocess.Popen(sys.argv[1:], start_new_session=True)
begun = os.environ["STEPFIT_TEST_BEGUN"]
while not os.path.exists(begun) or not open(begun).read():
    time.sleep(0.02)
time.sleep(0.5)
task = int(open(begun).read())
${action}
sys.exit(run.wait())`;
  return [inject('python'), '-c', code];
}

const INTERRUPTED = 'os.killpg(run.pid, signal.SIGINT)';
const TASK_KILLED = 'os.kill(task, signal.SIGKILL)';
const SCHEDULER_KILLED = 'run.kill()';

describe('however a run ends', () => {
  let collector: StoredCollector;

  beforeAll(async () => {
    collector = await startStoredCollector();
  });

  afterAll(async () => {
    await collector.close();
  });

  async function lasting(
    place: FlowPlace,
    seconds: number,
    { fails = false, within = [] }: { fails?: boolean; within?: readonly string[] },
  ): Promise<{ run: FlowRun; start: StoredAttempt | undefined }> {
    const before = new Set((await collector.attempts()).map((attempt) => attempt.run));
    const options = ['--seconds', String(seconds), '--fails', String(fails)];
    const run = await place.python(
      [FLOW, 'run', '--with', 'stepfit', ...options],
      {
        METAFLOW_STEPFIT_URL: collector.url,
        STEPFIT_TEST_BEGUN: join(place.workDir, '../begun'),
      },
      within,
    );
    await place.allEnded();
    const attempts = (await collector.attempts()).filter((attempt) => !before.has(attempt.run));
    return { run, start: attempts.find(({ step }) => step === 'start') };
  }

  it.each<[string, boolean, string | undefined, number, string[]]>([
    ['with success', false, undefined, 0, ['succeeded']],
    ['with an exception', true, undefined, 1, ['failed']],
    ['with SIGKILL of the task', false, TASK_KILLED, 1, ['lost']],
    ['with Ctrl-C', false, INTERRUPTED, 1, ['failed', 'lost']],
    ['with SIGKILL of its scheduler', false, SCHEDULER_KILLED, 247, ['succeeded', 'failed']],
  ])(
    '%s, nothing hangs, no process is left, and no file',
    async (_, fails, action, exitCode, outcomes) => {
      const place = makeFlowPlace();
      // A task whose scheduler is gone runs to its end.
      const within = action === undefined ? [] : once(action);
      const { run, start } = await lasting(place, action === undefined ? 0.5 : 4, {
        fails,
        within,
      });
      expect(run.exitCode, run.output).toBe(exitCode);
      expect(outcomes).toContain(start?.outcome);
      expect(start?.peak_memory_mib).toBeGreaterThan(10);
      expect(readdirSync(place.workDir)).toEqual([]);
      expect(place.spooled()).toEqual([]);
      place.remove();
    },
  );
});
