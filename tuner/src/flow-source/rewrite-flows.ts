import type { ValueChange } from './decorator-edits.ts';
import { applyEdits, keepsTokens } from './edits.ts';
import { refuseMutators } from './mutators.ts';
import { planStep, type StepPlan, type WantedChange } from './plan-step.ts';
import {
  readClasses,
  type SourceClass,
  type SourceDecorator,
  type SourceStep,
} from './read-flows.ts';
import { Refused, type Refusal } from './refusal.ts';
import { firstFault, lineAt, type ParsedFile, type ParsePython } from './syntax.ts';

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What became of one wanted change. */
export type StepOutcome = { readonly flow: string; readonly step: string } & (
  | {
      readonly kind: 'changed';
      readonly path: string;
      /** Line of the step's `def` before the change. */
      readonly line: number;
      readonly changes: readonly ValueChange[];
      readonly note?: string;
    }
  /** The source asks for it already. */
  | { readonly kind: 'unchanged'; readonly path: string; readonly line: number }
  | ({ readonly kind: 'refused' } & Refusal)
  /** No class of that name in these files. */
  | { readonly kind: 'absent' }
);

export interface Rewritten {
  /** Every file given, in order; text without an edit is the text that came. */
  readonly files: readonly SourceFile[];
  readonly outcomes: readonly StepOutcome[];
}

/**
 * Writes wanted values into Python flow sources, step by step. After each step the file is parsed again,
 * and the change is kept only where every token outside the edits and every decorator of every other step
 * is what it was, and the step's own say what was intended; else the step is refused and nothing changes.
 */
export function rewriteFlows(
  parse: ParsePython,
  sources: readonly SourceFile[],
  wanted: readonly WantedChange[],
): Rewritten {
  const files = new Map(sources.map((source) => [source.path, readFile(parse, source)]));
  const outcomes = wanted.map((change): StepOutcome => {
    const { flow, step } = change;
    try {
      return { flow, step, ...rewriteStep(parse, files, change) };
    } catch (error) {
      if (error instanceof Refused) return { flow, step, kind: 'refused', ...error.refusal };
      throw error;
    }
  });
  return {
    files: sources.map(({ path, text }) => ({ path, text: files.get(path)?.file.text ?? text })),
    outcomes,
  };
}

/** A file with what is in it, read once until it is changed. */
interface ReadFile {
  readonly file: ParsedFile;
  readonly classes: readonly SourceClass[];
}

function readFile(parse: ParsePython, { path, text }: SourceFile): ReadFile {
  const file: ParsedFile = { path, text, root: parse(text) };
  return { file, classes: readClasses(file) };
}

type Outcome = StepOutcome extends infer One
  ? One extends StepOutcome
    ? Omit<One, 'flow' | 'step'>
    : never
  : never;

function rewriteStep(
  parse: ParsePython,
  files: Map<string, ReadFile>,
  wanted: WantedChange,
): Outcome {
  const classes = [...files.values()].flatMap((one) => one.classes);
  const found = findStep(classes, wanted);
  if (found === undefined) return { kind: 'absent' };
  const { step, owner, flow } = found;
  const { file } = step;
  const fault = firstFault(file.root);
  if (fault !== undefined) {
    const line = lineAt(file.text, fault.start);
    throw new Refused('unreadable', `Line ${line} is not Python.`, { path: file.path, line });
  }
  refuseMutators({ classes, flow, owner, step, wanted });
  const plan = planStep(step, owner, wanted);
  const place = { path: file.path, line: step.line };
  if (plan === undefined) return { kind: 'unchanged', ...place };

  const text = applyEdits(file.text, plan.edits);
  const after = readFile(parse, { path: file.path, text });
  const before = files.get(file.path);
  if (before === undefined || !isProven({ before, after, plan, step, wanted })) {
    throw new Refused(
      'unproven',
      'The rewritten file did not prove to differ in these values only, so it was left alone.',
      place,
    );
  }
  files.set(file.path, after);
  const { changes, note } = plan;
  return { kind: 'changed', ...place, changes, ...(note === undefined ? {} : { note }) };
}

interface FoundStep {
  readonly flow: SourceClass;
  /** The class that the step is written in. */
  readonly owner: SourceClass;
  readonly step: SourceStep;
}

/** The step as Python finds it: in the flow's class, or in the nearest base that is in the files. */
function findStep(
  classes: readonly SourceClass[],
  { flow, step }: WantedChange,
): FoundStep | undefined {
  const named = classes.filter(({ name }) => name === flow);
  const flows = named.filter((one) => lineage(classes, one).some(({ steps }) => steps.length > 0));
  const [found, second] = flows;
  if (found === undefined) return undefined;
  if (second !== undefined) {
    throw new Refused(
      'ambiguous',
      `There are two classes ${flow}: in ${found.file.path} and in ${second.file.path}. Name the file to change.`,
      { path: second.file.path, line: second.line },
    );
  }
  const owner = lineage(classes, found).find(({ steps }) =>
    steps.some(({ name }) => name === step),
  );
  if (owner === undefined) {
    const bases = found.bases.filter((base) => base !== 'FlowSpec');
    const where =
      bases.length === 0 ? '' : ` If it is inherited, name the file of ${bases.join(' or ')} too.`;
    throw new Refused('step-not-found', `${flow} has no step ${step} here.${where}`, {
      path: found.file.path,
      line: found.line,
    });
  }
  const [own, again] = owner.steps.filter(({ name }) => name === step);
  if (own === undefined) return undefined;
  if (again !== undefined) {
    throw new Refused(
      'ambiguous',
      `The step ${step} is written twice, in lines ${own.line} and ${again.line}.`,
      {
        path: owner.file.path,
        line: again.line,
      },
    );
  }
  if (owner !== found) refuseShared(classes, found, owner, own);
  return { flow: found, owner, step: own };
}

function refuseShared(
  classes: readonly SourceClass[],
  flow: SourceClass,
  owner: SourceClass,
  step: SourceStep,
): void {
  const heirs = classes.filter(
    (one) => one !== owner && one !== flow && lineage(classes, one).includes(owner),
  );
  if (heirs.length === 0) return;
  throw new Refused(
    'shared-step',
    `${step.name} is written in ${owner.name}, which ${heirs.map(({ name }) => name).join(', ')} ` +
      `inherits too: override the step in ${flow.name}, or change it there for all of them.`,
    { path: owner.file.path, line: step.line },
  );
}

/** The class and its bases as far as they are in the files, nearest first, as Python looks methods up. */
export function lineage(classes: readonly SourceClass[], start: SourceClass): SourceClass[] {
  const found: SourceClass[] = [];
  function visit(one: SourceClass): void {
    if (found.includes(one)) return;
    found.push(one);
    for (const base of one.bases) {
      const same = classes.filter(({ name }) => name === base);
      const own = same.findLast(({ file, line }) => file === one.file && line < one.line);
      const nearest = own ?? same.find(({ file }) => file !== one.file);
      if (nearest !== undefined) visit(nearest);
    }
  }
  visit(start);
  return found;
}

interface Proof {
  readonly before: ReadFile;
  readonly after: ReadFile;
  readonly plan: StepPlan;
  readonly step: SourceStep;
  readonly wanted: WantedChange;
}

function isProven({ before, after, plan, step, wanted }: Proof): boolean {
  if (firstFault(after.file.root) !== undefined) return false;
  if (!keepsTokens(before.file, after.file, plan.edits)) return false;
  const [old, now] = [before, after].map(({ classes }) =>
    classes.flatMap((owner) => owner.steps.map((one) => ({ owner, one }))),
  );
  // By its place: a class or a step may have the name of another.
  const place = old?.findIndex(({ one }) => one.mark.node.start === step.mark.node.start) ?? -1;
  const target = now?.[place];
  if (old === undefined || now?.length !== old.length || target === undefined) return false;
  const isKept = old.every(
    ({ one }, index) =>
      index === place || JSON.stringify(outline(one)) === JSON.stringify(outline(now[index]?.one)),
  );
  return (
    isKept && isSettled(target.one, target.owner, wanted) && keepsOtherDecorators(step, target.one)
  );
}

/** Reading the result says that nothing is left to do. */
function isSettled(step: SourceStep, owner: SourceClass, wanted: WantedChange): boolean {
  try {
    return planStep(step, owner, wanted) === undefined;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

function keepsOtherDecorators(before: SourceStep, after: SourceStep): boolean {
  const [old, now] = [before, after].map(({ decorators }) =>
    decorators
      .filter(
        ({ symbol }) =>
          symbol === undefined || !['resources', 'kubernetes', 'batch'].includes(symbol),
      )
      .map(({ text }) => text),
  );
  return JSON.stringify(old) === JSON.stringify(now);
}

function outline(step: SourceStep | undefined): unknown {
  if (step === undefined) return undefined;
  const { className, name, decorators } = step;
  return [className, name, decorators.map(({ text, symbol }: SourceDecorator) => [text, symbol])];
}
