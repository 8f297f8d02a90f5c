import { printable, type Style } from './style.ts';

export interface Check {
  readonly name: string;
  /** `warn` asks for attention, `fail` means that StepFit does not work. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do, for anything that is not ok. */
  readonly hint?: string;
}

const MARKS = { ok: '✓', warn: '!', fail: '✗' } as const;

/** One line for each check, and under those that are not ok what to do. */
export function renderChecks(checks: readonly Check[], style: Style): string {
  const width = checks.reduce((most, check) => Math.max(most, check.name.length), 0);
  const paint = { ok: style.good, warn: style.accent, fail: style.bad };
  const lines = checks.flatMap((check) => {
    const name = check.name.padEnd(width);
    const line = `${paint[check.state](MARKS[check.state])} ${name}  ${printable(check.detail)}`;
    return check.hint === undefined
      ? [line]
      : [line, `${' '.repeat(width + 4)}→ ${printable(check.hint)}`];
  });
  const open = checks.filter((check) => check.state !== 'ok').length;
  const verdict =
    open === 0
      ? 'All well.'
      : `${open} of ${checks.length} checks need${open === 1 ? 's' : ''} you.`;
  return [...lines, '', style.strong(verdict)].join('\n');
}
