import { createHash } from 'node:crypto';

import { askServer } from '../attempt/ask-server.ts';
import type { Features, Request } from '../attempt/attempt.ts';
import type { Settings } from '../settings.ts';

/** Version of the server's answer that this understands. */
const HINTS_VERSION = 1;
const WITHIN_MS = 1_000;
/** Of what a binary fraction leaves of a whole number of steps. */
const STEP_SLACK = 1e-9;

/** What each attempt at a task should ask for: the second and the last are for one that ran out of memory. */
export interface Plan {
  readonly first: Request;
  readonly second: Request;
  readonly last: Request;
}

/** What a step should ask for, or why it stays as it is. */
export type Hints =
  | { readonly kind: 'plan'; readonly plan: Plan; readonly suggestionId: string }
  | { readonly kind: 'refusal'; readonly code: string; readonly detail: string };

/** The task that is about to start. */
export interface HintTask {
  /** What the step asks for by itself: a hint is only ever given for that. */
  readonly request?: Request;
  /** Where values are tried on a share of the tasks, these tell whether this task is among them. */
  readonly run?: string;
  readonly task?: string;
}

export interface HintQuestion extends HintTask {
  readonly flow: string;
  readonly step: string;
  /** Known of the task before it starts; a proven formula sizes it by them. */
  readonly features: Features;
}

/**
 * Asks the server what a step should ask for: one question, one second. A server that is away, or that says what
 * this does not understand, is a refusal: nothing changes then.
 */
export async function askHints(settings: Settings, question: HintQuestion): Promise<Hints> {
  const { flow, step, request = {} } = question;
  const answer = await askServer(settings, {
    method: 'POST',
    target: '/api/v1/hints',
    body: {
      project: settings.project,
      flow,
      steps: [{ step, backend: 'command', current: request }],
    },
    withinMs: WITHIN_MS,
  });
  return readHints(answer, question);
}

/** The wire's shapes as far as they are read; `docs/rest.md` has them whole. */
interface WireHint {
  readonly suggestionId: string;
  readonly share: number;
  readonly plan: Plan;
  readonly memoryFormula?: MemoryFormula;
  readonly memoryFloorMiB: number;
  readonly memoryCapMiB: number;
  readonly memoryStepMiB: number;
}
type MemoryFormula =
  | {
      readonly kind: 'line';
      readonly feature: string;
      readonly baseMiB: number;
      readonly slopeMiB: number;
      readonly leastMiB: number;
      readonly from: number;
      readonly to: number;
      readonly factor: number;
    }
  | {
      readonly kind: 'labels';
      readonly feature: string;
      readonly needsMiB: Readonly<Record<string, number>>;
      readonly factor: number;
    };

interface StepWord {
  readonly hint?: WireHint;
  readonly refusal?: { readonly code?: string; readonly detail?: string };
}

/** Reads the answer on the one step that was asked about. */
export function readHints(answer: unknown, question: HintQuestion): Hints {
  const { version, steps } = (answer ?? {}) as { version?: unknown; steps?: unknown };
  if (version !== HINTS_VERSION || !Array.isArray(steps)) {
    return refusal(
      'no-answer',
      'The server did not answer in a way that this version understands.',
    );
  }
  // The version says that the rest has the shape above.
  const [word] = steps as readonly StepWord[];
  const hint = word?.hint;
  if (hint === undefined) {
    const { code = 'no-suggestion', detail = 'There is no suggestion for this step.' } =
      word?.refusal ?? {};
    return refusal(code, detail);
  }
  if (!isAmongShare(hint, question)) {
    return refusal('not-in-share', 'The values are being tried on other tasks of this step.');
  }
  return {
    kind: 'plan',
    plan: planForTask(hint, question.features),
    suggestionId: hint.suggestionId,
  };
}

/** The same whoever asks and however often: the wire's definition of `share` says how. */
function isAmongShare(
  { suggestionId, share }: WireHint,
  { run, step, task }: HintQuestion,
): boolean {
  if (share >= 1) return true;
  if (run === undefined || task === undefined) return false;
  const name = [suggestionId, run, step, task].join('\n');
  return createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32 < share;
}

function refusal(code: string, detail: string): Hints {
  return { kind: 'refusal', code, detail };
}

/**
 * The step's plan, its first memory replaced by the formula's where that says something of the task. No value is
 * above the plan's last; each is at least the one before it.
 */
function planForTask(hint: WireHint, features: Features): Plan {
  const { plan, memoryFormula, memoryFloorMiB, memoryCapMiB, memoryStepMiB } = hint;
  const wishMiB = memoryFormula && evaluate(memoryFormula, features[memoryFormula.feature]);
  const lastMiB = plan.last.memoryMiB;
  if (wishMiB === undefined || lastMiB === undefined) return plan;
  const roundedMiB = Math.ceil(wishMiB / memoryStepMiB - STEP_SLACK) * memoryStepMiB;
  const fittedMiB = Math.min(Math.max(roundedMiB, memoryFloorMiB), memoryCapMiB);
  const firstMiB = Math.min(fittedMiB, lastMiB);
  const secondMiB = Math.max(firstMiB, plan.second.memoryMiB ?? firstMiB);
  return {
    first: { ...plan.first, memoryMiB: firstMiB },
    second: { ...plan.second, memoryMiB: secondMiB },
    last: plan.last,
  };
}

/** MiB before rounding; `undefined` where the formula says nothing of such a task. */
function evaluate(formula: MemoryFormula, value: Features[string] | undefined): number | undefined {
  if (formula.kind === 'labels') {
    const needMiB = typeof value === 'number' ? undefined : formula.needsMiB[String(value)];
    return needMiB === undefined ? undefined : needMiB * formula.factor;
  }
  const { baseMiB, slopeMiB, leastMiB, from, to, factor } = formula;
  if (typeof value !== 'number' || !(value <= to) || (value < from && slopeMiB < 0)) {
    return undefined;
  }
  return Math.max(baseMiB + slopeMiB * Math.max(value, from), leastMiB) * factor;
}
