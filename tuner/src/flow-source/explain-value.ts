import { meaningOf, type Scope } from './bindings.ts';
import type { SourceAttribute, SourceDecorator } from './read-flows.ts';
import { type Refusal, Refused } from './refusal.ts';
import { everyNode, fieldOf, lineAt, type ParsedFile, type PythonNode } from './syntax.ts';

interface ComputedInput {
  readonly file: ParsedFile;
  readonly decorator: SourceDecorator;
  readonly attribute: SourceAttribute;
  /** What it should become, as Python; undefined where the decorator would have to go. */
  readonly wanted: string | undefined;
  readonly scopes: readonly Scope[];
}

/** The refusal for a value that is not written out, with the place where it is made. */
export function refuseComputed(input: ComputedInput): Refused {
  const { file, attribute, wanted } = input;
  const { text } = file;
  const value = text.slice(attribute.valueNode.start, attribute.valueNode.end);
  const written = `${attribute.name}=${shorten(value)}`;
  const goal = wanted === undefined ? 'the value' : wanted;
  const here = { path: file.path, line: lineAt(text, attribute.node.start) };

  const config = configOf(input);
  if (config !== undefined) {
    const setting = config.path === '' ? 'the setting' : `"${config.path}"`;
    return new Refused(
      'computed',
      `${written} comes from the Config ${config.name}: set ${setting} to ${goal} in ` +
        `${config.file ?? 'the file that it reads'}.`,
      config.line === undefined ? here : { path: file.path, line: config.line },
    );
  }
  const variable = refuseVariable(input, value, { written, goal, here });
  if (variable !== undefined) return variable;
  return new Refused(
    'computed',
    `${written} is an expression: write ${attribute.name}=${goal} there.`,
    here,
  );
}

function refuseVariable(
  { file, decorator, attribute, scopes }: ComputedInput,
  name: string,
  { written, goal, here }: { written: string; goal: string; here: Refusal['place'] },
): Refused | undefined {
  if (attribute.valueNode.type !== 'identifier') return undefined;
  const meaning = meaningOf(name, decorator.node.start, scopes);
  if (meaning?.kind === 'own') {
    const others = usesOf(file, name) - 2;
    const uses =
      others > 0 ? `, which is used in ${others} other place${others === 1 ? '' : 's'}` : '';
    return new Refused(
      'computed',
      `${written} is the variable ${name}, set in line ${meaning.line}${uses}: write ${goal} there.`,
      { path: file.path, line: meaning.line },
    );
  }
  if (meaning?.kind !== 'import') return undefined;
  return new Refused(
    'computed',
    `${written} is the variable ${name} of the module ${meaning.from}: write ${goal} there.`,
    here,
  );
}

interface ConfigPlace {
  readonly name: string;
  /** Dotted path in the Config; empty where it cannot be read off. */
  readonly path: string;
  readonly file?: string;
  readonly line?: number;
}

/** `config_expr("cfg.train.memory")`, or `cfg.train.memory` where `cfg = Config(…)`. */
function configOf({ file, attribute, decorator, scopes }: ComputedInput): ConfigPlace | undefined {
  const { text } = file;
  for (const node of everyNode(attribute.valueNode)) {
    if (node.type === 'call' && symbolOf(file, node, scopes) === 'config_expr') {
      const argument = /\(\s*["']([^"']*)["']/.exec(text.slice(node.start, node.end))?.[1] ?? '';
      const [name = '', ...path] = argument.split('.');
      return { name, path: path.join('.'), ...madeAt(file, name, decorator, scopes) };
    }
    if (node.type !== 'identifier') continue;
    const name = text.slice(node.start, node.end);
    const made = madeAt(file, name, decorator, scopes);
    if (made.line === undefined) continue;
    const whole = text.slice(attribute.valueNode.start, attribute.valueNode.end);
    const path = new RegExp(`^${name}((?:\\.\\w+)+)$`).exec(whole)?.[1]?.slice(1) ?? '';
    return { name, path, ...made };
  }
  return undefined;
}

/** Where a Config of that name is made, and the file that it reads by default. */
function madeAt(
  file: ParsedFile,
  name: string,
  decorator: SourceDecorator,
  scopes: readonly Scope[],
): { line?: number; file?: string } {
  const meaning = meaningOf(name, decorator.node.start, scopes);
  if (meaning?.kind !== 'own' || meaning.node?.type !== 'call') return {};
  if (symbolOf(file, meaning.node, scopes) !== 'Config') return {};
  const call = file.text.slice(meaning.node.start, meaning.node.end);
  const path = /\bdefault\s*=\s*["']([^"']+)["']/.exec(call)?.[1];
  return { line: meaning.line, ...(path === undefined ? {} : { file: path }) };
}

/** Metaflow's name of what a call calls. */
function symbolOf(
  { text }: ParsedFile,
  call: PythonNode,
  scopes: readonly Scope[],
): string | undefined {
  const target = fieldOf(call, 'function');
  if (target === undefined) return undefined;
  const [first = '', ...rest] = text.slice(target.start, target.end).split('.');
  const meaning = meaningOf(first, call.start, scopes);
  if (meaning?.kind === 'module') return rest.join('.');
  return meaning?.kind === 'metaflow' && rest.length === 0 ? meaning.symbol : undefined;
}

function usesOf({ text, root }: ParsedFile, name: string): number {
  let count = 0;
  for (const { type, start, end } of everyNode(root)) {
    if (type === 'identifier' && text.slice(start, end) === name) count += 1;
  }
  return count;
}

const LONGEST_QUOTE = 60;

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE - 1)}…` : line;
}
