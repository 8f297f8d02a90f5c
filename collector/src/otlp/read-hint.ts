import {
  HINT_ARMS,
  HINT_RUNGS,
  HINT_SIZINGS,
  RESOURCE_ATTRIBUTES,
} from '@stepfit/sdk-plugin/contract/attributes';

import type { AttemptHint, HintAmounts } from '../db/tables.ts';
import type { OtlpAttributes } from './otlp-request.ts';
import { present } from './present.ts';
import type { RejectionTally } from './rejection.ts';

/** Suggestions have ids of 12 characters; nobody's are longer than this. */
const MAX_ID_LENGTH = 64;
const MAX_HINT_LENGTH = 2048;
/** Of cores, MiB or GPUs: beyond any machine, and exact in a double. */
const MAX_AMOUNT = 2 ** 53;

/** What launching did to the request. One that is not understood is left out whole, and named. */
export function readHint(
  attributes: OtlpAttributes,
  tally: RejectionTally,
): AttemptHint | undefined {
  const { name } = RESOURCE_ATTRIBUTES.hint;
  const value = attributes.get(name);
  if (value === undefined) return undefined;
  const hint = typeof value === 'string' ? toHint(value) : undefined;
  if (hint === undefined) {
    tally.add('bad-attribute', name, 0, 'it must be JSON as the contract describes it');
  }
  return hint;
}

function toHint(text: string): AttemptHint | undefined {
  const { suggestionId, arm, rung, sizedBy, before, applied } = parseFields(text);
  const amountsBefore = toAmounts(before);
  const amountsApplied = applied === undefined ? undefined : toAmounts(applied);
  if (
    typeof suggestionId !== 'string' ||
    suggestionId === '' ||
    suggestionId.length > MAX_ID_LENGTH ||
    !isOneOf(HINT_ARMS, arm) ||
    !isOneOf(HINT_RUNGS, rung) ||
    !isOneOf(HINT_SIZINGS, sizedBy) ||
    amountsBefore === undefined ||
    (applied !== undefined && amountsApplied === undefined)
  ) {
    return undefined;
  }
  return {
    suggestionId,
    arm,
    rung,
    sizedBy,
    before: amountsBefore,
    ...(amountsApplied === undefined ? {} : { applied: amountsApplied }),
  };
}

/** Nothing where it is no JSON object; an escaped NUL is refused by jsonb columns. */
function parseFields(text: string): Readonly<Record<string, unknown>> {
  if (text.length > MAX_HINT_LENGTH || /\0|\\u0000/.test(text)) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function toAmounts(value: unknown): HintAmounts | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { cpuCores, memoryMiB, gpuCount } = value as Readonly<Record<string, unknown>>;
  const amounts = [cpuCores, memoryMiB, gpuCount];
  if (!amounts.every((amount) => amount === undefined || isAmount(amount))) return undefined;
  return present({ cpuCores, memoryMiB, gpuCount }) as HintAmounts;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_AMOUNT;
}

function isOneOf<Word extends string>(words: readonly Word[], value: unknown): value is Word {
  return words.some((word) => word === value);
}
