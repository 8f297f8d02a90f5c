import type { Prices } from '../model/prices.ts';
import type { Savings } from '../model/suggestion.ts';
import { coresWords, countWords, memoryWords, moneyWords, shareWords } from '../words/amounts.ts';
import type { StepJudgement } from './judge-step.ts';
import type { StepSetup } from './step-setup.ts';

/** Why the suggested values, in sentences: a resource each, then the proof, then the money. */
export function reasonsFor(input: {
  readonly setup: StepSetup;
  readonly judgement: StepJudgement;
  readonly savings: Savings;
  readonly prices: Prices;
}): string[] {
  const { setup, judgement, savings, prices } = input;
  const { cpu, gpu } = judgement;
  const reasons = memoryReasons(judgement, setup.effective.memoryMiB);
  if (cpu?.isChanged === true) {
    const now = setup.effective.cpuCores ?? 0;
    reasons.push(`${capitalized(coresWords(cpu.cpuCores))} instead of ${now}: ${cpu.words}.`);
  }
  if (cpu?.throttleWords !== undefined) reasons.push(cpu.throttleWords);
  if (judgement.sizeWords !== undefined) reasons.push(`${judgement.sizeWords}.`);
  if (gpu?.isChanged === true) reasons.push(gpu.evidence.verdict);
  reasons.push(moneySentence(savings, prices));
  return reasons;
}

/** Why everything stays as it is, for a step that is left alone. */
export function unchangedWords({ memory, cpu, gpu }: StepJudgement): string {
  const parts = [
    ...(memory === undefined ? [] : [`Memory: ${memory.words}.`]),
    ...(cpu === undefined
      ? []
      : [`Cores: ${cpu.words}.`, cpu.throttleWords ?? '', cpu.shortageWords ?? '']),
    ...(gpu === undefined ? [] : [`GPUs: ${gpu.evidence.verdict}`]),
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function memoryReasons(judgement: StepJudgement, currentMiB = 0): string[] {
  const { memory } = judgement;
  if (memory?.isChanged !== true) return byFeaturesWords(judgement);
  return [
    `Memory ${memoryWords(memory.plan.firstMiB)} instead of ${memoryWords(currentMiB)}: ${memory.words}.`,
    replayWords(judgement, 'suggested'),
  ];
}

/** Why memory is left as it is in the source, and what sizing each task at launch does instead. */
function byFeaturesWords(judgement: StepJudgement): string[] {
  const proof = judgement.memoryEvidence?.formulaProof;
  if (proof === undefined) return [];
  return [
    `No single value of memory saves: ${judgement.memory?.words ?? ''}.`,
    `By its features it does: memory = ${proof.words}.`,
    `${replayWords(judgement, 'by formula')} At most ${shareWords(proof.upperBound)} of the next will (${shareWords(proof.confidence)} sure).`,
  ];
}

function replayWords({ memoryEvidence }: StepJudgement, label: 'suggested' | 'by formula'): string {
  const rows = memoryEvidence?.memoryReplay ?? [];
  const current = rows.find((row) => row.label === 'current');
  const suggested = rows.find((row) => row.label === label);
  if (current === undefined || suggested === undefined) return '';
  return (
    `Had it been in force, ${suggested.failures} of ${countWords(suggested.attempts, 'attempt')} would ` +
    `have run out of memory at first; with the current value, ${current.failures}.`
  );
}

function moneySentence(savings: Savings, prices: Prices): string {
  const { costUsdPerRun, costShare, billedUnit } = savings;
  const source = prices.isExample ? 'at example prices, not your bill' : `at ${prices.name}`;
  const money = `${moneyWords(Math.abs(costUsdPerRun))} a run`;
  const share = `${shareWords(costShare)} of what the step costs`;
  const isSaved = billedUnit === 'task';
  if (costUsdPerRun < 0) {
    return isSaved
      ? `Costs ${money} more, ${source}.`
      : `Takes capacity worth ${money}, ${source}.`;
  }
  return isSaved
    ? `Saves ${money}, ${share}, ${source}.`
    : `Frees capacity worth ${money}, ${share}, ${source}; machines are shared, so the bill falls once one can go.`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
