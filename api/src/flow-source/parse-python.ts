import { createRequire } from 'node:module';

import type { ParsePython, PythonNode } from '@stepfit/tuner/flow-source/syntax';
import type { TreeCursor } from 'web-tree-sitter';

/**
 * Loads tree-sitter's Python grammar, compiled to WebAssembly: Python 3.0 to 3.14, by its own tests and ours.
 * Offsets are UTF-16, as JavaScript's are.
 */
export async function loadPythonParser(): Promise<ParsePython> {
  // Loaded here, so that other commands start without it.
  const { Language, Parser } = await import('web-tree-sitter');
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

interface Growing extends PythonNode {
  readonly children: Growing[];
}

/** Copies the tree out of WebAssembly's memory. Without recursion: a long sum is nested as deep as it is long. */
function toPlain(cursor: TreeCursor): PythonNode {
  const root = copyNode(cursor);
  const above: Growing[] = [];
  let parent: Growing | undefined = root;
  let isNew = cursor.gotoFirstChild();
  while (parent !== undefined) {
    if (!isNew) {
      // Back at the parent, whose next sibling is the grandparent's child.
      cursor.gotoParent();
      parent = above.pop();
      if (parent === undefined) break;
      isNew = cursor.gotoNextSibling();
      continue;
    }
    const node = copyNode(cursor);
    parent.children.push(node);
    if (cursor.gotoFirstChild()) {
      above.push(parent);
      parent = node;
    } else {
      isNew = cursor.gotoNextSibling();
    }
  }
  return root;
}

function copyNode(cursor: TreeCursor): Growing {
  const { nodeType, startIndex, endIndex, currentFieldName, nodeIsMissing } = cursor;
  return {
    type: nodeType,
    start: startIndex,
    end: endIndex,
    ...(currentFieldName !== null && { field: currentFieldName }),
    isFault: nodeIsMissing || nodeType === 'ERROR',
    children: [],
  };
}
