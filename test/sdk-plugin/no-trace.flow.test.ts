import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

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

const FLOW = join(import.meta.dirname, 'flows/lasting_flow.py');

/** Runs its arguments as a terminal would, and does something to them once the first task has begun. */
function once(action: string): readonly string[] {
  const code = `
import os, signal, subprocess, sys, time
run = subprocess.Popen(sys.argv[1:], start_new_session=True)
begun = os.environ["STEPFIT_TEST_BEGUN"]
while not os.path.exists(begun):
    time.sleep(0.02)
time.sleep(0.5)
${action}
sys.exit(run.wait())`;
  return [inject('python'), '-c', code];
}

interface Ending {
  readonly how: string;
  /** What the task does of itself, when. */
  readonly task: readonly string[];
  readonly within?: readonly string[];
  readonly exitCode: number;
  readonly outcomes: readonly string[];
}

const ENDINGS: readonly Ending[] = [
  { how: 'with success', task: ['--seconds', '0.5'], exitCode: 0, outcomes: ['succeeded'] },
  {
    how: 'with an exception',
    task: ['--seconds', '0.5', '--ending', 'exception'],
    exitCode: 1,
    outcomes: ['failed'],
  },
  {
    how: 'with SIGKILL of the task',
    task: ['--seconds', '0.5', '--ending', 'kill'],
    exitCode: 1,
    outcomes: ['lost'],
  },
  {
    how: 'with Ctrl-C',
    task: ['--seconds', '4'],
    within: once('os.killpg(run.pid, signal.SIGINT)'),
    exitCode: 1,
    outcomes: ['failed', 'lost'],
  },
  {
    how: 'with SIGKILL of its scheduler',
    // A task whose scheduler is gone runs to its end.
    task: ['--seconds', '4'],
    within: once('run.kill()'),
    exitCode: 247,
    outcomes: ['succeeded', 'failed'],
  },
];

interface Ended extends Ending {
  readonly place: FlowPlace;
  readonly run: FlowRun;
}

describe('however a run ends', () => {
  let collector: StoredCollector;
  let ended: readonly Ended[];
  let attempts: readonly StoredAttempt[];

  beforeAll(async () => {
    collector = await startStoredCollector();
    ended = await severalAtOnce(ENDINGS, end);
    attempts = await collector.attempts();
  });

  afterAll(async () => {
    await collector.close();
    for (const { place } of ended) place.remove();
  });

  async function end(ending: Ending): Promise<Ended> {
    const place = makeFlowPlace();
    const run = await place.python(
      [FLOW, 'run', '--with', 'stepfit', ...ending.task],
      {
        METAFLOW_STEPFIT_URL: collector.url,
        STEPFIT_TEST_BEGUN: join(place.workDir, '../begun'),
      },
      ending.within,
    );
    await place.allEnded();
    return { ...ending, place, run };
  }

  it.each(ENDINGS.map(({ how }, index) => [how, index] as const))(
    '%s, nothing hangs, no process is left, and no file',
    (_, index) => {
      const { place, run, exitCode, outcomes } = ended[index] ?? never();
      expect(run.exitCode, run.output).toBe(exitCode);
      const start = attempts.find(
        (attempt) => attempt.run === run.runId && attempt.step === 'start',
      );
      expect(outcomes).toContain(start?.outcome);
      expect(start?.peak_memory_mib).toBeGreaterThan(10);
      expect(readdirSync(place.workDir)).toEqual([]);
      expect(place.spooled()).toEqual([]);
    },
  );
});

function never(): never {
  throw new Error('It was not run.');
}
