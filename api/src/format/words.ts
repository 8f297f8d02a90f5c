import type { Evidence } from '@stepfit/tuner/model/evidence';
import type { Resources, Savings, SuggestionBody } from '@stepfit/tuner/model/suggestion';

import {
  formatAmount,
  formatBound,
  formatCores,
  formatCount,
  formatMemory,
  formatMoneyPerRun,
  formatShare,
  UNKNOWN,
} from './quantities.ts';

/** What is said of a step that the tuner has not looked at yet. */
export const PENDING_WORDS =
  'No verdict yet: the tuner looks at a step soon after an attempt ends.';

/** A stretch of the running time below this is measurement noise, not a cost. */
const STRETCH_NOISE_RATIO = 0.0005;

/** `15.6 GiB → 384 MiB`, or the one value where nothing changes. */
export function describeMemory(from: Resources, to: Resources | undefined): string {
  return arrow(formatMemory(from.memoryMiB), formatMemory(to?.memoryMiB));
}

/** `8 → 1`, or the one value where nothing changes. */
export function describeCores(from: Resources, to: Resources | undefined): string {
  return arrow(formatCores(from.cpuCores), formatCores(to?.cpuCores));
}

/** `1 → 0`, or the one value where nothing changes. */
export function describeGpus(from: Resources, to: Resources | undefined): string {
  return arrow(
    from.gpuCount === undefined ? UNKNOWN : String(from.gpuCount),
    to?.gpuCount === undefined ? UNKNOWN : String(to.gpuCount),
  );
}

/** Every resource that changes, in words: `memory 15.6 GiB → 384 MiB, cpu 8 → 1`. */
export function describeChange(from: Resources, to: Resources): string {
  const parts: string[] = [];
  if (isChange(from.memoryMiB, to.memoryMiB)) parts.push(`memory ${describeMemory(from, to)}`);
  if (isChange(from.cpuCores, to.cpuCores)) parts.push(`cpu ${describeCores(from, to)}`);
  if (isChange(from.gpuCount, to.gpuCount)) parts.push(`gpu ${describeGpus(from, to)}`);
  return parts.length === 0 ? 'no change' : parts.join(', ');
}

/** All that is asked for: `memory 15.6 GiB, cpu 8`. */
export function describeResources(resources: Resources): string {
  const parts: string[] = [];
  if (resources.memoryMiB !== undefined) parts.push(`memory ${formatMemory(resources.memoryMiB)}`);
  if (resources.cpuCores !== undefined) parts.push(`cpu ${formatCores(resources.cpuCores)}`);
  if (resources.gpuCount !== undefined) parts.push(`gpu ${resources.gpuCount}`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

/** The proof in one sentence: k of n by replay, the bound on what is to come, and what speed it costs. */
export function describeProof(suggestion: SuggestionBody): string {
  const { evidence } = suggestion;
  const sentences = [describeMemoryProof(evidence)];
  if (isChange(suggestion.effective.cpuCores, suggestion.suggestedEffective.cpuCores)) {
    sentences.push(describeCpuProof(evidence));
  }
  const told = sentences.filter((sentence) => sentence !== undefined);
  return told.length > 0
    ? told.join('; ')
    : `rests on ${formatCount(evidence.attempts, 'attempt')} in ${formatCount(evidence.runs, 'run')}`;
}

function describeMemoryProof(evidence: Evidence): string | undefined {
  const suggested = evidence.memoryReplay.find((row) => row.label === 'suggested');
  if (suggested === undefined) return undefined;
  const current = evidence.memoryReplay.find((row) => row.label === 'current');
  const today = current && current.failures > 0 ? ` (today ${current.failures})` : '';
  const bound = evidence.memoryBound;
  const risk = bound
    ? `; at most ${formatBound(bound.upperBound)} of the next will (${formatShare(bound.confidence)} sure)`
    : '';
  return `${suggested.failures} of ${formatCount(suggested.attempts, 'attempt')} would have run out of memory${today}${risk}`;
}

function describeCpuProof(evidence: Evidence): string | undefined {
  const suggested = evidence.cpuReplay.find((row) => row.label === 'suggested');
  if (suggested === undefined) return undefined;
  const change = suggested.stretchRatio - 1;
  if (Math.abs(change) < STRETCH_NOISE_RATIO) return 'running time unchanged';
  const atLeast = suggested.isLowerBound ? 'at least ' : '';
  return `running time ${atLeast}${formatShare(Math.abs(change))} ${change > 0 ? 'longer' : 'shorter'}`;
}

/** What a run saves or costs more: `saves 94 % of its cost, $0.14 a run; frees 12.3 GiB-h and 3.1 core-h a run`. */
export function describeSavings(savings: Savings): string {
  const amounts: readonly (readonly [number, string])[] = [
    [savings.gibHoursPerRun, 'GiB-h'],
    [savings.coreHoursPerRun, 'core-h'],
    [savings.gpuHoursPerRun, 'GPU-h'],
  ];
  const freed = listAmounts(amounts.filter(([amount]) => amount > 0));
  const added = listAmounts(amounts.filter(([amount]) => amount < 0));
  const parts: string[] = [];
  if (savings.costUsdPerRun > 0) {
    const share = formatShare(savings.costShare);
    parts.push(`saves ${share} of its cost, ${formatMoneyPerRun(savings.costUsdPerRun)}`);
  } else if (savings.costUsdPerRun < 0) {
    parts.push(`costs ${formatMoneyPerRun(-savings.costUsdPerRun)} more`);
  }
  if (freed !== '') parts.push(`frees ${freed} a run`);
  if (added !== '') parts.push(`asks for ${added} more a run`);
  return parts.length === 0 ? 'costs the same' : parts.join('; ');
}

function listAmounts(amounts: readonly (readonly [number, string])[]): string {
  return amounts.map(([amount, unit]) => `${formatAmount(Math.abs(amount))} ${unit}`).join(' and ');
}

function isChange(from: number | undefined, to: number | undefined): boolean {
  return to !== undefined && from !== to;
}

function arrow(from: string, to: string): string {
  return to === UNKNOWN || to === from ? from : `${from} → ${to}`;
}
