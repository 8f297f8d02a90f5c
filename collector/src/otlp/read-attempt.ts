import {
  type AttributeContract,
  DEFAULT_PROJECT,
  FEATURE_PREFIX,
  RESOURCE_ATTRIBUTES as ATTRIBUTE,
} from '@stepfit/sdk-plugin/contract/attributes';

import type { DeclaredDecorator, Features } from '../db/tables.ts';
import { attemptId, type AttemptIdentity } from '../identity/attempt-id.ts';
import type { AttemptFacts } from '../usage/usage-report.ts';
import type { OtlpAttributes } from './otlp-request.ts';
import { present } from './present.ts';
import { readHint } from './read-hint.ts';
import { readStepParents } from './read-step-parents.ts';
import type { RejectionTally, RejectReason } from './rejection.ts';
import type { TimeBounds } from './time-bounds.ts';

/** Who an export is from, and what it says of the attempt's start. */
export interface AttemptHead {
  readonly identity: AttemptIdentity;
  readonly attemptId: string;
  readonly startedAtMs: number;
  readonly facts: AttemptFacts;
}

/** Longest name of a flow, run, step, task or project; Metaflow's own are under 200 characters. */
const MAX_IDENTITY_LENGTH = 512;
/** Longest other text; what is beyond is cut off. */
const MAX_TEXT_LENGTH = 1024;
const MAX_JSON_LENGTH = 16 * 1024;
const MAX_FEATURES = 200;
const MAX_INTEGER = 2 ** 31 - 1;
/** Of cores, MiB, bytes or seconds: 8 PiB is beyond any machine, and exact in a double. */
const MAX_AMOUNT = 2 ** 53;

type Reject = (reason: RejectReason, name: string, detail: string) => void;

/**
 * Reads the identity and start facts from resource attributes. Without a sound identity the resource's
 * `itemCount` points or spans are rejected and nothing is returned; a bad fact is left out and named.
 */
export function readAttempt(
  attributes: OtlpAttributes,
  times: TimeBounds,
  itemCount: number,
  tally: RejectionTally,
): AttemptHead | undefined {
  let isRejected = false;
  // The first fault stands for all: each point is counted once.
  function reject(reason: RejectReason, name: string, detail: string): void {
    if (!isRejected) tally.add(reason, name, itemCount, detail);
    isRejected = true;
  }
  const identity = readIdentity(attributes, reject);
  const startedAtMs = readStart(attributes, times, reject);
  if (identity === undefined || startedAtMs === undefined) return undefined;
  const facts = readFacts(attributes, tally);
  return { identity, attemptId: attemptId(identity), startedAtMs, facts };
}

function readIdentity(attributes: OtlpAttributes, reject: Reject): AttemptIdentity | undefined {
  const project = readName(attributes, ATTRIBUTE.project, reject, DEFAULT_PROJECT);
  const flow = readName(attributes, ATTRIBUTE.flow, reject);
  const run = readName(attributes, ATTRIBUTE.run, reject);
  const step = readName(attributes, ATTRIBUTE.step, reject);
  const task = readName(attributes, ATTRIBUTE.task, reject);
  const attempt = readRequiredInteger(attributes, ATTRIBUTE.attempt, reject);
  if (
    project === undefined ||
    flow === undefined ||
    run === undefined ||
    step === undefined ||
    task === undefined ||
    attempt === undefined
  ) {
    return undefined;
  }
  if (attempt < 0 || attempt > MAX_INTEGER) {
    reject('bad-attribute', ATTRIBUTE.attempt.name, 'it must be 0 or a small positive integer');
    return undefined;
  }
  return { project, flow, run, step, task, attempt };
}

function readName(
  attributes: OtlpAttributes,
  { name }: AttributeContract,
  reject: Reject,
  absent?: string,
): string | undefined {
  const value = attributes.get(name) ?? absent;
  if (value === undefined || value === '') {
    reject('missing-attribute', name, 'the resource does not say which attempt it is');
    return undefined;
  }
  // Ids are often numbers; an SDK then sends an integer.
  const text = String(value);
  if (text.length > MAX_IDENTITY_LENGTH) {
    reject('attribute-too-long', name, `it is longer than ${MAX_IDENTITY_LENGTH} characters`);
    return undefined;
  }
  if (text.includes('\0')) {
    reject('bad-attribute', name, 'it contains a NUL character, which no text column can hold');
    return undefined;
  }
  return text;
}

function readRequiredInteger(
  attributes: OtlpAttributes,
  { name }: AttributeContract,
  reject: Reject,
): number | undefined {
  const value = attributes.get(name);
  if (value === undefined) {
    reject('missing-attribute', name, 'the resource does not say which attempt it is');
    return undefined;
  }
  const number = toFinite(value);
  if (number === undefined || !Number.isInteger(number)) {
    reject('bad-attribute', name, 'it must be an integer');
    return undefined;
  }
  return number;
}

function readStart(
  attributes: OtlpAttributes,
  times: TimeBounds,
  reject: Reject,
): number | undefined {
  const { name } = ATTRIBUTE.startedUnixMs;
  const startedAtMs = readRequiredInteger(attributes, ATTRIBUTE.startedUnixMs, reject);
  if (startedAtMs === undefined) return undefined;
  if (startedAtMs < times.earliestStartMs) {
    reject('too-old', name, 'no attempt started that long ago');
    return undefined;
  }
  if (startedAtMs > times.latestMs) {
    reject(
      'in-future',
      name,
      'the attempt would start in the future; check the clock of its machine',
    );
    return undefined;
  }
  return startedAtMs;
}

function readFacts(attributes: OtlpAttributes, tally: RejectionTally): AttemptFacts {
  function amount(contract: AttributeContract): number | undefined {
    return readAmount(attributes, contract, tally);
  }
  function text(contract: AttributeContract): string | undefined {
    return readText(attributes, contract);
  }
  return present({
    declaredCpuCores: amount(ATTRIBUTE.declaredCpuCores),
    declaredMemoryMiB: amount(ATTRIBUTE.declaredMemoryMiB),
    declaredGpuCount: amount(ATTRIBUTE.declaredGpuCount),
    declaredDecorators: readDecorators(attributes, tally),
    requestCpuCores: amount(ATTRIBUTE.requestCpuCores),
    requestMemoryMiB: amount(ATTRIBUTE.requestMemoryMiB),
    requestGpuCount: amount(ATTRIBUTE.requestGpuCount),
    hint: readHint(attributes, tally),
    limitMemoryMiB: amount(ATTRIBUTE.limitMemoryMiB),
    limitCpuCores: amount(ATTRIBUTE.limitCpuCores),
    backend: text(ATTRIBUTE.backend),
    qos: text(ATTRIBUTE.qos),
    codeVersion: text(ATTRIBUTE.codeVersion),
    revision: text(ATTRIBUTE.revision),
    branch: text(ATTRIBUTE.branch),
    owner: text(ATTRIBUTE.owner),
    stepParents: readStepParents(attributes, tally),
    hostName: text(ATTRIBUTE.hostName),
    hostCpuCores: amount(ATTRIBUTE.hostCpuCores),
    hostMemoryMiB: amount(ATTRIBUTE.hostMemoryMiB),
    samplerVersion: text(ATTRIBUTE.samplerVersion),
    features: readFeatures(attributes, tally),
  });
}

/** A text fact, cut to a length that a column and a page can hold; absent where there is none. */
export function readText(
  attributes: OtlpAttributes,
  { name }: AttributeContract,
): string | undefined {
  const value = attributes.get(name);
  return value === undefined ? undefined : storable(String(value));
}

/** A number of 0 or more; whole where the contract says `int`. */
export function readAmount(
  attributes: OtlpAttributes,
  { name, type }: AttributeContract,
  tally: RejectionTally,
): number | undefined {
  const value = attributes.get(name);
  if (value === undefined) return undefined;
  const number = toFinite(value);
  const max = type === 'int' ? MAX_INTEGER : MAX_AMOUNT;
  if (number === undefined || number < 0 || number > max) {
    tally.add('bad-attribute', name, 0, `it must be a number from 0 to ${max}`);
    return undefined;
  }
  if (type === 'int' && !Number.isInteger(number)) {
    tally.add('bad-attribute', name, 0, 'it must be an integer');
    return undefined;
  }
  return number;
}

/** Facts under the feature prefix, by what follows it. */
export function readFeatures(attributes: OtlpAttributes, tally: RejectionTally): Features {
  const features: [string, number | string | boolean][] = [];
  for (const [name, value] of attributes) {
    if (!name.startsWith(FEATURE_PREFIX)) continue;
    if (features.length === MAX_FEATURES) {
      tally.add('bad-attribute', name, 0, `an attempt has at most ${MAX_FEATURES} features`);
      break;
    }
    if (typeof value === 'number' && !Number.isFinite(value)) {
      tally.add('bad-attribute', name, 0, 'a feature must be a finite number, a text or a boolean');
      continue;
    }
    const feature = storable(name.slice(FEATURE_PREFIX.length));
    features.push([feature, typeof value === 'string' ? storable(value) : value]);
  }
  return Object.fromEntries(features);
}

function readDecorators(
  attributes: OtlpAttributes,
  tally: RejectionTally,
): readonly DeclaredDecorator[] | undefined {
  const { name } = ATTRIBUTE.declaredDecorators;
  const value = attributes.get(name);
  if (value === undefined) return undefined;
  const decorators = typeof value === 'string' ? parseDecorators(value) : undefined;
  if (decorators === undefined) {
    tally.add('bad-attribute', name, 0, 'it must be a JSON list of {"name", "attributes"}');
  }
  return decorators;
}

function parseDecorators(text: string): readonly DeclaredDecorator[] | undefined {
  // An escaped NUL inside JSON is refused by jsonb columns.
  if (text.length > MAX_JSON_LENGTH || /\0|\\u0000/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return Array.isArray(value) && value.every(isDecorator) ? value : undefined;
}

function isDecorator(value: unknown): value is DeclaredDecorator {
  if (typeof value !== 'object' || value === null) return false;
  const { name, attributes } = value as { name?: unknown; attributes?: unknown };
  return (
    typeof name === 'string' &&
    typeof attributes === 'object' &&
    attributes !== null &&
    !Array.isArray(attributes)
  );
}

function toFinite(value: string | number | boolean): number | undefined {
  if (typeof value === 'boolean' || value === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function storable(text: string): string {
  const whole = text.replaceAll('\0', '');
  return whole.length > MAX_TEXT_LENGTH ? `${whole.slice(0, MAX_TEXT_LENGTH - 1)}…` : whole;
}
