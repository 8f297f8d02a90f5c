import { meaningOf, readScope, type Meaning, type Scope } from './bindings.ts';
import {
  childOfType,
  everyNode,
  fieldOf,
  isTrivia,
  lineAt,
  type ParsedFile,
  type PythonNode,
} from './syntax.ts';
import { readValue, type SourceValue } from './values.ts';

/** The decorators that say what a step asks for. */
export const RESOURCE_DECORATORS = ['resources', 'kubernetes', 'batch'] as const;
export type ResourceDecorator = (typeof RESOURCE_DECORATORS)[number];

export interface SourceAttribute {
  readonly name: string;
  /** `memory=8000`, whole. */
  readonly node: PythonNode;
  readonly valueNode: PythonNode;
  readonly value: SourceValue;
}

/** One decorator line of a step. */
export interface SourceDecorator {
  readonly node: PythonNode;
  readonly line: number;
  /** As written, without the `@`: `res(memory=8000)`. */
  readonly text: string;
  /** What it is of Metaflow's; undefined for anything else. */
  readonly symbol?: string;
  /** What its name stands for, where it is not Metaflow's. */
  readonly meaning?: Meaning;
  /** `resources` or `resources(…)`, where the arguments go behind. */
  readonly expression: PythonNode;
  readonly argumentList?: PythonNode;
  readonly attributes: readonly SourceAttribute[];
  /** `**amounts` or positional: something that names no attribute. */
  readonly isOpen: boolean;
}

export interface SourceStep {
  readonly name: string;
  readonly line: number;
  readonly file: ParsedFile;
  readonly className: string;
  readonly decorators: readonly SourceDecorator[];
  /** `@step` itself. */
  readonly mark: SourceDecorator;
}

export interface SourceClass {
  readonly name: string;
  readonly line: number;
  readonly file: ParsedFile;
  /** Last parts of the bases' names, in order. */
  readonly bases: readonly string[];
  readonly decorators: readonly SourceDecorator[];
  readonly steps: readonly SourceStep[];
  /** Class body first, then the module. */
  readonly scopes: readonly Scope[];
}

/** Every class of a file with its steps: methods under Metaflow's `@step`, by whatever name. */
export function readClasses(file: ParsedFile): SourceClass[] {
  const module = readScope(file, file.root);
  const classes: SourceClass[] = [];
  for (const node of everyNode(file.root)) {
    if (node.type === 'decorated_definition') {
      const definition = fieldOf(node, 'definition');
      if (definition?.type === 'class_definition') {
        classes.push(readClass(file, definition, node.children, module));
      }
    } else if (node.type === 'module' || node.type === 'block') {
      for (const child of node.children) {
        if (child.type === 'class_definition') classes.push(readClass(file, child, [], module));
      }
    }
  }
  return classes.toSorted((a, b) => a.line - b.line);
}

function readClass(
  file: ParsedFile,
  node: PythonNode,
  around: readonly PythonNode[],
  module: Scope,
): SourceClass {
  const body = fieldOf(node, 'body');
  const inner = body === undefined ? { bindings: [] } : readScope(file, body);
  const scopes = [inner, module];
  const name = textOfField(file, node, 'name');
  const bases = fieldOf(node, 'superclasses')?.children ?? [];
  return {
    name,
    line: lineAt(file.text, node.start),
    file,
    bases: bases
      .filter(({ type }) => type === 'identifier' || type === 'attribute')
      .map(({ start, end }) => file.text.slice(start, end).split('.').at(-1)?.trim() ?? ''),
    decorators: readDecorators(file, around, [module]),
    steps: [...methodsOf(body)].flatMap((method) => readStep(file, name, method, scopes) ?? []),
    scopes,
  };
}

/** Decorated functions right in the class, or under an `if` or `try` there. */
function* methodsOf(body: PythonNode | undefined): Generator<PythonNode> {
  for (const node of body?.children ?? []) {
    if (node.type === 'decorated_definition') yield node;
    else if (node.type !== 'class_definition' && node.type !== 'function_definition') {
      yield* methodsOf(node);
    }
  }
}

function readStep(
  file: ParsedFile,
  className: string,
  node: PythonNode,
  scopes: readonly Scope[],
): SourceStep | undefined {
  const definition = fieldOf(node, 'definition');
  if (definition?.type !== 'function_definition') return undefined;
  const decorators = readDecorators(file, node.children, scopes);
  const mark = decorators.find(isStepMark);
  if (mark === undefined) return undefined;
  return {
    name: textOfField(file, definition, 'name'),
    line: lineAt(file.text, definition.start),
    file,
    className,
    decorators,
    mark,
  };
}

/** A `step` from a module of the user's own is Metaflow's, passed on: nothing else marks a step. */
function isStepMark({ symbol, text, meaning }: SourceDecorator): boolean {
  return symbol === 'step' || (text === 'step' && meaning?.kind !== 'own');
}

function readDecorators(
  file: ParsedFile,
  around: readonly PythonNode[],
  scopes: readonly Scope[],
): SourceDecorator[] {
  return around
    .filter(({ type }) => type === 'decorator')
    .flatMap((node) => readDecorator(file, node, scopes) ?? []);
}

function readDecorator(
  file: ParsedFile,
  node: PythonNode,
  scopes: readonly Scope[],
): SourceDecorator | undefined {
  const expression = node.children.find(({ type }) => type !== '@' && !isTrivia(type));
  if (expression === undefined) return undefined;
  const called = expression.type === 'call' ? fieldOf(expression, 'function') : undefined;
  const argumentList = called === undefined ? undefined : childOfType(expression, 'argument_list');
  const target = called ?? expression;
  const { symbol, meaning } = resolve(file, target, node.start, scopes);
  const items = (argumentList?.children ?? []).filter(
    ({ type }) => !['(', ')', ','].includes(type) && !isTrivia(type),
  );
  return {
    node,
    line: lineAt(file.text, node.start),
    text: file.text.slice(expression.start, expression.end),
    ...(symbol === undefined ? {} : { symbol }),
    ...(meaning === undefined ? {} : { meaning }),
    expression,
    ...(argumentList === undefined ? {} : { argumentList }),
    attributes: items.flatMap((item) => readAttribute(file, item) ?? []),
    isOpen: items.some(({ type }) => type !== 'keyword_argument'),
  };
}

function readAttribute(file: ParsedFile, item: PythonNode): SourceAttribute | undefined {
  const valueNode = fieldOf(item, 'value');
  if (item.type !== 'keyword_argument' || valueNode === undefined) return undefined;
  const name = textOfField(file, item, 'name');
  return { name, node: item, valueNode, value: readValue(file.text, valueNode) };
}

/** Metaflow's name of `res`, `mf.resources` or `resources`; else what the first name stands for. */
function resolve(
  file: ParsedFile,
  target: PythonNode,
  offset: number,
  scopes: readonly Scope[],
): { symbol?: string; meaning?: Meaning } {
  const isAttribute = target.type === 'attribute';
  const base = isAttribute ? fieldOf(target, 'object') : target;
  if (base?.type !== 'identifier') return {};
  const meaning = meaningOf(file.text.slice(base.start, base.end), offset, scopes);
  if (isAttribute && meaning?.kind === 'module') {
    return { symbol: textOfField(file, target, 'attribute') };
  }
  if (!isAttribute && meaning?.kind === 'metaflow') return { symbol: meaning.symbol };
  return meaning === undefined ? {} : { meaning };
}

function textOfField({ text }: ParsedFile, node: PythonNode, field: string): string {
  const found = fieldOf(node, field);
  return found === undefined ? '' : text.slice(found.start, found.end);
}
