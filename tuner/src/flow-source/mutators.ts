import type { ResourceAmounts } from '../model/attempt-usage.ts';
import { hiddenResources } from './hidden-resources.ts';
import type { WantedChange } from './plan-step.ts';
import type { SourceClass, SourceDecorator, SourceStep } from './read-flows.ts';
import { RESOURCE_DECORATORS } from './read-flows.ts';
import { Refused } from './refusal.ts';

/** Metaflow's classes whose heirs change decorators after the source has been read. */
const MUTATORS: ReadonlySet<string> = new Set(['FlowMutator', 'StepMutator']);

export interface MutatorInput {
  readonly classes: readonly SourceClass[];
  readonly flow: SourceClass;
  readonly owner: SourceClass;
  readonly step: SourceStep;
  readonly wanted: WantedChange;
}

/**
 * Refuses a step whose amounts a mutator sets: an edit of its source would have no effect. Where the
 * mutator is in the files, its source says so. One from elsewhere is found by what it does: attempts that
 * asked for something else than the source says, under a decorator that is not known.
 *
 * @throws {Refused} `mutator`
 */
export function refuseMutators({ classes, flow, owner, step, wanted }: MutatorInput): void {
  const decorators = [...flow.decorators, ...owner.decorators, ...step.decorators];
  for (const decorator of decorators) {
    const mutator = classes.find(
      ({ name, bases }) => name === nameOf(decorator) && bases.some((base) => MUTATORS.has(base)),
    );
    if (mutator === undefined || !setsResources(mutator)) continue;
    throw new Refused(
      'mutator',
      `The mutator ${mutator.name} sets resources after the source has been read: change them there.`,
      { path: mutator.file.path, line: mutator.line },
    );
  }
  for (const [own, { file, scopes }] of [
    [flow.decorators, flow],
    [owner.decorators, owner],
  ] as const) {
    for (const decorator of own) {
      const hidden = hiddenResources(file, decorator, scopes);
      if (hidden === undefined) continue;
      throw new Refused(
        'mutator',
        `@${decorator.text} of the class may set resources after its steps have been read: change them there.`,
        { path: file.path, line: hidden.line },
      );
    }
  }
  const unknown = decorators.find(
    ({ symbol, meaning }) => symbol === undefined && meaning?.kind === 'import',
  );
  if (unknown === undefined || wanted.declared === undefined) return;
  const written = writtenAmounts(step);
  const other = (['memory', 'cpu'] as const).find((name) => disagrees(name, written[name], wanted));
  if (other === undefined) return;
  throw new Refused(
    'mutator',
    `Attempts asked for another ${other} than the source says, and @${unknown.text} is not Metaflow's: ` +
      'it may set the value after the source has been read. Change it there.',
    { path: step.file.path, line: unknown.line },
  );
}

function nameOf({ text }: SourceDecorator): string | undefined {
  return /^(?:\w+\.)*(\w+)/.exec(text)?.[1];
}

function setsResources({ file, name }: SourceClass): boolean {
  const start = file.text.search(new RegExp(`class\\s+${name}\\b`));
  const body = file.text.slice(start).split(/\n(?=\S)/)[0] ?? '';
  return RESOURCE_DECORATORS.some((decorator) => body.includes(decorator));
}

/** The largest number that a decorator of the step writes out; undefined where one is computed. */
function writtenAmounts({ decorators }: SourceStep): { cpu?: number; memory?: number } {
  const amounts: { cpu?: number; memory?: number } = {};
  const own = decorators.filter(({ symbol }) => RESOURCE_DECORATORS.some((one) => one === symbol));
  for (const name of ['cpu', 'memory'] as const) {
    const values = own.flatMap(({ attributes }) =>
      attributes
        .filter((attribute) => attribute.name === name)
        .map(({ value }) => (value.kind === 'literal' ? Number(value.value) : Number.NaN)),
    );
    const largest = values.length === 0 ? 0 : Math.max(...values);
    if (!Number.isNaN(largest)) amounts[name] = largest;
  }
  return amounts;
}

function disagrees(
  name: 'cpu' | 'memory',
  written: number | undefined,
  { declared, change, backend }: WantedChange,
): boolean {
  const key = name === 'cpu' ? 'cpuCores' : 'memoryMiB';
  const asked: number | undefined = (declared as ResourceAmounts | undefined)?.[key];
  if (written === undefined || asked === undefined || change[key] === undefined) return false;
  // Megabytes or mebibytes: which it was does not matter here, so either will do.
  const isDecimal = name === 'memory' && (backend === 'kubernetes' || backend === 'argo-workflows');
  const inMiB = isDecimal ? (written * 1_000_000) / 1_048_576 : written;
  return Math.abs(inMiB - asked) > 0.01 * Math.max(inMiB, asked);
}
