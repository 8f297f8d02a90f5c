import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { weekOf } from '@stepfit/api/notify/collect-notices';
import type { Notice } from '@stepfit/api/notify/messages';
import { notifyOnce } from '@stepfit/api/notify/notify';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { storePolicies } from '@stepfit/tuner/policy/load-policy';
import { tuneDueSteps } from '@stepfit/tuner/tuner-worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { emptyStore, onEachStore } from '../../support/database.ts';
import { silentLog } from '../../support/silent-log.ts';
import { addAttempts, KEY, NOW, runs } from '../../tuner/support/rows.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

describe('notifications', () => {
  let received: Notice[] = [];
  let status = 204;
  let url: string;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push((JSON.parse(body) as { data: Notice }).data);
      response.writeHead(status).end();
    });
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => server.close());

  onEachStore((store) => {
    beforeEach(async () => {
      await emptyStore(store());
      received = [];
      status = 204;
    });

    async function tune(at = NOW): Promise<void> {
      const context = { store: store(), log: silentLog, prices: EXAMPLE_PRICES };
      await tuneDueSteps({ ...context, clock: () => at });
    }

    /** How many were delivered at that moment. */
    async function notify(afterMs = 0, owner?: string): Promise<number> {
      function clock(): Date {
        return new Date(NOW.getTime() + afterMs);
      }
      const hook = { name: 'h', url, kind: 'webhook', send: ['events', 'digest'] } as const;
      const hooks = [{ ...hook, ...(owner !== undefined && { owner }) }];
      return notifyOnce({ store: store(), clock, log: silentLog, hooks });
    }

    it('are silent where there is nothing to do', async () => {
      await addAttempts(store(), runs(1));
      await tune();

      expect(await notify()).toBe(0);
      expect(received).toEqual([]);
    });

    it('tell each owner once a week what waits for them', async () => {
      await addAttempts(store(), [
        ...runs(6, { owner: 'vision' }),
        ...runs(6, { step: 'other', owner: 'speech' }),
      ]);
      await tune();

      expect(await notify(0, 'vision')).toBe(1);
      expect(received).toMatchObject([
        {
          type: 'stepfit.digest',
          owner: 'vision',
          toDo: [
            { flow: KEY.flow, step: KEY.step, change: expect.stringContaining('memory') as string },
          ],
        },
      ]);
      expect(await notify(MINUTE_MS, 'vision')).toBe(0);
      expect(await notify(7 * DAY_MS, 'vision')).toBe(1);
    });

    it('tell the owner that a policy names', async () => {
      await addAttempts(store(), runs(6, { owner: 'vision' }));
      await storePolicies(store().db, {
        project: KEY.project,
        document: { exclude: [], policies: [{ policy: { owner: 'platform' } }] },
        actor: 'ana',
        at: NOW,
      });
      await tune();

      expect(await notify(0, 'vision')).toBe(0);
      expect(await notify(0, 'platform')).toBe(1);
    });

    it('tell what took effect, once, whatever the number of replicas', async () => {
      await addAttempts(store(), runs(6));
      await tune();
      const [suggestion] = await store().db.selectFrom('suggestion').selectAll().execute();
      const body = suggestion?.body as { suggestedEffective: { memoryMiB: number } };
      const later = new Date(NOW.getTime() + DAY_MS);
      await addAttempts(
        store(),
        runs(
          1,
          {
            started_at: later,
            ended_at: new Date(later.getTime() + MINUTE_MS),
            request_memory_mib: body.suggestedEffective.memoryMiB,
          },
          7,
        ),
      );
      await tune(later);
      const delivered = await Promise.all([notify(DAY_MS), notify(DAY_MS), notify(DAY_MS)]);

      expect(delivered.reduce((sum, count) => sum + count, 0)).toBe(received.length);
      expect(received.filter(({ type }) => type === 'stepfit.event')).toMatchObject([
        { event: 'apply', line: { step: KEY.step } },
      ]);
    });

    it('are tried again, later and later, until they arrive', async () => {
      await addAttempts(store(), runs(6));
      await tune();
      status = 503;

      expect(await notify()).toBe(0);
      expect(await notify(MINUTE_MS / 2)).toBe(0);
      expect(received).toHaveLength(1);
      expect(await notify(MINUTE_MS)).toBe(0);
      expect(received).toHaveLength(2);
      status = 200;
      expect(await notify(2 * MINUTE_MS)).toBe(0);
      expect(await notify(3 * MINUTE_MS)).toBe(1);
      expect(received).toHaveLength(3);
      expect(new Set(received.map((notice) => JSON.stringify(notice))).size).toBe(1);
    });
  });

  it('count weeks from Monday', () => {
    expect(weekOf(new Date('2026-11-23T00:00:00Z'))).toBe('2026-11-23');
    expect(weekOf(new Date('2026-11-29T23:59:59Z'))).toBe('2026-11-23');
    expect(weekOf(new Date('2026-11-22T23:59:59Z'))).toBe('2026-11-16');
  });
});
