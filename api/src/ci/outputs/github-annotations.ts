import type { CiReport, Finding } from '../ci-report.ts';
import { inOneLine } from '../ci-words.ts';

/** GitHub's workflow commands, one a line: it shows each in the diff, at its step. */
export function renderAnnotations({ findings }: CiReport): string {
  return findings.map(renderFinding).join('\n');
}

function renderFinding(finding: Finding): string {
  const { kind, place, isFailure } = finding;
  const level = isFailure ? 'error' : kind === 'regression' ? 'warning' : 'notice';
  const title = kind === 'regression' ? 'StepFit: more than before' : 'StepFit: more than needed';
  const properties = [
    `file=${property(place.path)}`,
    `line=${place.line}`,
    `title=${property(title)}`,
  ];
  return `::${level} ${properties.join(',')}::${data(inOneLine(finding))}`;
}

/** Escapes as the runner reads them (actions/toolkit, `command.ts`). */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
