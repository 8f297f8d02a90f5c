import { styleText } from 'node:util';

/** How words are made to stand out: by colour on a terminal, not at all in a pipe. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly accent: (text: string) => string;
}

type Format = Parameters<typeof styleText>[0];

function painter(format: Format): (text: string) => string {
  return (text) => (text === '' ? '' : styleText(format, text, { validateStream: false }));
}

function plain(text: string): string {
  return text;
}

export const PLAIN_STYLE: Style = {
  strong: plain,
  faint: plain,
  good: plain,
  bad: plain,
  accent: plain,
};

export const COLOR_STYLE: Style = {
  strong: painter('bold'),
  faint: painter('dim'),
  good: painter('green'),
  bad: painter('red'),
  accent: painter('cyan'),
};

/**
 * Makes text that came over the network safe to print: control characters, which could move the cursor or
 * forge a line, become a visible mark.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\u{fffd}');
}
