import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import Type from 'typebox';
import { Compile } from 'typebox/compile';

import type { StepKey } from '../history/step-key.ts';
import { AttemptRecord } from '../model/attempt-record.ts';
import type { AttemptUsage } from '../model/attempt-usage.ts';
import { DEFAULT_POLICY, PartialPolicy } from '../model/policy.ts';
import { EXAMPLE_PRICES, Prices } from '../model/prices.ts';
import { ProjectFacts } from '../model/project-facts.ts';
import type { StepInput } from '../suggestion/decide-step.ts';
import type { Refusal } from './refusals.ts';

/** A step as an export holds it: all that a verdict rests on. */
export interface ExportedStep {
  readonly project: string;
  readonly input: StepInput;
}

export interface StepExport {
  readonly steps: readonly ExportedStep[];
  readonly refusals: readonly Refusal[];
  /** Lines with something on them. */
  readonly rows: number;
}

/** What a verdict rests on besides the step's attempts. */
export const StepBasis = Type.Object({
  policy: PartialPolicy,
  prices: Prices,
  projectFacts: Type.Optional(ProjectFacts),
});

const StepName = { project: Type.String(), flow: Type.String(), step: Type.String() };
const AnyLine = Compile(Type.Object({ kind: Type.Enum(['step', 'attempt']), ...StepName }));
const StepLine = Compile(Type.Object({ input: StepBasis }));
const AttemptLine = Compile(AttemptRecord);

/**
 * The lines of a step, without line ends: first `{"kind":"step"}` with the policy and the prices in force,
 * then `{"kind":"attempt"}` for each attempt, each with project, flow and step.
 */
export function* exportLines({ project, input }: ExportedStep): Generator<string> {
  const { flow, step, history, ...basis } = input;
  yield JSON.stringify({ kind: 'step', project, flow, step, input: basis });
  for (const usage of history) {
    yield JSON.stringify({ kind: 'attempt', project, flow, step, ...usage });
  }
}

/** Thrown for a line that cannot be used. */
class LineTrouble extends Error {}

interface OpenStep {
  readonly key: StepKey;
  basis: Omit<StepInput, 'flow' | 'step' | 'history'>;
  readonly attempts: Map<string, AttemptUsage>;
}

/**
 * Reads an export back. Lines that are not attempts, and attempts told twice, are refused by line; attempts
 * of a step whose policy is not told are judged by the default policy and example prices.
 *
 * @throws {StepfitError} `invalid-input` where no line can be used.
 */
export function readStepExport(text: string): StepExport {
  const open = new Map<string, OpenStep>();
  const refusals: Refusal[] = [];
  let rows = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    rows += 1;
    try {
      readLine(line, open);
    } catch (error) {
      if (!(error instanceof LineTrouble)) throw error;
      refusals.push({ line: index + 1, name: '', reason: error.message });
    }
  }
  if (open.size === 0) throw noAttempts(refusals);
  const steps = [...open.values()].map(({ key, basis, attempts }) => ({
    project: key.project,
    input: { flow: key.flow, step: key.step, history: [...attempts.values()], ...basis },
  }));
  return { steps, refusals, rows };
}

function noAttempts([first]: readonly Refusal[]): StepfitError {
  const why = first === undefined ? 'it is empty' : `line ${first.line} is ${first.reason}`;
  return new StepfitError('invalid-input', `The export holds no attempts: ${why}.`, {
    hint: 'Write one with `stepfit export > FILE.jsonl`.',
  });
}

function readLine(text: string, open: Map<string, OpenStep>): void {
  const value = parse(text);
  if (!AnyLine.Check(value)) throw new LineTrouble('not a line of `stepfit export`');
  const { kind, project, flow, step, ...rest }: Record<string, unknown> & typeof value = value;
  const found = stepOf(open, { project, flow, step });
  if (kind === 'attempt') {
    addAttempt(found, rest);
    return;
  }
  if (!StepLine.Check(rest)) throw new LineTrouble(`a step whose ${complaint(StepLine, rest)}`);
  found.basis = { ...rest.input, policy: { ...DEFAULT_POLICY, ...rest.input.policy } };
}

function addAttempt({ attempts }: OpenStep, usage: unknown): void {
  if (!AttemptLine.Check(usage)) {
    throw new LineTrouble(`an attempt whose ${complaint(AttemptLine, usage)}`);
  }
  const name = JSON.stringify([usage.run, usage.task, usage.attempt]);
  if (attempts.has(name)) throw new LineTrouble('an attempt that was told before');
  attempts.set(name, usage);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new LineTrouble('not JSON');
  }
}

function stepOf(open: Map<string, OpenStep>, key: StepKey): OpenStep {
  const name = JSON.stringify([key.project, key.flow, key.step]);
  const known = open.get(name);
  if (known !== undefined) return known;
  const basis = { policy: DEFAULT_POLICY, prices: EXAMPLE_PRICES };
  const fresh: OpenStep = { key, basis, attempts: new Map() };
  open.set(name, fresh);
  return fresh;
}

interface Complaining {
  readonly Errors: (
    value: unknown,
  ) => readonly { readonly instancePath: string; readonly message: string }[];
}

function complaint(schema: Complaining, value: unknown): string {
  const [error] = schema.Errors(value);
  return error === undefined
    ? 'fields are not those of one'
    : `${error.instancePath.slice(1).replaceAll('/', '.') || 'content'} ${error.message}`;
}
