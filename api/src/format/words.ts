import type { CpuReplay, Evidence } from '@stepfit/tuner/model/evidence';
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

/**
 * Every resource that changes, in words: `memory 15.6 GiB → 384 MiB, cpu 8 → 1`. A suggestion that changes none
 * sizes each task at launch.
 */
export function describeChange(from: Resources, to: Resources): string {
  const parts: string[] = [];
  if (isChange(from.memoryMiB, to.memoryMiB)) parts.push(`memory ${describeMemory(from, to)}`);
  if (isChange(from.cpuCores, to.cpuCores)) parts.push(`cpu ${describeCores(from, to)}`);
  if (isChange(from.gpuCount, to.gpuCount)) parts.push(`gpu ${describeGpus(from, to)}`);
  return parts.length === 0 ? 'memory by each task’s features' : parts.join(', ');
}

/** All that is asked for: `memory 15.6 GiB, cpu 8`. */
export function describeResources(resources: Resources): string {
  const parts: string[] = [];
  if (resources.memoryMiB !== undefined) parts.push(`memory ${formatMemory(resources.memoryMiB)}`);
  if (resources.cpuCores !== undefined) parts.push(`cpu ${formatCores(resources.cpuCores)}`);
  if (resources.gpuCount !== undefined) parts.push(`gpu ${resources.gpuCount}`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

/** What the attempts prove about the coming ones, and what is supposed beyond that, in sentences. */
export function describeRisk({ memoryBound: bound }: Evidence): string[] {
  if (bound === undefined) return [];
  const seen =
    `${bound.failures} of ${formatCount(bound.attempts, 'attempt')} would have failed; with ` +
    `${formatShare(bound.confidence)} confidence at most ${formatBound(bound.upperBound)} of future first attempts will`;
  const needed = `${formatCount(bound.attemptsNeeded, 'attempt')} without a failure would prove the policy’s risk`;
  if (bound.upperBound === bound.distributionFreeBound) return [seen, needed];
  return [
    seen,
    `supposing nothing about needs never seen: at most ${formatBound(bound.distributionFreeBound)}; ${needed}`,
  ];
}

/** Features a step must have before predictors by feature are worth a word. */
const MIN_PREDICTORS = 2;
const PREDICTORS_SHOWN = 5;

/** How each attempt would be sized by what is known of it before it starts, in sentences. */
export function describeMethod({ memoryMethod: method }: Evidence): string[] {
  if (method === undefined || method.bills.length < MIN_PREDICTORS) return [];
  const bills = method.bills
    .slice(0, PREDICTORS_SHOWN)
    .map(({ shadow, wasteRatio }) => `${shadow} × ${formatAmount(wasteRatio)}`)
    .join(', ');
  const factor =
    method.factor === undefined || method.upperBound === undefined
      ? []
      : [
          `times ${formatAmount(method.factor)}, at most ${formatBound(method.upperBound)} of future first attempts fail`,
        ];
  return [`${method.formula} (${method.shadow})`, ...factor, `waste so far: ${bills}`];
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

/** Of the value suggested, or of sizing each task where there is none. */
function describeMemoryProof(evidence: Evidence): string | undefined {
  const byValue = evidence.memoryReplay.find((row) => row.label === 'suggested');
  const suggested = byValue ?? evidence.memoryReplay.find((row) => row.label === 'by formula');
  if (suggested === undefined) return undefined;
  const current = evidence.memoryReplay.find((row) => row.label === 'current');
  const today = current && current.failures > 0 ? ` (today ${current.failures})` : '';
  const bound = byValue === undefined ? evidence.formulaProof : evidence.memoryBound;
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

/** Running time against the time measured: `× 1.033`, `≥ × 1.000`, or from best to worst `× 0.500–1.000`. */
export function describeRunningTime({ stretchRatio, bestRatio, isLowerBound }: CpuReplay): string {
  const worst = stretchRatio.toFixed(3);
  if (bestRatio !== undefined) return `× ${bestRatio.toFixed(3)}–${worst}`;
  return `${isLowerBound ? '≥ ' : ''}× ${worst}`;
}

/**
 * What a run saves where each task is billed, `saves 94 % of its cost, $0.14 a run; frees 12.3 GiB-h a run`,
 * and what it frees where machines are shared, `frees 12.3 GiB-h a run, worth $0.14 a run, 94 % of its cost`.
 */
export function describeSavings(savings: Savings): string {
  const { costUsdPerRun, billedUnit } = savings;
  const capacity = describeCapacity(savings);
  const money = formatMoneyPerRun(Math.abs(costUsdPerRun));
  const share = `${formatShare(savings.costShare)} of its cost`;
  if (costUsdPerRun === 0) return capacity === '' ? 'costs the same' : capacity;
  if (billedUnit === 'task') {
    const saved = costUsdPerRun > 0 ? `saves ${share}, ${money}` : `costs ${money} more`;
    return capacity === '' ? saved : `${saved}; ${capacity}`;
  }
  return costUsdPerRun > 0
    ? `${capacity}, worth ${money}, ${share}`
    : `${capacity}, worth ${money}`;
}

function describeCapacity({ gibHoursPerRun, coreHoursPerRun, gpuHoursPerRun }: Savings): string {
  const amounts: readonly (readonly [number, string])[] = [
    [gibHoursPerRun, 'GiB-h'],
    [coreHoursPerRun, 'core-h'],
    [gpuHoursPerRun, 'GPU-h'],
  ];
  const freed = listAmounts(amounts.filter(([amount]) => amount > 0));
  const added = listAmounts(amounts.filter(([amount]) => amount < 0));
  return [
    ...(freed === '' ? [] : [`frees ${freed} a run`]),
    ...(added === '' ? [] : [`asks for ${added} more a run`]),
  ].join('; ');
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
