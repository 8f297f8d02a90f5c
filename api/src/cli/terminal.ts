import { COLOR_STYLE, PLAIN_STYLE, type Style } from '../format/style.ts';

/** Where a command writes, and how wide and colourful it may be. Passed in, so that nothing is global. */
export interface Terminal {
  readonly width: number;
  readonly style: Style;
  /** Writes lines to standard output, a newline behind them. */
  print(text: string): void;
  /** Writes lines to standard error, a newline behind them. */
  warn(text: string): void;
  /** Overwrites one line of standard error, nothing clears it; only where that is a terminal. */
  readonly showProgress?: (text: string) => void;
}

/** Reports are laid out for this range; beyond it, lines get too long to read. */
const MIN_WIDTH = 60;
const MAX_WIDTH = 120;
/** Where there is no terminal to ask: a pipe, a CI log. */
const DEFAULT_WIDTH = 100;

interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** The terminal of this process. `NO_COLOR` (any value but empty) and pipes get no colour. */
export function createTerminal(
  stdout: OutputStream,
  stderr: OutputStream,
  env: NodeJS.ProcessEnv,
): Terminal {
  const hasColor =
    stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const columns = stdout.columns ?? Number(env['COLUMNS'] || DEFAULT_WIDTH);
  return {
    width: Math.min(
      MAX_WIDTH,
      Math.max(MIN_WIDTH, Number.isNaN(columns) ? DEFAULT_WIDTH : columns),
    ),
    style: hasColor ? COLOR_STYLE : PLAIN_STYLE,
    print: (text) => void stdout.write(`${text}\n`),
    warn: (text) => void stderr.write(`${text}\n`),
    ...(stderr.isTTY === true && {
      showProgress: (text: string) => void stderr.write(`\r${text}\u001B[K`),
    }),
  };
}
