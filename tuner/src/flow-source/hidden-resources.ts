import { meaningOf, type Scope } from './bindings.ts';
import { RESOURCE_DECORATORS, type SourceDecorator } from './read-flows.ts';
import { everyNode, type ParsedFile, type PythonNode } from './syntax.ts';

/** Where a decorator's resources are made, when its own line does not show them. */
export interface HiddenResources {
  readonly line: number;
  /** Where the name comes from, where that is another module. */
  readonly module?: string;
}

const NAMED = new RegExp(`\\b(?:${RESOURCE_DECORATORS.join('|')})\\b`);

/**
 * Whether a decorator that is not plainly Metaflow's may still be what asks for resources:
 * `big = resources(…)`, a function or class of the file that mentions them, a `resources` from elsewhere, or
 * an expression around any of these. Said of too many rather than too few: adding a second `@resources` to a
 * step breaks its flow.
 */
export function hiddenResources(
  file: ParsedFile,
  { expression, symbol, line }: SourceDecorator,
  scopes: readonly Scope[],
): HiddenResources | undefined {
  if (symbol !== undefined) return undefined;
  for (const node of namesIn(expression)) {
    const name = file.text.slice(node.start, node.end);
    const meaning = meaningOf(name, expression.start, scopes);
    if (meaning?.kind === 'own') {
      if (NAMED.test(madeOf(file, meaning.node) ?? name)) return { line: meaning.line };
    } else if (isResource(meaning?.kind === 'metaflow' ? meaning.symbol : name)) {
      return meaning?.kind === 'import' ? { line, module: meaning.from } : { line };
    }
  }
  return undefined;
}

function madeOf({ text }: ParsedFile, node: PythonNode | undefined): string | undefined {
  return node === undefined ? undefined : text.slice(node.start, node.end);
}

function isResource(name: string): boolean {
  return RESOURCE_DECORATORS.some((one) => one === name);
}

/** Names that stand for something: those of keywords stand for nothing but themselves. */
function* namesIn(expression: PythonNode): Generator<PythonNode> {
  const keywords = new Set<PythonNode>();
  for (const node of everyNode(expression)) {
    if (node.type === 'keyword_argument') {
      for (const child of node.children) if (child.field === 'name') keywords.add(child);
    }
    if (node.type === 'identifier' && !keywords.has(node)) yield node;
  }
}
