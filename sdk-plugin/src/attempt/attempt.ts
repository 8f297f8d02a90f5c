import { createHash } from 'node:crypto';

import type { Outcome, RESOURCE_ATTRIBUTES } from '../contract/attributes.ts';

export type FeatureValue = number | string | boolean;
export type Features = Readonly<Record<string, FeatureValue>>;

/** What tells one attempt from all others. */
export interface AttemptIdentity {
  readonly project: string;
  readonly flow: string;
  readonly run: string;
  readonly step: string;
  readonly task: string;
  /** 0 first. */
  readonly attempt: number;
}

/** What the attempt asks for: what is absent is not asked for. */
export interface Request {
  readonly cpuCores?: number;
  readonly memoryMiB?: number;
  readonly gpuCount?: number;
}

/** Values of the contract's resource attributes, by their keys. */
export type AttemptFacts = Readonly<
  Partial<Record<keyof typeof RESOURCE_ATTRIBUTES, string | number>>
>;

/** How an attempt ended, for its closing span. */
export interface AttemptEnd {
  readonly outcome: Outcome;
  readonly evidence: string;
  readonly endedMs: number;
  /** Negative where a signal ended the process. */
  readonly exitCode?: number;
  readonly exceptionType?: string;
}

/** Trace and span id from the identity alone, so that sending an attempt twice is sending it once. */
export function attemptIds({ project, flow, run, step, task, attempt }: AttemptIdentity): {
  readonly traceId: string;
  readonly spanId: string;
} {
  const ofRun = [project, flow, run].join('\0');
  const ofAttempt = [project, flow, run, step, task, attempt].join('\0');
  return { traceId: digest(ofRun).slice(0, 32), spanId: digest(ofAttempt).slice(0, 16) };
}

/** A file name for something that is none, such as an address. */
export function shortDigest(text: string): string {
  return digest(text).slice(0, 16);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
