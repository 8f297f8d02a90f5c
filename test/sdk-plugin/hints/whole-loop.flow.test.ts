import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { openStore, type Store } from '@stepfit/collector/db/open-store';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import { storePolicies } from '@stepfit/tuner/policy/load-policy';
import { suggestionsOfFlow } from '@stepfit/tuner/suggestion/suggestion-repository';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { serveApp, type ServedApp } from '../../api/support/served-app.ts';
import { type FlowPlace, makeFlowPlace } from '../../support/metaflow-run.ts';
import { silentLog } from '../../support/silent-log.ts';
import type { StoredAttempt } from '../../support/stored-collector.ts';
import { addAttempts, attemptRow } from '../../tuner/support/rows.ts';

const FLOW = join(import.meta.dirname, 'hinted_flow.py');
const KEY = { project: 'default', flow: 'HintedFlow', step: 'work' };
const RUNS = 60;
/** Two tasks each: that all of them are of one share happens once in 32,000 times. */
const MOST_RUNS = 8;

/** The real server and store, the real tuner, and a real run: nothing in between is told what to say. */
describe('a step in mode auto', () => {
  let store: Store;
  let served: ServedApp;
  let place: FlowPlace;
  let url: string;

  beforeAll(async () => {
    store = await openStore({ log: silentLog });
    served = await serveApp(store);
    url = await served.app.listen({ port: 0, host: '127.0.0.1' });
    place = makeFlowPlace();
    await addAttempts(
      store,
      Array.from({ length: RUNS }, (_, run) =>
        attemptRow({
          ...KEY,
          run: `earlier-${String(run)}`,
          backend: 'local',
          declared_cpu_cores: 4,
          declared_memory_mib: 8000,
          declared_decorators: JSON.stringify([
            { name: 'resources', attributes: { cpu: 4, memory: 8000 } },
          ]),
          request_cpu_cores: 4,
          request_memory_mib: 8000,
          host_cpu_cores: 8,
        }),
      ),
    );
    await storePolicies(store.db, {
      project: KEY.project,
      document: { exclude: [], policies: [{ policy: { mode: 'auto', canaryRatio: 0.5 } }] },
      actor: 'test',
      at: new Date(),
    });
    await served.settleAndTune();
  });

  afterAll(async () => {
    await served.close();
    await store.close();
    place.remove();
  });

  it('is tried at the next launch on a share of its tasks, and each attempt is stored with what it got', async () => {
    const [tried] = await ofStep();
    const triedMiB = tried?.rollout?.plan.first.memoryMiB;
    expect(triedMiB).toBeLessThan(8000);

    const before = new Set((await storedAttempts()).map(({ run }) => run));
    const first = await place.run(FLOW, url);
    expect(first.exitCode, first.output).toBe(0);
    expect(first.output).toContain(
      `memory=${String(triedMiB)} instead of 8000 for 50 % of its tasks`,
    );

    // Which tasks are tried follows from their names: until there are some of both.
    let attempts = await newAttempts(before);
    for (let runs = 1; runs < MOST_RUNS && armsOf(attempts).size < 2; runs += 1) {
      await place.run(FLOW, url);
      attempts = await newAttempts(before);
    }
    expect(armsOf(attempts)).toEqual(new Set(['hinted', 'control']));
    for (const { run, task, hint, declared_memory_mib, request_memory_mib } of attempts) {
      const isHinted = placeOf(String(tried?.suggestionId), run, task) < 0.5;
      expect(hint).toMatchObject({
        suggestionId: tried?.suggestionId,
        arm: isHinted ? 'hinted' : 'control',
        before: { cpuCores: 4, memoryMiB: 8000 },
      });
      expect(declared_memory_mib).toBe(8000);
      expect(request_memory_mib).toBe(isHinted ? triedMiB : 8000);
    }
  });

  it('goes on being tried: what it was given does not take its suggestion away', async () => {
    const before = await ofStep();
    await served.settleAndTune();
    const after = await ofStep();
    expect(after.map(({ suggestionId }) => suggestionId)).toEqual(
      before.map(({ suggestionId }) => suggestionId),
    );
    expect(after[0]?.effective).toMatchObject({ cpuCores: 4, memoryMiB: 8000 });
  });

  /** What is tried or in force for the step. */
  async function ofStep(): Promise<Suggestion[]> {
    const live = await suggestionsOfFlow(store.db, KEY, ['accepted', 'applied', 'verified']);
    return live.filter(({ step }) => step === KEY.step);
  }

  async function newAttempts(before: ReadonlySet<string>): Promise<StoredAttempt[]> {
    await place.samplersEnded();
    return (await storedAttempts()).filter(({ run }) => !before.has(run));
  }

  async function storedAttempts(): Promise<StoredAttempt[]> {
    return store.db
      .selectFrom('attempt')
      .selectAll()
      .where('step', '=', KEY.step)
      .where('flow', '=', KEY.flow)
      .execute();
  }
});

function armsOf(attempts: readonly StoredAttempt[]): Set<string | undefined> {
  return new Set(attempts.map(({ hint }) => hint?.arm));
}

/** As the API describes it: the first 32 bits of the SHA-256, over 2³². */
function placeOf(suggestionId: string, run: string, task: string): number {
  const name = [suggestionId, run, KEY.step, task].join('\n');
  return createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32;
}
