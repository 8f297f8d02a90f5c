import { meaningOf, type Scope } from './bindings.ts';
import { appendItem, type Edit, itemList } from './edits.ts';
import { everyNode, fieldOf, newlineAt, type ParsedFile, type PythonNode } from './syntax.ts';

/** How a decorator of Metaflow's is written at a place of the file, and what has to be imported for it. */
export interface LocalName {
  readonly name: string;
  readonly edits: readonly Edit[];
}

/** The name by which a file already has it, or an import that gives it one which nothing else has. */
export function localName(
  file: ParsedFile,
  symbol: string,
  offset: number,
  scopes: readonly Scope[],
): LocalName {
  const known = knownName(symbol, offset, scopes);
  if (known !== undefined) return { name: known, edits: [] };
  const name = freeName(file, symbol);
  return { name, edits: importEdits(file, symbol, name, offset) };
}

function knownName(symbol: string, offset: number, scopes: readonly Scope[]): string | undefined {
  const names = [symbol, ...scopes.flatMap(({ bindings }) => bindings.map(({ name }) => name))];
  for (const name of names) {
    const meaning = meaningOf(name, offset, scopes);
    if (meaning?.kind === 'metaflow' && meaning.symbol === symbol) return name;
  }
  const module = names.find((name) => meaningOf(name, offset, scopes)?.kind === 'module');
  return module === undefined ? undefined : `${module}.${symbol}`;
}

function freeName({ text, root }: ParsedFile, symbol: string): string {
  const taken = new Set<string>();
  for (const { type, start, end } of everyNode(root)) {
    if (type === 'identifier') taken.add(text.slice(start, end));
  }
  let name = taken.has(symbol) ? `metaflow_${symbol}` : symbol;
  while (taken.has(name)) name += '_';
  return name;
}

function importEdits(file: ParsedFile, symbol: string, name: string, offset: number): Edit[] {
  const item = name === symbol ? symbol : `${symbol} as ${name}`;
  const statements = file.root.children.filter(({ end }) => end <= offset);
  const existing = statements.findLast((node) => importsNamesOfMetaflow(file, node));
  const list =
    existing === undefined
      ? undefined
      : itemList(
          existing.children,
          existing.children.filter(({ field }) => field === 'name'),
        );
  if (list !== undefined) return appendItem(file.text, list, item);

  const newline = newlineAt(file.text, 0);
  const line = `from metaflow import ${item}${newline}`;
  const before = statements.findLast(({ type }) => type.startsWith('import_'));
  const future = statements.findLast(({ type }) => type === 'future_import_statement');
  const after = before ?? future;
  const at = after === undefined ? statementAt(file, offset) : lineEnd(file.text, after.end);
  return [{ start: at, end: at, text: line }];
}

function importsNamesOfMetaflow({ text }: ParsedFile, node: PythonNode): boolean {
  const module = fieldOf(node, 'module_name');
  return (
    node.type === 'import_from_statement' &&
    module !== undefined &&
    text.slice(module.start, module.end) === 'metaflow' &&
    node.children.some(({ field }) => field === 'name')
  );
}

/** Start of the statement of the module that holds the offset. */
function statementAt({ root }: ParsedFile, offset: number): number {
  return root.children.find(({ end }) => end > offset)?.start ?? 0;
}

function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  return newline === -1 ? text.length : newline + 1;
}
