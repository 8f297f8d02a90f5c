import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import Type from 'typebox';
import { Compile } from 'typebox/compile';

import type { StepKey } from '../history/step-key.ts';
import { AttemptRecord } from '../model/attempt-record.ts';
import type { AttemptUsage } from '../model/attempt-usage.ts';
import { DEFAULT_POLICY, PartialPolicy } from '../model/policy.ts';
import { EXAMPLE_PRICES, Prices } from '../model/prices.ts';
import { ProjectFacts } from '../model/project-facts.ts';
import { ProjectNet } from '../model/project-net.ts';
import { StoredVerdict } from '../model/stored-verdict.ts';
import { contentId } from '../suggestion/content-id.ts';
import type { StepInput } from '../suggestion/decide-step.ts';
import type { Refusal } from './refusals.ts';

/** A step as an export holds it: all that a verdict rests on. */
export interface ExportedStep {
  readonly project: string;
  readonly input: StepInput;
  /** What the tuner had come to; absent where it had not looked at the step yet. */
  readonly verdict?: StoredVerdict;
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
  nets: Type.Optional(Type.Array(ProjectNet, { description: 'Networks that the step could ask.' })),
});

const StepName = { project: Type.String(), flow: Type.String(), step: Type.String() };
const AnyLine = Compile(Type.Object({ kind: Type.Enum(['step', 'attempt']), ...StepName }));
const AnyNet = Compile(Type.Object({ kind: Type.Literal('network') }));
const StepLine = Compile(
  Type.Object({
    input: Type.Object({
      ...StepBasis.properties,
      nets: Type.Optional(Type.Array(Type.String(), { description: 'Ids of network lines.' })),
    }),
    verdict: Type.Optional(StoredVerdict),
  }),
);
const AttemptLine = Compile(AttemptRecord);
const NetLine = Compile(
  Type.Object({ kind: Type.Literal('network'), id: Type.String(), net: ProjectNet }),
);

/**
 * The lines of a step, without line ends: `{"kind":"network"}` for each network that it could ask and that is
 * not among those `told` already; then `{"kind":"step"}` with the policy, the prices and the project's facts
 * that its verdict rests on, and the verdict's name; then `{"kind":"attempt"}` for each attempt. The latter
 * have project, flow and step.
 */
export function* exportLines(
  { project, input, verdict }: ExportedStep,
  told: Set<string> = new Set(),
): Generator<string> {
  const { flow, step, history, nets, ...basis } = input;
  const ids = nets?.map(contentId);
  for (const [place, id] of (ids ?? []).entries()) {
    if (!told.has(id)) yield JSON.stringify({ kind: 'network', id, net: nets?.[place] });
    told.add(id);
  }
  const named = { ...basis, ...(ids && { nets: ids }) };
  yield JSON.stringify({ kind: 'step', project, flow, step, input: named, verdict });
  for (const usage of history) {
    yield JSON.stringify({ kind: 'attempt', project, flow, step, ...usage });
  }
}

/** Thrown for a line that cannot be used. */
class LineTrouble extends Error {}

interface OpenStep {
  readonly key: StepKey;
  basis: Pick<StepInput, 'policy' | 'prices' | 'projectFacts'>;
  netIds: readonly string[];
  verdict?: StoredVerdict;
  readonly attempts: Map<string, AttemptUsage>;
}

/** What has been read so far. */
interface OpenExport {
  readonly steps: Map<string, OpenStep>;
  readonly nets: Map<string, ProjectNet>;
}

/**
 * Reads an export back. Lines that are not attempts, and attempts told twice, are refused by line; attempts
 * of a step whose policy is not told are judged by the default policy and example prices.
 *
 * @throws {StepfitError} `invalid-input` where no line can be used.
 */
export function readStepExport(text: string): StepExport {
  const open: OpenExport = { steps: new Map(), nets: new Map() };
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
  if (open.steps.size === 0) throw noAttempts(refusals);
  const steps = [...open.steps.values()].map((step) => toExported(step, open.nets));
  return { steps, refusals, rows };
}

function toExported(
  { key, basis, netIds, verdict, attempts }: OpenStep,
  known: OpenExport['nets'],
): ExportedStep {
  const { project, flow, step } = key;
  const nets = netIds.flatMap((id) => known.get(id) ?? []);
  const history = [...attempts.values()];
  return {
    project,
    input: { flow, step, history, ...basis, ...(nets.length > 0 && { nets }) },
    ...(verdict && { verdict }),
  };
}

function noAttempts([first]: readonly Refusal[]): StepfitError {
  const why = first === undefined ? 'it is empty' : `line ${first.line} is ${first.reason}`;
  return new StepfitError('invalid-input', `The export holds no attempts: ${why}.`, {
    hint: 'Write one with `stepfit export > FILE.jsonl`.',
  });
}

function readLine(text: string, open: OpenExport): void {
  const value = parse(text);
  if (AnyNet.Check(value)) {
    if (!NetLine.Check(value)) {
      throw new LineTrouble(`a network whose ${complaint(NetLine, value)}`);
    }
    open.nets.set(value.id, value.net);
    return;
  }
  if (!AnyLine.Check(value)) throw new LineTrouble('not a line of `stepfit export`');
  const { kind, project, flow, step, ...rest }: Record<string, unknown> & typeof value = value;
  const found = stepOf(open.steps, { project, flow, step });
  if (kind === 'attempt') {
    addAttempt(found, rest);
    return;
  }
  if (!StepLine.Check(rest)) throw new LineTrouble(`a step whose ${complaint(StepLine, rest)}`);
  const { nets = [], policy, ...basis } = rest.input;
  found.basis = { ...basis, policy: { ...DEFAULT_POLICY, ...policy } };
  found.netIds = nets;
  if (rest.verdict !== undefined) found.verdict = rest.verdict;
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
  const fresh: OpenStep = { key, basis, netIds: [], attempts: new Map() };
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
