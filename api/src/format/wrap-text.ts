import { textWidth } from './characters.ts';

/**
 * Breaks a paragraph at spaces into lines of at most `width` characters, each after the first indented by
 * `indent`. A single longer word stays whole: a decorator or a URL must survive being copied.
 */
export function wrapText(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`;
    if (textWidth(next) <= width || line.trim() === '') {
      line = next;
    } else {
      lines.push(line);
      line = `${indent}${word}`;
    }
  }
  return [...lines, line];
}

const MARGIN = '  ';

/** A paragraph within a margin; behind a label such as `proof  ` its further lines start under the text. */
export function paragraph(text: string, { width }: { readonly width: number }): string[] {
  const label = /^\w+ {2,}/.exec(text)?.[0].length ?? 0;
  return wrapText(text, width - MARGIN.length, ' '.repeat(label)).map((line) => MARGIN + line);
}
