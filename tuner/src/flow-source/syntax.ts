/** One node of a concrete Python syntax tree, as tree-sitter's grammar names it, in plain data. */
export interface PythonNode {
  readonly type: string;
  /** UTF-16 offsets into the source, the end exclusive. */
  readonly start: number;
  readonly end: number;
  /** Name of the field that this node is of its parent. */
  readonly field?: string;
  /** True for tokens that the parser could not place or had to invent. */
  readonly isFault: boolean;
  readonly children: readonly PythonNode[];
}

/** Parses a whole file; faults are in the tree, it never throws for what the text says. */
export type ParsePython = (source: string) => PythonNode;

/** A file with its tree: what every reader of this folder works on. */
export interface ParsedFile {
  readonly path: string;
  readonly text: string;
  readonly root: PythonNode;
}

/** The child that is the given field of the node. */
export function fieldOf(node: PythonNode, field: string): PythonNode | undefined {
  return node.children.find((child) => child.field === field);
}

export function childOfType(node: PythonNode, type: string): PythonNode | undefined {
  return node.children.find((child) => child.type === type);
}

/** Comments and backslashes at the ends of lines stand anywhere and mean nothing. */
export function isTrivia(type: string): boolean {
  return type === 'comment' || type === 'line_continuation';
}

/** The node and all below it, in the order of the source. */
export function* everyNode(node: PythonNode): Generator<PythonNode> {
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    for (let index = next.children.length - 1; index >= 0; index -= 1) {
      const child = next.children[index];
      if (child !== undefined) open.push(child);
    }
  }
}

/** The first place that the parser could not make sense of; undefined in a sound file. */
export function firstFault(root: PythonNode): PythonNode | undefined {
  for (const node of everyNode(root)) if (node.isFault) return node;
  return undefined;
}

/** Line of an offset, 1 first. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
  }
  return line;
}

/** Offset of the first character of the line that `offset` is on. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** What the line that `offset` is on begins with. */
export function indentAt(text: string, offset: number): string {
  return /^[ \t\f]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? '';
}

/** How the line that `offset` is on ends, or the file's first line where that is the last. */
export function newlineAt(text: string, offset: number): string {
  const here = text.indexOf('\n', offset);
  const end = here === -1 ? text.indexOf('\n') : here;
  return end > 0 && text[end - 1] === '\r' ? '\r\n' : '\n';
}
