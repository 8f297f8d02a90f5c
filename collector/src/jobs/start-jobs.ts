import type { CollectorContext } from '../collector-context.ts';
import { closeSilent } from '../usage/close-silent.ts';
import { maintainPartitions } from '../usage/retention.ts';
import { settleOneStep } from '../usage/settle.ts';
import { type Job, startJob } from './job.ts';

export interface CollectorJobSettings {
  /** Rest between looks for attempts to settle, milliseconds; 1 s unless given. */
  readonly settleMs?: number;
  /** How long an attempt may say nothing before it is closed, milliseconds; 120 s unless given. */
  readonly silenceMs?: number;
  /** Rest between looks for silent attempts, milliseconds; 5 s unless given. */
  readonly silenceCheckMs?: number;
  /** Rest between rounds of partition upkeep, milliseconds; an hour unless given. */
  readonly partitionsMs?: number;
}

/** People watch a report while a run ends: a second is as good as at once. */
const SETTLE_MS = 1_000;
/** Samplers push each second or two; two minutes of nothing outlast a paused container or a full network. */
const SILENCE_MS = 120_000;
const SILENCE_CHECK_MS = 5_000;
/** Partitions are made days ahead, so a round may fail and the next be in time. */
const PARTITIONS_MS = 3_600_000;

/**
 * Starts what the collector does besides ingest: settling ended attempts, closing silent ones, and keeping
 * the series' partitions. Safe on any number of replicas at once.
 */
export function startCollectorJobs(context: CollectorContext & CollectorJobSettings): {
  /** Waits for the rounds under way. */
  stop(): Promise<void>;
} {
  const { store, clock, log, limits, meters } = context;
  const listeningSince = clock();
  const jobs: readonly Job[] = [
    startJob({
      name: 'settle',
      restMs: context.settleMs ?? SETTLE_MS,
      log,
      async round() {
        const settled = await settleOneStep(store.db, clock());
        meters?.attemptsSettled(settled);
        return settled > 0;
      },
    }),
    startJob({
      name: 'close-silent',
      restMs: context.silenceCheckMs ?? SILENCE_CHECK_MS,
      log,
      async round() {
        const closed = await closeSilent(store.db, {
          now: clock(),
          listeningSince,
          silenceMs: context.silenceMs ?? SILENCE_MS,
        });
        if (closed > 0) log.info({ attempts: closed }, 'silent attempts closed');
        return closed > 0;
      },
    }),
    startJob({
      name: 'partitions',
      restMs: context.partitionsMs ?? PARTITIONS_MS,
      log,
      async round() {
        const result = await maintainPartitions(store.db, {
          now: clock(),
          retentionDays: limits.retentionDays,
        });
        if (result.dropped.length > 0) log.info(result, 'old partitions dropped');
        return false;
      },
    }),
  ];
  return {
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}
