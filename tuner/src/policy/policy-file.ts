import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { type Document, isNode, isPair, LineCounter, parseDocument, stringify } from 'yaml';

import { PartialPolicy, Policy, PolicyDocument, type ScopedPolicy } from '../model/policy.ts';
import { contradictionsOf } from './check-policy.ts';
import { nearestWord } from './nearest-word.ts';
import { scopeName } from './resolve-policy.ts';

const Steps = Type.Record(Type.String({ minLength: 1 }), PartialPolicy);

const Flow = Type.Object(
  { policy: Type.Optional(PartialPolicy), steps: Type.Optional(Steps) },
  { additionalProperties: false },
);

/** `stepfit.yaml` as it is written: see `docs/policies.md`. */
const PolicyFile = Type.Object(
  {
    exclude: Type.Optional(PolicyDocument.properties.exclude),
    policy: Type.Optional(PartialPolicy),
    steps: Type.Optional(Steps),
    flows: Type.Optional(Type.Record(Type.String({ minLength: 1 }), Flow)),
  },
  { additionalProperties: false },
);
type PolicyFile = Static<typeof PolicyFile>;

/** What is wrong in a file, and where: lines and columns count from 1. */
export interface FileProblem {
  readonly line: number;
  readonly column: number;
  /** `flows.TrainFlow.policy.riskRatio`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** Where a file says something: a field of a scope, as `scopeName` writes it; `excluded` for a glob. */
export interface FieldLine {
  readonly scope: string;
  readonly field: string;
  readonly value: unknown;
  /** Counts from 1. */
  readonly line: number;
}

export type ParsedPolicyFile =
  | {
      readonly kind: 'document';
      readonly document: PolicyDocument;
      readonly fields: readonly FieldLine[];
    }
  | { readonly kind: 'problems'; readonly problems: readonly FileProblem[] };

/**
 * Reads `stepfit.yaml`: YAML 1.2, every field checked against the schema of policies, floors against caps.
 * Gives every problem with its line, the first of the file first. An empty file says nothing, and that is valid.
 */
export function parsePolicyFile(text: string): ParsedPolicyFile {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (yaml.errors.length > 0) {
    return problemsOf(
      yaml.errors.map(({ pos, message }) => ({ ...at(lines, pos[0]), path: '', message })),
    );
  }
  let content: unknown;
  try {
    content = yaml.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return problemsOf([{ line: 1, column: 1, path: '', message }]);
  }
  if (!Value.Check(PolicyFile, content)) {
    const problems = schemaProblems(content).map(({ path, message }) => ({
      ...locate(yaml, lines, path),
      path: path.join('.'),
      message,
    }));
    return problemsOf(problems);
  }
  const document = toDocument(content);
  const contradictions = contradictionsOf(document).map((found) => {
    const path = [...scopePath(found), found.field];
    return { ...locate(yaml, lines, path), path: path.join('.'), message: found.message };
  });
  if (contradictions.length > 0) return problemsOf(contradictions);
  return { kind: 'document', document, fields: fieldLines(document, yaml, lines) };
}

function fieldLines(
  { exclude, policies }: PolicyDocument,
  yaml: Document,
  lines: LineCounter,
): FieldLine[] {
  return [
    ...exclude.map((glob, index) => ({
      scope: glob,
      field: 'excluded',
      value: true,
      line: locate(yaml, lines, ['exclude', String(index)]).line,
    })),
    ...policies.flatMap((scoped) =>
      Object.entries(scoped.policy).map(([field, value]) => ({
        scope: scopeName(scoped),
        field,
        value,
        line: locate(yaml, lines, [...scopePath(scoped), field]).line,
      })),
    ),
  ];
}

/** More references to anchors than a policy needs; without a limit, a few lines could unfold to gigabytes. */
const MAX_ALIASES = 1000;

/**
 * As {@link parsePolicyFile}, for those who cannot go on without.
 *
 * @throws {StepfitError} `invalid-input` with the first problem, its line, and how many there are.
 */
export function readPolicyFile(
  text: string,
  name: string,
): Extract<ParsedPolicyFile, { kind: 'document' }> {
  const parsed = parsePolicyFile(text);
  if (parsed.kind === 'document') return parsed;
  const [first, ...others] = parsed.problems;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  throw new StepfitError(
    'invalid-input',
    `${first === undefined ? name : problemWords(name, first)}${more}`,
    {
      hint: `\`stepfit policy check ${name}\` lists every problem; docs/policies.md has the fields.`,
    },
  );
}

/** `stepfit.yaml:12:5: flows.TrainFlow.policy.riskRatio: must be <= 1`. */
export function problemWords(name: string, { line, column, path, message }: FileProblem): string {
  return `${name}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** The file that says what the document says. */
export function renderPolicyFile({ exclude, policies }: PolicyDocument): string {
  const own = policies.filter(({ flow }) => flow === undefined);
  const flows = new Set(policies.flatMap(({ flow }) => flow ?? []));
  const file: PolicyFile = {
    ...levelOf(own),
    ...(exclude.length > 0 && { exclude }),
    ...(flows.size > 0 && {
      flows: Object.fromEntries(
        [...flows].map((name) => [name, levelOf(policies.filter(({ flow }) => flow === name))]),
      ),
    }),
  };
  return stringify(file);
}

/** What a file says of the project or of a flow: its own policy, and those of steps. */
function levelOf(policies: readonly ScopedPolicy[]): Pick<PolicyFile, 'policy' | 'steps'> {
  const own = policies.find(({ step }) => step === undefined)?.policy;
  const steps = policies.flatMap(({ step, policy }) =>
    step === undefined ? [] : [[step, policy] as const],
  );
  return {
    ...(own !== undefined && { policy: own }),
    ...(steps.length > 0 && { steps: Object.fromEntries(steps) }),
  };
}

function toDocument({ exclude = [], policy, steps = {}, flows = {} }: PolicyFile): PolicyDocument {
  const policies: ScopedPolicy[] = [
    ...(policy === undefined ? [] : [{ policy }]),
    ...Object.entries(steps).map(([step, own]) => ({ step, policy: own })),
    ...Object.entries(flows).flatMap(([flow, said]) => [
      ...(said.policy === undefined ? [] : [{ flow, policy: said.policy }]),
      ...Object.entries(said.steps ?? {}).map(([step, own]) => ({ flow, step, policy: own })),
    ]),
  ];
  return { exclude, policies };
}

function scopePath({ flow, step }: { flow?: string; step?: string }): string[] {
  const scope = flow === undefined ? [] : ['flows', flow];
  return step === undefined ? [...scope, 'policy'] : [...scope, 'steps', step];
}

function problemsOf(problems: readonly FileProblem[]): ParsedPolicyFile {
  return {
    kind: 'problems',
    problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column),
  };
}

interface SchemaProblem {
  readonly path: readonly string[];
  readonly message: string;
}

function schemaProblems(content: unknown): SchemaProblem[] {
  return Value.Errors(PolicyFile, content).flatMap(({ keyword, instancePath, params, message }) => {
    const path = pointerPath(instancePath);
    // Named once with its parent; the schema names it again by itself.
    if (keyword === 'boolean') return [];
    if (keyword === 'additionalProperties' && 'additionalProperties' in params) {
      const names = params.additionalProperties;
      return names.map((name) => ({ path: [...path, name], message: unknownWords(name, path) }));
    }
    if (keyword === 'enum' && 'allowedValues' in params) {
      return [{ path, message: `must be one of ${params.allowedValues.join(', ')}` }];
    }
    return [{ path, message }];
  });
}

function unknownWords(name: string, path: readonly string[]): string {
  const isPolicy = path.at(-1) === 'policy' || path.at(-2) === 'steps';
  const isFlow = path.length === 2 && path[0] === 'flows';
  const top = Object.keys(isFlow ? Flow.properties : PolicyFile.properties);
  const known = isPolicy ? Object.keys(Policy.properties) : top;
  const nearest = nearestWord(name, known);
  if (nearest !== undefined) return `there is no such field; did you mean ${nearest}?`;
  return isPolicy ? 'there is no such field' : `must be one of ${known.join(', ')}`;
}

/** JSON pointer, RFC 6901. */
function pointerPath(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Of a field its name, else the nearest thing around it that the file has. */
function locate(
  yaml: Document,
  lines: LineCounter,
  path: readonly string[],
): Pick<FileProblem, 'line' | 'column'> {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const parent = yaml.getIn(path.slice(0, depth - 1), true);
    const offset = offsetOf(depth === 1 ? yaml.contents : parent, path[depth - 1] ?? '');
    if (offset !== undefined) return at(lines, offset);
  }
  return { line: 1, column: 1 };
}

function offsetOf(parent: unknown, key: string): number | undefined {
  if (typeof parent !== 'object' || parent === null || !('items' in parent)) return undefined;
  const items = parent.items as readonly unknown[];
  for (const [index, item] of items.entries()) {
    const node = isPair(item) ? item.key : item;
    const name = isPair(item) ? String(item.key) : String(index);
    if (name === key && isNode(node)) return node.range?.[0];
  }
  return undefined;
}

function at(lines: LineCounter, offset: number): Pick<FileProblem, 'line' | 'column'> {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
