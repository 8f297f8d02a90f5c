import { createHash } from 'node:crypto';

import { HINT_RUNGS } from '@stepfit/sdk-plugin/contract/attributes';
import { planForTask } from '@stepfit/tuner/hints/plan-for-task';
import type { Change } from '@stepfit/tuner/lifecycle/change';
import { followUp } from '@stepfit/tuner/lifecycle/follow-up';
import { type Launch, rolledOut } from '@stepfit/tuner/lifecycle/launch';
import { advanceRollout } from '@stepfit/tuner/lifecycle/rollout';
import { standingOf } from '@stepfit/tuner/lifecycle/standing';
import { transition } from '@stepfit/tuner/lifecycle/transition';
import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { DEFAULT_POLICY, type Policy } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import type { Skip } from '@stepfit/tuner/model/skip-reason';
import type { Plan, Suggestion } from '@stepfit/tuner/model/suggestion';
import { memoryGrid } from '@stepfit/tuner/sizing/bounds/policy-grids';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';

import { attempt, HOUR_MS } from '../support/attempts.ts';

const EPOCH_MS = Date.UTC(2026, 0, 5);
const DAY_MS = 24 * HOUR_MS;
const DECLARED = { cpuCores: 1, memoryMiB: 16_384 };
const AS_DECLARED: Plan = { first: DECLARED, second: DECLARED, last: DECLARED };
/** What sizing reads at most here: enough for its proofs, quick enough for months. */
const HISTORY = 300;
const GRID = memoryGrid(DEFAULT_POLICY);

/** One task of a world: what it needs and how long it runs, whatever it is given; or depending on that. */
interface SimulatedTask {
  /** A number, or what it takes of what it is given. */
  readonly needMiB: number | ((givenMiB: number) => number);
  readonly durationMs?: number;
  readonly features?: AttemptUsage['features'];
}

export interface World {
  readonly runs: number;
  readonly tasksPerRun: number;
  readonly policy: Policy;
  readonly task: (run: number, task: number, isHinted: boolean) => SimulatedTask;
  /** Where the policy changes on the way. */
  readonly policyOf?: (run: number) => Policy;
  readonly codeVersion?: (run: number) => string;
}

/** One change of state, and after which run. */
export interface SimulatedEvent {
  readonly run: number;
  readonly suggestionId: string;
  readonly event: string;
  readonly note: string;
  readonly firstMiB: number;
}

export interface Simulated {
  readonly attempts: readonly AttemptUsage[];
  readonly events: readonly SimulatedEvent[];
  readonly suggestions: readonly Suggestion[];
  /** Why nothing was tried, run by run. */
  readonly holds: readonly Skip[];
}

/**
 * Months of a step in mode `auto`, a run a day, through everything that decides: sizing, the life cycle, the
 * roll-out, what launching makes of it, and the backend that kills what needs more than it was given.
 */
export function simulate(world: World): Simulated {
  const attempts: AttemptUsage[] = [];
  const events: SimulatedEvent[] = [];
  const holds: Skip[] = [];
  let suggestions: Suggestion[] = [];
  for (let run = 0; run < world.runs; run += 1) {
    const policy = world.policyOf?.(run) ?? world.policy;
    attempts.push(...runOnce(world, run, suggestions));
    const nowMs = EPOCH_MS + run * DAY_MS + 12 * HOUR_MS;
    const history = attempts.slice(-HISTORY);
    const verdict = decideStep({ flow: 'F', step: 's', history, policy, prices: EXAMPLE_PRICES });
    const moment = { run, nowMs, events };
    const known = { history, policy, nowMs };
    const followed = followUp({ standing: standingOf(suggestions), verdict, ...known });
    suggestions = carryOut(suggestions, followed.changes, moment);
    const tried = advanceRollout({ standing: standingOf(suggestions), ...known });
    suggestions = carryOut(suggestions, tried.changes, moment);
    if (tried.hold !== undefined) holds.push(tried.hold);
  }
  return { attempts, events, suggestions, holds };
}

function runOnce(world: World, run: number, suggestions: readonly Suggestion[]): AttemptUsage[] {
  const offer = rolledOut(suggestions);
  const place = suggestions.findIndex(
    ({ suggestionId }) => suggestionId === offer?.suggestion.suggestionId,
  );
  const otherwise = rolledOut(suggestions.slice(place + 1))?.suggestion.plan;
  return Array.from({ length: world.tasksPerRun }, (_, task) => {
    const id = offer?.suggestion.suggestionId ?? '';
    const isHinted = offer !== undefined && draw(`${id}\n${run}\ns\n${task}`) < offer.share;
    const plan = isHinted ? offer?.suggestion.plan : otherwise;
    return attemptsOf(world, { run, task, offer, isHinted, plan });
  }).flat();
}

interface LaunchedTask {
  readonly run: number;
  readonly task: number;
  readonly offer: Launch | undefined;
  readonly isHinted: boolean;
  /** What launching puts in place of the declared values. */
  readonly plan: Plan | undefined;
}

/** One attempt after the other, each with the next value of its plan, until one is enough. */
function attemptsOf(world: World, launched: LaunchedTask): AttemptUsage[] {
  const { run, task, offer, isHinted, plan } = launched;
  const { needMiB, durationMs = HOUR_MS, features = {} } = world.task(run, task, isHinted);
  const tried: AttemptUsage[] = [];
  const { requests, sizedBy } = requestsOf(launched, features);
  for (const [number, rung] of HINT_RUNGS.entries()) {
    const request = requests[rung];
    const memoryMiB = request.memoryMiB ?? DECLARED.memoryMiB;
    const peakMiB = typeof needMiB === 'number' ? needMiB : needMiB(memoryMiB);
    const isKilled = peakMiB > memoryMiB;
    tried.push({
      ...attempt({
        run: `r${String(run).padStart(4, '0')}`,
        task: `t${task}`,
        attempt: number,
        startedAtMs: EPOCH_MS + run * DAY_MS + number * HOUR_MS,
        durationMs,
        features,
        declared: DECLARED,
        declaredDecorators: [{ name: 'resources', attributes: { cpu: 1, memory: 16_384 } }],
        request,
        outcome: isKilled ? 'oom' : 'succeeded',
        peakMemoryMiB: Math.min(peakMiB, memoryMiB),
        limitMemoryMiB: memoryMiB,
        ...(world.codeVersion !== undefined && { codeVersion: world.codeVersion(run) }),
      }),
      ...(offer !== undefined && {
        hint: {
          suggestionId: offer.suggestion.suggestionId,
          arm: isHinted ? ('hinted' as const) : ('control' as const),
          rung,
          sizedBy,
          before: DECLARED,
          ...(plan !== undefined && { applied: request }),
        },
      }),
    });
    if (!isKilled) break;
  }
  return tried;
}

/** What launching asks for in turn: by the formula where the task gets it and it says something of the task. */
function requestsOf(
  { offer, isHinted, plan }: LaunchedTask,
  features: AttemptUsage['features'],
): { requests: Plan; sizedBy: 'plan' | 'features' } {
  if (plan === undefined) return { requests: AS_DECLARED, sizedBy: 'plan' };
  const formula = isHinted ? offer?.suggestion.evidence.memoryFormula : undefined;
  const [firstMiB = 0, secondMiB = 0, lastMiB = 0] = [plan.first, plan.second, plan.last].map(
    ({ memoryMiB }) => memoryMiB,
  );
  const sized = planForTask({ firstMiB, secondMiB, lastMiB }, formula, GRID, features);
  const requests = {
    first: { ...plan.first, memoryMiB: sized.firstMiB },
    second: { ...plan.second, memoryMiB: sized.secondMiB },
    last: { ...plan.last, memoryMiB: sized.lastMiB },
  };
  return { requests, sizedBy: sized.sizedBy };
}

/** As the contract of hints has it. */
function draw(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32;
}

interface Moment {
  readonly run: number;
  readonly nowMs: number;
  readonly events: SimulatedEvent[];
}

/** As the store carries changes out, by the same transitions. */
function carryOut(
  before: readonly Suggestion[],
  changes: readonly Change[],
  moment: Moment,
): Suggestion[] {
  return changes.reduce<Suggestion[]>(
    (suggestions, change) => {
      if (change.kind === 'propose') {
        return [proposedOf(change, suggestions.length, moment), ...suggestions];
      }
      return suggestions.map((one) =>
        one.suggestionId === change.suggestion.suggestionId ? changed(one, change, moment) : one,
      );
    },
    [...before],
  );
}

function proposedOf(
  { body, strategy }: Extract<Change, { kind: 'propose' }>,
  count: number,
  { nowMs }: Moment,
): Suggestion {
  const at = new Date(nowMs).toISOString();
  return {
    suggestionId: `s${count + 1}`,
    project: 'p',
    flow: 'F',
    step: 's',
    state: 'proposed',
    strategy,
    createdAt: at,
    updatedAt: at,
    revision: 1,
    ...body,
  };
}

function changed(
  current: Suggestion,
  change: Exclude<Change, { kind: 'propose' }>,
  { run, nowMs, events }: Moment,
): Suggestion {
  const updatedAt = new Date(nowMs).toISOString();
  const { stale, ...rest } = current;
  if (change.kind === 'refresh') {
    return { ...current, ...change.body, strategy: change.strategy, updatedAt };
  }
  if (change.kind === 'stale') {
    const { reason } = change;
    return reason === undefined ? rest : { ...rest, stale: stale ?? { since: updatedAt, reason } };
  }
  return moved(current, change, { run, nowMs, events });
}

function moved(
  current: Suggestion,
  change: Extract<Change, { kind: 'move' | 'rollout' }>,
  { run, nowMs, events }: Moment,
): Suggestion {
  const updatedAt = new Date(nowMs).toISOString();
  const { note = '', rollout = current.rollout } = change;
  const event = change.kind === 'move' ? change.event : 'rollout';
  const state = change.kind === 'move' ? transition(current.state, change.event) : current.state;
  if (state === undefined) throw new Error(`${current.state} does not allow ${event}`);
  const firstMiB = (rollout?.plan.first ?? current.suggested).memoryMiB ?? 0;
  events.push({ run, suggestionId: current.suggestionId, event, note, firstMiB });
  return { ...current, state, updatedAt, ...(rollout !== undefined && { rollout }) };
}
