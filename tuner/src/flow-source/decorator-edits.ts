import { backendRules } from '../backend/effective-request.ts';
import { pythonLiteral, writeDecorator } from '../backend/python-literal.ts';
import type { DeclaredDecorator } from '../model/attempt-usage.ts';
import { appendItem, type Edit, itemList } from './edits.ts';
import { refuseComputed } from './explain-value.ts';
import { localName } from './local-name.ts';
import type { ResourceDecorator, SourceClass, SourceDecorator, SourceStep } from './read-flows.ts';
import { Refused } from './refusal.ts';
import { indentAt, lineStart, newlineAt } from './syntax.ts';
import { amountWithUnit, literalNode, writeLike } from './values.ts';

/** One value of one decorator: `from` and `to` as Python has them, absent where there is none. */
export interface ValueChange {
  readonly decorator: ResourceDecorator;
  readonly attribute: string;
  readonly from?: string;
  readonly to?: string;
}

/** Edits of one decorator, and the values that they change. */
export interface DecoratorEdits {
  readonly edits: readonly Edit[];
  readonly changes: readonly ValueChange[];
}
export const NO_EDITS: DecoratorEdits = { edits: [], changes: [] };

/** Stands for a value that the source computes: no number, so that nothing is taken for granted of it. */
interface Computed {
  readonly computed: string;
}

/** What the decorators set, as the backend rules read it. */
export function declaredBy(
  decorators: readonly SourceDecorator[],
  backend: string,
): DeclaredDecorator[] {
  const hasUnits = readsUnits(backend);
  return decorators.map(({ symbol = '', attributes }) => ({
    name: symbol,
    attributes: Object.fromEntries(
      attributes.map(({ name, value }): [string, unknown] => {
        if (value.kind === 'expression') return [name, { computed: value.text } satisfies Computed];
        const amount = hasUnits && name === 'memory' ? amountWithUnit(value.value) : undefined;
        return [name, amount?.mib ?? value.value];
      }),
    ),
  }));
}

/** Whether `memory="8Gi"` is an amount: Kubernetes is sent `8GiM`, which it refuses. */
function readsUnits(backend: string): boolean {
  return backendRules(backend).memoryUnitMiB === 1;
}

interface EditInput {
  readonly step: SourceStep;
  readonly source: SourceDecorator;
  readonly name: ResourceDecorator;
  readonly target: DeclaredDecorator['attributes'];
  readonly backend: string;
  readonly scopes: SourceClass['scopes'];
}

/** Makes a decorator of the step set what the target sets, and no more. */
export function editDecorator(input: EditInput): DecoratorEdits {
  const { step, source, name, target, backend } = input;
  const { text } = step.file;
  const now = declaredBy([source], backend)[0]?.attributes ?? {};
  const edits: Edit[] = [];
  const changes: ValueChange[] = [];
  const added: string[] = [];
  for (const [attribute, value] of Object.entries(target)) {
    if (Object.hasOwn(now, attribute) && isSame(now[attribute], value)) continue;
    const existing = source.attributes.find((item) => item.name === attribute);
    if (existing === undefined) {
      const to = literalOf(input, attribute, value);
      added.push(`${attribute}=${to}`);
      changes.push({ decorator: name, attribute, to });
      continue;
    }
    if (existing.value.kind === 'expression') {
      throw refuseComputed({
        file: step.file,
        decorator: source,
        attribute: existing,
        wanted: pythonLiteral(value),
        scopes: input.scopes,
      });
    }
    const node = literalNode(existing.valueNode);
    const from = text.slice(node.start, node.end);
    // A unit that the backend does not read is no number to it: what is written in its place is.
    const isForeign = !readsUnits(backend) && amountWithUnit(existing.value.value) !== undefined;
    const to =
      typeof value === 'number' && !isForeign
        ? writeLike(from, value)
        : literalOf(input, attribute, value);
    edits.push({ start: node.start, end: node.end, text: to });
    changes.push({ decorator: name, attribute, from, to });
  }
  return { edits: [...edits, ...appendArguments(text, source, added)], changes };
}

function appendArguments(text: string, source: SourceDecorator, added: readonly string[]): Edit[] {
  if (added.length === 0) return [];
  const { argumentList, expression } = source;
  if (argumentList === undefined) {
    return [{ start: expression.end, end: expression.end, text: `(${added.join(', ')})` }];
  }
  const list = itemList(
    argumentList.children,
    source.attributes.map(({ node }) => node),
  );
  if (list !== undefined) return appendItem(text, list, added.join(', '));
  const at = argumentList.start + 1;
  return [{ start: at, end: at, text: added.join(', ') }];
}

/** A value as Python; a computed one has no place but its own. */
function literalOf(
  { step, source, scopes }: Omit<EditInput, 'name' | 'target' | 'backend'>,
  attribute: string,
  value: unknown,
): string {
  if (!isComputed(value)) return pythonLiteral(value);
  const found = source.attributes.find(({ name }) => name === attribute);
  if (found !== undefined) {
    throw refuseComputed({
      file: step.file,
      decorator: source,
      attribute: found,
      wanted: undefined,
      scopes,
    });
  }
  throw new Refused(
    'computed',
    `${attribute}=${value.computed} would have to move to another decorator: write the value out.`,
    { path: step.file.path, line: source.line },
  );
}

/** A decorator right above `@step`, with its import where the file has none. */
export function addDecorator(
  step: SourceStep,
  name: ResourceDecorator,
  attributes: DeclaredDecorator['attributes'],
  scopes: SourceClass['scopes'],
): DecoratorEdits {
  const { file, mark } = step;
  for (const [attribute, value] of Object.entries(attributes)) {
    literalOf({ step, source: mark, scopes }, attribute, value);
  }
  const local = localName(file, name, mark.node.start, scopes);
  const at = lineStart(file.text, mark.node.start);
  const line = writeDecorator(name, attributes).replace(`@${name}`, `@${local.name}`);
  const text = `${indentAt(file.text, mark.node.start)}${line}${newlineAt(file.text, mark.node.start)}`;
  return {
    edits: [...local.edits, { start: at, end: at, text }],
    changes: Object.entries(attributes).map(([attribute, value]) => ({
      decorator: name,
      attribute,
      to: pythonLiteral(value),
    })),
  };
}

/** Takes a decorator's lines out; its import stays, since something else may use it. */
export function removeDecorator(
  step: SourceStep,
  source: SourceDecorator,
  scopes: SourceClass['scopes'],
): DecoratorEdits {
  const { text } = step.file;
  const name = source.symbol as ResourceDecorator;
  const computed = source.attributes.find(({ value }) => value.kind === 'expression');
  if (computed !== undefined) {
    throw refuseComputed({
      file: step.file,
      decorator: source,
      attribute: computed,
      wanted: undefined,
      scopes,
    });
  }
  const start = lineStart(text, source.node.start);
  const newline = text.indexOf('\n', source.expression.end);
  return {
    edits: [{ start, end: newline === -1 ? text.length : newline + 1, text: '' }],
    changes: source.attributes.map(({ name: attribute, valueNode }) => ({
      decorator: name,
      attribute,
      from: text.slice(valueNode.start, valueNode.end),
    })),
  };
}

function isComputed(value: unknown): value is Computed {
  return typeof value === 'object' && value !== null && 'computed' in value;
}

/** Metaflow reads `"8000"` and `8000` alike. */
function isSame(now: unknown, value: unknown): boolean {
  if (isComputed(now) || isComputed(value)) {
    return isComputed(now) && isComputed(value) && now.computed === value.computed;
  }
  return now === value || (now !== null && value !== null && Number(now) === Number(value));
}
