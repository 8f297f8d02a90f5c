import { renderSavings } from '@stepfit/api/format/savings-text';
import { PLAIN_STYLE } from '@stepfit/api/format/style';
import { ledgerOf } from '@stepfit/tuner/ledger/ledger-of';
import { type PaidAttempt, realisedSavings } from '@stepfit/tuner/ledger/realised';
import { Ledger } from '@stepfit/tuner/model/ledger';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';

import { attempt, HOUR_MS } from '../../tuner/support/attempts.ts';
import { suggestion } from '../support/samples.ts';

const SINCE = new Date(Date.UTC(2026, 7, 1));
const BEFORE = { cpuCores: 8, memoryMiB: 16_384 };
const AFTER = { cpuCores: 2, memoryMiB: 4096 };

function taken(step: string, changes: Partial<Suggestion> = {}): Suggestion {
  return {
    ...suggestion(),
    suggestionId: `of-${step}`,
    step,
    state: 'verified',
    createdAt: SINCE.toISOString(),
    effective: BEFORE,
    suggested: AFTER,
    suggestedEffective: AFTER,
    ...changes,
  };
}

/** A task a day, of an hour more or less; one that is killed is repeated with what it had before. */
function tasks(days: number, isKilled: (day: number) => boolean = () => false): PaidAttempt[] {
  return Array.from({ length: days }, (_, day) => {
    const startedAtMs = SINCE.getTime() + day * 24 * HOUR_MS;
    const durationMs = HOUR_MS * (1 + (day % 5) / 10);
    const first = { run: `r${day}`, startedAtMs, durationMs, declared: AFTER, request: AFTER };
    if (!isKilled(day)) return [attempt(first)];
    const again = { ...first, attempt: 1, startedAtMs: startedAtMs + durationMs, request: BEFORE };
    return [attempt({ ...first, outcome: 'oom' }), attempt(again)];
  }).flat();
}

const ledger = ledgerOf(
  [
    realisedSavings(
      taken('train'),
      tasks(40, (day) => day === 7),
      EXAMPLE_PRICES,
    ),
    // Every second task is killed and repeated, and what is left of the saving does not pay for it.
    realisedSavings(
      taken('join', { state: 'rolled-back', effective: { cpuCores: 2, memoryMiB: 6144 } }),
      tasks(6, (day) => day % 2 === 0),
      EXAMPLE_PRICES,
    ),
  ].flatMap((found) => found ?? []),
  SINCE,
  EXAMPLE_PRICES,
);

describe('savings', () => {
  it('are told with what retries took off, losses as losses', async () => {
    const text = renderSavings(ledger, { width: 120, style: PLAIN_STYLE });

    expect(ledger.entries.map(({ retries }) => retries)).toEqual([1, 3]);
    expect(ledger.entries[1]?.realised.costUsd.high).toBeLessThan(0);
    await expect(`${text}\n`).toMatchFileSnapshot('../../golden/savings.txt');
  });

  it('are the same as JSON, by the schema', async () => {
    expect(Value.Check(Ledger, ledger)).toBe(true);
    const text = JSON.stringify(ledger, null, 2);
    await expect(`${text}\n`).toMatchFileSnapshot('../../golden/savings.json');
  });

  it('of nothing say so', () => {
    const none = ledgerOf([], SINCE, EXAMPLE_PRICES);

    expect(renderSavings(none, { width: 100, style: PLAIN_STYLE })).toContain(
      'No suggestion has taken effect',
    );
  });
});
