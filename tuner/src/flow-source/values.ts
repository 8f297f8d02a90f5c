import { childOfType, isTrivia, type PythonNode } from './syntax.ts';

/** A value as the source has it: known where it is written out, an expression elsewhere. */
export type SourceValue =
  | { readonly kind: 'literal'; readonly value: number | string | boolean | null }
  | { readonly kind: 'expression'; readonly text: string };

/** Reads a value. What is not one literal, such as `16 * 1024`, an f-string or a name, is an expression. */
export function readValue(text: string, node: PythonNode): SourceValue {
  const own = text.slice(node.start, node.end);
  const expression: SourceValue = { kind: 'expression', text: own };
  switch (node.type) {
    case 'integer':
    case 'float': {
      const value = Number(own.replaceAll('_', ''));
      return Number.isFinite(value) ? { kind: 'literal', value } : expression;
    }
    case 'string':
      return readString(text, node) ?? expression;
    case 'true':
      return { kind: 'literal', value: true };
    case 'false':
      return { kind: 'literal', value: false };
    case 'none':
      return { kind: 'literal', value: null };
    case 'parenthesized_expression': {
      const inner = parenthesised(node);
      return inner === undefined ? expression : readValue(text, inner);
    }
    default:
      return expression;
  }
}

/** The literal itself, without the parentheses around it: what an edit replaces. */
export function literalNode(node: PythonNode): PythonNode {
  const inner = node.type === 'parenthesized_expression' ? parenthesised(node) : undefined;
  return inner === undefined ? node : literalNode(inner);
}

function parenthesised(node: PythonNode): PythonNode | undefined {
  const inner = node.children.filter(({ type }) => type !== '(' && type !== ')' && !isTrivia(type));
  return inner.length === 1 ? inner[0] : undefined;
}

function readString(text: string, node: PythonNode): SourceValue | undefined {
  const opening = childOfType(node, 'string_start');
  if (opening === undefined || !/^[rRuU]?["']/.test(text.slice(opening.start, opening.end))) {
    return undefined;
  }
  const contents = node.children.filter(({ type }) => type === 'string_content');
  // An escape sequence is a node of its own inside the content.
  if (contents.some(({ children }) => children.length > 0)) return undefined;
  const value = contents.map(({ start, end }) => text.slice(start, end)).join('');
  return { kind: 'literal', value };
}

/** Kubernetes' suffixes of memory, in MiB. */
const SUFFIX_MIB: Readonly<Record<string, number>> = {
  Mi: 1,
  M: 1_000_000 / 1_048_576,
  Gi: 1024,
  G: 1_000_000_000 / 1_048_576,
};

/** An amount written with a unit, such as `8Gi`, in MiB; undefined for anything else. */
export function amountWithUnit(value: unknown): { mib: number; suffix: string } | undefined {
  if (typeof value !== 'string') return undefined;
  const [, digits, suffix = ''] = /^\s*(\d+(?:\.\d+)?)\s*(Mi|M|Gi|G)B?\s*$/.exec(value) ?? [];
  const unit = SUFFIX_MIB[suffix];
  return digits === undefined || unit === undefined
    ? undefined
    : { mib: Number(digits) * unit, suffix };
}

/**
 * A number written the way the literal it replaces was: with underscores, as a float, in the same quotes,
 * with the same unit where the number is whole in it.
 *
 * @param old the literal's source text.
 */
export function writeLike(old: string, value: number): string {
  const [, prefix = '', quote = '', content = ''] =
    /^([rRuU]?)("""|'''|"|')(.*)\2$/s.exec(old) ?? [];
  if (quote !== '') return `${prefix}${quote}${inUnitOf(content, value)}${quote}`;
  if (/^\d[\d_]*$/.test(old) && old.includes('_') && Number.isInteger(value)) {
    return String(value).replaceAll(/\B(?=(\d{3})+$)/g, '_');
  }
  return /^[\d_]*\.[\d_]*$/.test(old) && Number.isInteger(value) ? `${value}.0` : String(value);
}

function inUnitOf(old: string, valueMiB: number): string {
  const unit = amountWithUnit(old);
  if (unit === undefined) return String(valueMiB);
  const bytes = old.trimEnd().endsWith('B') ? 'B' : '';
  const amount = valueMiB / (SUFFIX_MIB[unit.suffix] ?? 1);
  if (Number.isInteger(amount)) return `${amount}${unit.suffix}${bytes}`;
  return unit.suffix.endsWith('i')
    ? `${Math.ceil(valueMiB)}Mi${bytes}`
    : `${Math.ceil(valueMiB / (SUFFIX_MIB['M'] ?? 1))}M${bytes}`;
}
