import { attributesFor, decoratorLine, hasEffect } from '../backend/decorator-line.ts';
import {
  backendRules,
  effectiveRequest,
  KUBERNETES_DEFAULTS,
} from '../backend/effective-request.ts';
import type { DeclaredDecorator, ResourceAmounts } from '../model/attempt-usage.ts';
import {
  addDecorator,
  declaredBy,
  editDecorator,
  NO_EDITS,
  removeDecorator,
  type ValueChange,
} from './decorator-edits.ts';
import type { Edit } from './edits.ts';
import { refuseComputed } from './explain-value.ts';
import { hiddenResources } from './hidden-resources.ts';
import {
  RESOURCE_DECORATORS,
  type SourceAttribute,
  type SourceClass,
  type SourceDecorator,
  type SourceStep,
} from './read-flows.ts';
import { Refused } from './refusal.ts';

/** What a step should ask for. */
export interface WantedChange {
  readonly flow: string;
  readonly step: string;
  readonly backend: string;
  /** The amounts to change, cores, MiB and GPUs; the others stay as they are. */
  readonly change: ResourceAmounts;
  /** What the attempts said that the source asks for, where that is known: it finds mutators. */
  readonly declared?: ResourceAmounts;
  /** An operator's own defaults for `@kubernetes`, cores and MB: no source says them, and they count. */
  readonly operatorDefaults?: { readonly cpu?: number; readonly memory?: number };
}

export interface StepPlan {
  readonly edits: readonly Edit[];
  readonly changes: readonly ValueChange[];
  /** The step's resource decorators once the edits are made. */
  readonly decorators: readonly DeclaredDecorator[];
  readonly note?: string;
}

/**
 * The edits that make a step ask for what is wanted: of its decorators, the one that takes effect on the
 * backend, or a new one. Undefined where the source asks for it already.
 *
 * @throws {Refused} where the source does not say what the edit would do.
 */
export function planStep(
  step: SourceStep,
  { scopes }: Pick<SourceClass, 'scopes'>,
  wanted: WantedChange,
): StepPlan | undefined {
  const own = resourceDecorators(step, scopes);
  const declared = [...declaredBy(own, wanted.backend), ...operatorsOf(wanted)];
  const before = effectiveRequest(wanted.backend, declared);
  if (hasEffect(before, before, wanted.change, backendRules(wanted.backend))) return undefined;

  const line =
    changeInPlace(declared, before, wanted) ?? decoratorLine({ ...wanted, decorators: declared });
  if (line.kind === 'no-effect') {
    const computed = firstComputed(own);
    if (computed !== undefined) {
      throw refuseComputed({ ...computed, file: step.file, wanted: undefined, scopes });
    }
    throw new Refused('no-effect', line.detail, { path: step.file.path, line: step.line });
  }
  const parts = RESOURCE_DECORATORS.map((name) => {
    const target = line.decorators.find((decorator) => decorator.name === name);
    const source = own.find(({ symbol }) => symbol === name);
    if (target === undefined) {
      return source === undefined ? NO_EDITS : removeDecorator(step, source, scopes);
    }
    if (source === undefined) return addDecorator(step, name, target.attributes, scopes);
    return editDecorator({
      step,
      source,
      name,
      target: target.attributes,
      backend: wanted.backend,
      scopes,
    });
  });
  return {
    edits: parts.flatMap(({ edits }) => edits),
    changes: parts.flatMap(({ changes }) => changes),
    decorators: line.decorators,
    ...noteOf(own, line.decorators, wanted),
  };
}

/** As attempts report them among a step's decorators. */
function operatorsOf({ operatorDefaults }: WantedChange): DeclaredDecorator[] {
  return operatorDefaults === undefined
    ? []
    : [{ name: KUBERNETES_DEFAULTS, attributes: operatorDefaults }];
}

/**
 * Where the step has both `@resources` and the backend's own decorator, the least change is of values: in
 * those that state them, or, where a default stands in the way, in both. Undefined where that is not enough.
 */
function changeInPlace(
  declared: readonly DeclaredDecorator[],
  before: ResourceAmounts,
  { backend, change }: WantedChange,
): { kind: 'in-place'; decorators: readonly DeclaredDecorator[] } | undefined {
  if (declared.length < 2) return undefined;
  const rules = backendRules(backend);
  const counted = ['resources', rules.computeDecorator];
  const values = Object.entries(attributesFor(change, rules));
  for (const isOnlyStated of [true, false]) {
    const decorators = declared.map(({ name, attributes }) => {
      if (!counted.includes(name)) return { name, attributes };
      const own = values.filter(([key]) => !isOnlyStated || Object.hasOwn(attributes, key));
      return { name, attributes: { ...attributes, ...Object.fromEntries(own) } };
    });
    const after = effectiveRequest(backend, decorators);
    if (hasEffect(after, before, change, rules)) return { kind: 'in-place', decorators };
  }
  return undefined;
}

/** What the source alone does not tell of the line that is written. */
function noteOf(
  before: readonly SourceDecorator[],
  after: readonly DeclaredDecorator[],
  wanted: WantedChange,
): { note?: string } {
  const notes = [...operatorNotes(after, wanted), ...pinNotes(before, after)];
  return notes.length === 0 ? {} : { note: notes.join(' ') };
}

/** An operator's default that `@resources` cannot go below: only what `@kubernetes` itself says does. */
function operatorNotes(
  after: readonly DeclaredDecorator[],
  { change, operatorDefaults = {}, backend }: WantedChange,
): string[] {
  const own = after.find(({ name }) => name === 'kubernetes')?.attributes ?? {};
  const asked = attributesFor(change, backendRules(backend));
  return (['cpu', 'memory'] as const).flatMap((name) => {
    const [value, least] = [asked[name], operatorDefaults[name]];
    if (value === undefined || least === undefined || value >= least) return [];
    if (!Object.hasOwn(own, name)) return [];
    return [
      `An operator has made ${name}=${least} the default of @kubernetes (METAFLOW_KUBERNETES_${name.toUpperCase()}): ` +
        `${name}=${value} takes effect there, and in @resources alone it would not.`,
    ];
  });
}

/** What a compute decorator in the source does besides: `--with` has no such effect on runs without it. */
function pinNotes(
  before: readonly SourceDecorator[],
  after: readonly DeclaredDecorator[],
): string[] {
  const added = after.find(
    ({ name }) =>
      isResource(name) && name !== 'resources' && !before.some(({ symbol }) => symbol === name),
  );
  if (added === undefined) return [];
  const { name } = added;
  return [`In the source, @${name} sends the step there without --with ${name} too.`];
}

/**
 * The step's resource decorators.
 *
 * @throws {Refused} where one is there twice, hides what it sets, or is not Metaflow's own.
 */
function resourceDecorators(step: SourceStep, scopes: SourceClass['scopes']): SourceDecorator[] {
  const found = step.decorators.filter(({ symbol }) => isResource(symbol));
  for (const decorator of step.decorators) {
    const place = { path: step.file.path, line: decorator.line };
    const hidden = hiddenResources(step.file, decorator, scopes);
    if (hidden !== undefined) {
      const where =
        hidden.module === undefined
          ? `is made in line ${hidden.line}`
          : `comes from the module ${hidden.module}`;
      throw new Refused(
        'made-elsewhere',
        `@${decorator.text} ${where}: change what it asks for there.`,
        { ...place, line: hidden.line },
      );
    }
    if (!isResource(decorator.symbol)) continue;
    if (decorator.isOpen) {
      throw new Refused(
        'unpacked',
        `@${decorator.symbol} gets arguments whose names are not in the source: write cpu=, memory= and gpu= out.`,
        place,
      );
    }
    const twice = decorator.attributes.find(
      ({ name }, index) => decorator.attributes.findIndex((one) => one.name === name) < index,
    );
    if (twice !== undefined) {
      const detail = `Line ${decorator.line} gives ${twice.name} twice, which is not Python.`;
      throw new Refused('unreadable', detail, place);
    }
    if (found.some((other) => other !== decorator && other.symbol === decorator.symbol)) {
      throw new Refused(
        'duplicate',
        `The step has @${decorator.symbol} twice, which Metaflow refuses: remove one.`,
        place,
      );
    }
  }
  return found;
}

function isResource(symbol: string | undefined): boolean {
  return RESOURCE_DECORATORS.some((name) => name === symbol);
}

function firstComputed(
  decorators: readonly SourceDecorator[],
): { decorator: SourceDecorator; attribute: SourceAttribute } | undefined {
  for (const decorator of decorators) {
    const attribute = decorator.attributes.find(
      ({ name, value }) => ['cpu', 'memory', 'gpu'].includes(name) && value.kind === 'expression',
    );
    if (attribute !== undefined) return { decorator, attribute };
  }
  return undefined;
}
