import type { Ledger } from '@stepfit/tuner/model/ledger';

import type {
  Attempt,
  AttemptList,
  AttemptUsageSeries,
} from '../../../src/http/schemas/attempts.ts';
import type { SuggestionEvents } from '../../../src/http/schemas/decisions.ts';
import type { Flow } from '../../../src/http/schemas/flows.ts';
import type { Inbox } from '../../../src/http/schemas/inbox.ts';
import type { Policies, StepPolicy } from '../../../src/http/schemas/policies.ts';
import type { StepReplay } from '../../../src/http/schemas/replay.ts';
import type { Report } from '../../../src/http/schemas/report.ts';
import type { StepExplanation } from '../../../src/http/schemas/steps.ts';
import type { SuggestionList } from '../../../src/http/schemas/suggestions.ts';
import type { System } from '../../../src/http/schemas/system.ts';
import type { Facets, Trend } from '../../../src/http/schemas/trend.ts';
import type { Filters } from '../routing.ts';
import type { InboxState } from '../suggestion-states.ts';
import { getJson } from './request.ts';

/** Every address that pages read, typed by the schemas of the routes. */

interface StepName {
  readonly flow: string;
  readonly step: string;
}

export async function readReport(
  filters: Filters,
  limit: number,
  signal?: AbortSignal,
): Promise<Report> {
  return getJson('/report', { ...filters, limit }, signal);
}

export async function readTrend(filters: Filters, signal?: AbortSignal): Promise<Trend> {
  return getJson('/report/trend', { ...filters }, signal);
}

export async function readFacets(
  project: string | undefined,
  signal?: AbortSignal,
): Promise<Facets> {
  return getJson('/report/facets', { project }, signal);
}

export async function readFlow(
  flow: string,
  { project, days }: Filters,
  signal?: AbortSignal,
): Promise<Flow> {
  return getJson(`/flows/${encodeURIComponent(flow)}`, { project, days }, signal);
}

function stepPath({ flow, step }: StepName): string {
  return `/flows/${encodeURIComponent(flow)}/steps/${encodeURIComponent(step)}`;
}

export async function readStep(
  name: StepName,
  project: string | undefined,
  signal?: AbortSignal,
): Promise<StepExplanation> {
  return getJson(stepPath(name), { project }, signal);
}

export async function readStepReplay(
  name: StepName,
  project: string | undefined,
  signal?: AbortSignal,
): Promise<StepReplay> {
  return getJson(`${stepPath(name)}/replay`, { project }, signal);
}

/** As many as say what became of a step; each comes with its evidence. */
const STEP_SUGGESTIONS = 5;

export async function readStepSuggestions(
  { flow, step }: StepName,
  project: string | undefined,
  signal?: AbortSignal,
): Promise<SuggestionList> {
  return getJson('/suggestions', { project, flow, step, limit: STEP_SUGGESTIONS }, signal);
}

export async function readAttempt(
  attemptId: string,
  project: string | undefined,
  signal?: AbortSignal,
): Promise<Attempt> {
  return getJson(`/attempts/${encodeURIComponent(attemptId)}`, { project }, signal);
}

export async function readUsage(
  attemptId: string,
  project: string | undefined,
  signal?: AbortSignal,
): Promise<AttemptUsageSeries> {
  const path = `/attempts/${encodeURIComponent(attemptId)}/usage`;
  return getJson(path, { project, points: 600 }, signal);
}

export async function readRunning(
  project: string | undefined,
  signal?: AbortSignal,
): Promise<AttemptList> {
  return getJson('/attempts', { project, outcome: 'running', limit: 20 }, signal);
}

export async function readInbox(
  { project, flow, owner, backend }: Filters,
  state: InboxState,
  signal?: AbortSignal,
): Promise<Inbox> {
  return getJson('/inbox', { project, flow, owner, backend, state }, signal);
}

export async function readSuggestionEvents(
  suggestionId: string,
  project: string | undefined,
  signal?: AbortSignal,
): Promise<SuggestionEvents> {
  return getJson(`/suggestions/${encodeURIComponent(suggestionId)}/events`, { project }, signal);
}

export async function readLedger(
  { project, flow, days }: Filters,
  signal?: AbortSignal,
): Promise<Ledger> {
  return getJson('/savings', { project, flow, days }, signal);
}

export async function readPolicies(
  project: string | undefined,
  signal?: AbortSignal,
): Promise<Policies> {
  return getJson('/policies', { project }, signal);
}

export async function readStepPolicy(
  name: StepName,
  project: string | undefined,
  signal?: AbortSignal,
): Promise<StepPolicy> {
  return getJson(`${stepPath(name)}/policy`, { project }, signal);
}

export async function readSystem(
  project: string | undefined,
  signal?: AbortSignal,
): Promise<System> {
  return getJson('/system', { project }, signal);
}
