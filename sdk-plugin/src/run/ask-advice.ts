import { askServer } from '../attempt/ask-server.ts';
import type { AttemptIdentity, Request } from '../attempt/attempt.ts';
import type { Settings } from '../settings.ts';
import type { Advice } from './summary.ts';

const WITHIN_MS = 1_000;

/** What the tuner says of a step; `undefined` where nothing knows it yet, or nothing answers in a second. */
export async function askAdvice(
  settings: Settings,
  { project, flow, step }: AttemptIdentity,
): Promise<Advice | undefined> {
  const path = `/api/v1/flows/${encodeURIComponent(flow)}/steps/${encodeURIComponent(step)}`;
  const target = `${path}?${new URLSearchParams({ project }).toString()}`;
  return toAdvice(await askServer(settings, { method: 'GET', target, withinMs: WITHIN_MS }));
}

/** Reads an explained step of the REST API, trusting nothing of it. */
export function toAdvice(explanation: unknown): Advice | undefined {
  const { suggestion, skip } = asRecord(explanation);
  const suggested = toRequest(asRecord(suggestion)['suggestedEffective']);
  if (suggested !== undefined) return { suggested };
  const { code } = asRecord(skip);
  return typeof code === 'string' ? { skip: code.replaceAll('-', ' ') } : undefined;
}

function toRequest(amounts: unknown): Request | undefined {
  const { memoryMiB, cpuCores, gpuCount } = asRecord(amounts);
  const request = {
    ...(typeof memoryMiB === 'number' && { memoryMiB }),
    ...(typeof cpuCores === 'number' && { cpuCores }),
    ...(typeof gpuCount === 'number' && { gpuCount }),
  };
  return Object.keys(request).length === 0 ? undefined : request;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  // Checked here: any object can be asked for any name.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
