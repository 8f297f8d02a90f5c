import type { Result } from '@stepfit/tuner/compare/compare';
import type { Protocol } from '@stepfit/tuner/compare/protocols';
import type { Tally } from '@stepfit/tuner/compare/tally';

import { PROTOTYPE } from './published-figures.ts';
import { amount, wasteGbHours } from './result-tables.ts';
import type { Table } from './table.ts';

/** Point by point: is one of the shadow's points at least as good in waste and in failures? */
export function prototypeTable(protocol: Protocol, shadows: readonly Result[]): Table {
  const points = PROTOTYPE.filter((figure) => figure.protocol === protocol);
  return {
    title: `${protocol}: the prototype’s curve, point by point`,
    notes: ['A point is met where one of ours wastes no more and fails no more often.'],
    columns: ['point', 'waste GB-h / failures', 'met', 'by', 'waste GB-h / failures'],
    rows: points.map((point) => {
      const better = cheapest(shadows, point.failures, ({ total }) => total);
      const isMet = better !== undefined && wasteGbHours(better.total) <= point.wasteGbHours;
      return [
        point.name,
        `${amount(point.wasteGbHours)} / ${point.failures}`,
        isMet ? 'yes' : 'no',
        better?.contender.name ?? 'none fails so seldom',
        better === undefined ? '–' : pointWords(better.total),
      ];
    }),
  };
}

/** Of those that fail no more than `mostFailures`, the one of least waste. */
function cheapest(
  results: readonly Result[],
  mostFailures: number,
  tallyOf: (result: Result) => Tally | undefined,
): Result | undefined {
  let best: { result: Result; waste: number } | undefined;
  for (const result of results) {
    const tally = tallyOf(result);
    if (tally === undefined || tally.failures > mostFailures) continue;
    const waste = wasteGbHours(tally);
    if (best === undefined || waste < best.waste) best = { result, waste };
  }
  return best?.result;
}

function pointWords(tally: Tally): string {
  return `${amount(wasteGbHours(tally))} / ${tally.failures}`;
}

/**
 * Workflow by workflow: the peer of least waste among those that fail no more often than a point of ours,
 * and how our waste compares with it. A peer's point only counts against ours at equal failures or fewer.
 */
export function equalFailuresTable(
  protocol: Protocol,
  shadows: readonly Result[],
  peers: readonly Result[],
): Table {
  const names = shadows[0]?.traces.map(({ trace }) => trace) ?? [];
  const rows = names.flatMap((name, place) =>
    shadows.map((shadow) => {
      const ours = shadow.traces[place]?.total;
      if (ours === undefined) return [];
      const peer = cheapest(peers, ours.failures, ({ traces }) => traces[place]?.total);
      const theirs = peer?.traces[place]?.total;
      const ratio = theirs === undefined ? undefined : wasteGbHours(ours) / wasteGbHours(theirs);
      return [
        `${name}: ${shadow.contender.name}`,
        pointWords(ours),
        peer?.contender.name ?? 'none',
        theirs === undefined ? '–' : pointWords(theirs),
        ratio === undefined ? '–' : `× ${ratio.toFixed(2)}`,
        ratio !== undefined && ratio > 1.1 ? 'worse by > 10 %' : 'ok',
      ];
    }),
  );
  return {
    title: `${protocol}: against the best peer that fails no more often`,
    columns: [
      'workflow: ours',
      'waste / failures',
      'best peer',
      'waste / failures',
      'ratio',
      'verdict',
    ],
    endsInWords: true,
    rows,
  };
}
