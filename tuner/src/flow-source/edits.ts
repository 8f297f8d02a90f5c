import { everyNode, indentAt, lineStart, newlineAt, type PythonNode } from './syntax.ts';

/** Replaces `[start, end)` of the source, UTF-16 offsets, by `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits that do not overlap; the rest of the text stays as it is, character by character. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of inOrder(edits)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/**
 * Whether two parses have the same tokens, of the same kind, wherever nothing was edited. With equal text
 * there, that says the edits did not change how the rest of the file is read.
 */
export function keepsTokens(
  before: { readonly text: string; readonly root: PythonNode },
  after: { readonly text: string; readonly root: PythonNode },
  edits: readonly Edit[],
): boolean {
  const ordered = inOrder(edits);
  let shift = 0;
  const inserted = ordered.map(({ start, end, text }) => {
    const range = { start: start + shift, end: start + shift + text.length };
    shift += text.length - (end - start);
    return range;
  });
  const old = tokensOutside(before, ordered);
  const now = tokensOutside(after, inserted);
  return old.length === now.length && old.every((token, index) => token === now[index]);
}

function tokensOutside(
  { text, root }: { readonly text: string; readonly root: PythonNode },
  ranges: readonly { readonly start: number; readonly end: number }[],
): string[] {
  return [...everyNode(root)]
    .filter(({ children, start, end }) => {
      if (children.length > 0 || start === end) return false;
      return !ranges.some((range) => start < range.end && end > range.start);
    })
    .map(({ type, start, end }) => `${type} ${text.slice(start, end)}`);
}

function inOrder(edits: readonly Edit[]): Edit[] {
  return edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

/** Arguments or imported names, with the bracket behind them where there is one. */
export interface ItemList {
  readonly last: PythonNode;
  readonly trailingComma?: PythonNode;
  readonly close?: PythonNode;
}

/** Adds an item behind the last: on a line of its own where the list is written so. */
export function appendItem(text: string, list: ItemList, item: string): Edit[] {
  const { last, trailingComma, close } = list;
  const isVertical =
    close !== undefined && isFirstOnLine(text, close.start) && isFirstOnLine(text, last.start);
  if (!isVertical) return [{ start: last.end, end: last.end, text: `, ${item}` }];
  const at = lineStart(text, close.start);
  const line = `${indentAt(text, last.start)}${item},${newlineAt(text, last.end)}`;
  return [
    ...(trailingComma === undefined ? [{ start: last.end, end: last.end, text: ',' }] : []),
    { start: at, end: at, text: line },
  ];
}

function isFirstOnLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === '';
}

/** The last item of a bracketed or bare list, and what follows it. */
export function itemList(
  children: readonly PythonNode[],
  items: readonly PythonNode[],
): ItemList | undefined {
  const last = items.at(-1);
  if (last === undefined) return undefined;
  const behind = children.filter(({ start }) => start >= last.end);
  const trailingComma = behind.find(({ type }) => type === ',');
  const close = behind.find(({ type }) => type === ')');
  return {
    last,
    ...(trailingComma === undefined ? {} : { trailingComma }),
    ...(close === undefined ? {} : { close }),
  };
}
