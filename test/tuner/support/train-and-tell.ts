import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openStore } from '@stepfit/collector/db/open-store';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { createNetTrainer } from '@stepfit/tuner/quantile-net/train-due-nets';
import { tuneDueSteps } from '@stepfit/tuner/tuner-worker';

import { silentLog } from '../../support/silent-log.ts';
import { stepsWithFeatures } from './product-step.ts';
import { addAttempts, NOW } from './rows.ts';

/** Run as a program: two rounds of training and a pass of tuning, and what came of them as JSON. */
process.stdout.write(JSON.stringify(await run()));

async function run(): Promise<object> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stepfit-without-'));
  const store = await openStore({ dataDir, log: silentLog });
  try {
    await addAttempts(store, stepsWithFeatures(330));
    const messages: string[] = [];
    function say(_fields: object, message: string): void {
      messages.push(message);
    }
    const log = { ...silentLog, info: say, warn: say, error: say };
    const trainer = createNetTrainer({ store, clock: () => NOW, log });
    const rounds = [await trainer.round(), await trainer.round()];
    const context = { store, clock: () => NOW, log: silentLog, prices: EXAMPLE_PRICES };
    const tuned = await tuneDueSteps({ ...context, network: 'on' });
    const found = await store.db.selectFrom('suggestion').select(['step', 'body']).execute();
    const methods = Object.fromEntries(
      found.map(({ step, body }) => [
        step,
        (body as { evidence: { memoryMethod?: { shadow: string } } }).evidence.memoryMethod?.shadow,
      ]),
    );
    return { rounds, messages, tuned, methods };
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true });
  }
}
