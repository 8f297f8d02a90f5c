import { createRequire } from 'node:module';

import type { ParsePython, PythonNode } from '@stepfit/tuner/flow-source/syntax';
import { Language, Parser, type TreeCursor } from 'web-tree-sitter';

/**
 * Loads tree-sitter's Python grammar, compiled to WebAssembly: Python 3.0 to 3.14, by its own tests and ours.
 * Offsets are UTF-16, as JavaScript's are.
 */
export async function loadPythonParser(): Promise<ParsePython> {
  await Parser.init();
  const grammar = createRequire(import.meta.url).resolve(
    'tree-sitter-python/tree-sitter-python.wasm',
  );
  const parser = new Parser().setLanguage(await Language.load(grammar));
  return (source) => {
    const tree = parser.parse(source);
    if (tree === null) throw new Error('The parser was stopped, which nothing here does.');
    const cursor = tree.walk();
    try {
      return toPlain(cursor);
    } finally {
      // Their memory is WebAssembly's, which nobody collects.
      cursor.delete();
      tree.delete();
    }
  };
}

/** Copies the cursor's node and all below it out of WebAssembly's memory. */
function toPlain(cursor: TreeCursor): PythonNode {
  const { nodeType, startIndex, endIndex, currentFieldName, nodeIsMissing } = cursor;
  const children: PythonNode[] = [];
  if (cursor.gotoFirstChild()) {
    do children.push(toPlain(cursor));
    while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }
  return {
    type: nodeType,
    start: startIndex,
    end: endIndex,
    ...(currentFieldName !== null && { field: currentFieldName }),
    isFault: nodeIsMissing || nodeType === 'ERROR',
    children,
  };
}
