import {
  childOfType,
  everyNode,
  fieldOf,
  lineAt,
  type ParsedFile,
  type PythonNode,
} from './syntax.ts';

/** What a name stands for, as far as the file itself tells. */
export type Meaning =
  /** `from metaflow import resources as res` */
  | { readonly kind: 'metaflow'; readonly symbol: string }
  /** `import metaflow as mf` */
  | { readonly kind: 'module' }
  /** From another module. */
  | { readonly kind: 'import'; readonly from: string; readonly line: number }
  /** Assigned, defined, or the target of a loop: `node` is its value or definition, where that is one thing. */
  | { readonly kind: 'own'; readonly line: number; readonly node?: PythonNode };

interface Binding {
  readonly name: string;
  /** Where the name begins to have this meaning. */
  readonly from: number;
  readonly meaning: Meaning;
  /** In an `except` or `else`: what is done where the thing itself was not there. */
  readonly isFallback: boolean;
}

/** The names that one scope binds, in the order of the source. */
export interface Scope {
  readonly bindings: readonly Binding[];
  /** Where `from metaflow import *` stands. */
  readonly starFrom?: number;
}

/** What `from metaflow import *` binds, of what this reader asks for. */
const STARRED: ReadonlySet<string> = new Set(['step', 'resources', 'kubernetes', 'batch']);

/** The bindings of a module or of a class body: functions and classes inside are scopes of their own. */
export function readScope({ text }: Pick<ParsedFile, 'text'>, body: PythonNode): Scope {
  const reader = new ScopeReader(text);
  for (const child of body.children) reader.read(child, false);
  return reader.scope();
}

/** What is done where the thing itself was not there. */
const FALLBACKS = ['except_clause', 'except_group_clause', 'else_clause', 'elif_clause'];

/** A lambda binds in a scope of its own; a sum binds nothing that anybody decorates with, and can be deep. */
const UNREAD: ReadonlySet<string> = new Set(['lambda', 'binary_operator', 'boolean_operator']);

class ScopeReader {
  readonly #text: string;
  readonly #bindings: Binding[] = [];
  #starFrom: number | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  scope(): Scope {
    const starFrom = this.#starFrom;
    return { bindings: this.#bindings, ...(starFrom === undefined ? {} : { starFrom }) };
  }

  read(node: PythonNode, isFallback: boolean): void {
    if (!this.#readBinding(node, isFallback)) this.#readInside(node, isFallback);
  }

  /** Reads a node that binds something; false where what is inside may still do so. */
  #readBinding(node: PythonNode, isFallback: boolean): boolean {
    switch (node.type) {
      case 'import_statement':
      case 'import_from_statement':
        this.#readImport(node, isFallback);
        return true;
      case 'function_definition':
      case 'class_definition':
        this.#bind(fieldOf(node, 'name'), node, this.#own(node, node), isFallback);
        return true;
      case 'assignment':
      case 'augmented_assignment':
      case 'named_expression':
        this.#readAssignment(node, isFallback);
        return true;
      case 'as_pattern_target':
        this.#bindAll(node, node, isFallback);
        return true;
      default:
        return UNREAD.has(node.type);
    }
  }

  #readInside(node: PythonNode, isFallback: boolean): void {
    if (node.type === 'for_statement') this.#bindAll(fieldOf(node, 'left'), node, isFallback);
    const isTyping = node.type === 'if_statement' && this.#isTypeChecking(node);
    const below = isFallback || FALLBACKS.includes(node.type);
    for (const child of node.children) {
      if (!isTyping || child.field === 'alternative') this.read(child, below);
    }
  }

  #readAssignment(node: PythonNode, isFallback: boolean): void {
    const left = fieldOf(node, 'left') ?? fieldOf(node, 'name');
    const right = fieldOf(node, 'right') ?? fieldOf(node, 'value');
    const value = node.type === 'assignment' && left?.type === 'identifier' ? right : undefined;
    for (const name of namesIn(left)) this.#bind(name, node, this.#own(node, value), isFallback);
    if (right !== undefined) this.read(right, isFallback);
  }

  #readImport(node: PythonNode, isFallback: boolean): void {
    const module = fieldOf(node, 'module_name');
    if (childOfType(node, 'wildcard_import') !== undefined) {
      if (module !== undefined && this.#textOf(module) === 'metaflow') this.#starFrom ??= node.end;
      return;
    }
    for (const item of node.children.filter(({ field }) => field === 'name')) {
      const target = item.type === 'aliased_import' ? fieldOf(item, 'name') : item;
      const alias = item.type === 'aliased_import' ? fieldOf(item, 'alias') : item.children[0];
      if (target === undefined) continue;
      this.#bind(alias, node, this.#importMeaning(module, target, item), isFallback);
    }
  }

  #importMeaning(module: PythonNode | undefined, target: PythonNode, item: PythonNode): Meaning {
    const from = this.#textOf(module ?? target);
    if (from === 'metaflow') {
      return module === undefined
        ? { kind: 'module' }
        : { kind: 'metaflow', symbol: this.#textOf(target) };
    }
    // `import metaflow.cards` binds `metaflow` too.
    const bindsPackage = module === undefined && item.type !== 'aliased_import';
    if (bindsPackage && from.startsWith('metaflow.')) return { kind: 'module' };
    return { kind: 'import', from, line: lineAt(this.#text, item.start) };
  }

  #bindAll(target: PythonNode | undefined, of: PythonNode, isFallback: boolean): void {
    for (const name of namesIn(target)) this.#bind(name, name, this.#own(of), isFallback);
  }

  #bind(
    name: PythonNode | undefined,
    { end }: PythonNode,
    meaning: Meaning,
    isFallback: boolean,
  ): void {
    if (name === undefined) return;
    this.#bindings.push({ name: this.#textOf(name), from: end, meaning, isFallback });
  }

  #own(at: PythonNode, value?: PythonNode): Meaning {
    const line = lineAt(this.#text, at.start);
    return { kind: 'own', line, ...(value === undefined ? {} : { node: value }) };
  }

  #textOf({ start, end }: PythonNode): string {
    return this.#text.slice(start, end);
  }

  /** Only type checkers see what is imported there. */
  #isTypeChecking(node: PythonNode): boolean {
    const condition = fieldOf(node, 'condition');
    return condition !== undefined && /^(\w+\.)?TYPE_CHECKING$/.test(this.#textOf(condition));
  }
}

/**
 * What a name means at an offset: of what was bound before it, the last; a fallback only where there is
 * nothing else. Undefined where nothing in the scopes binds it. Inner scopes come first.
 */
export function meaningOf(
  name: string,
  offset: number,
  scopes: readonly Scope[],
): Meaning | undefined {
  for (const { bindings, starFrom } of scopes) {
    const before = bindings.filter((binding) => binding.name === name && binding.from <= offset);
    const found = before.findLast(({ isFallback }) => !isFallback) ?? before.at(-1);
    if (found !== undefined) return found.meaning;
    if (starFrom !== undefined && starFrom <= offset && STARRED.has(name)) {
      return { kind: 'metaflow', symbol: name };
    }
  }
  return undefined;
}

function namesIn(target: PythonNode | undefined): PythonNode[] {
  if (target === undefined) return [];
  // `a.b = 1` and `a[b] = 1` bind nothing.
  if (target.type === 'attribute' || target.type === 'subscript') return [];
  return [...everyNode(target)].filter(({ type }) => type === 'identifier');
}
