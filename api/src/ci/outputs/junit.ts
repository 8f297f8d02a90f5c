import type { CheckedFlow, CiReport, Finding } from '../ci-report.ts';
import { inOneLine } from '../ci-words.ts';

/** JUnit’s XML: a suite for each flow, a case for each of its steps; a finding that fails the build is a failure. */
export function renderJunit({ flows, findings }: CiReport): string {
  const suites = flows.map((flow) =>
    renderSuite(
      flow,
      findings.filter((one) => one.flow === flow.flow),
    ),
  );
  const failures = failuresOf(findings);
  const tests = flows.reduce((sum, flow) => sum + stepsOf(flow).length, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="stepfit" tests="${tests}" failures="${failures}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function renderSuite(flow: CheckedFlow, findings: readonly Finding[]): string {
  const steps = stepsOf(flow);
  const head = `  <testsuite name="${xml(flow.flow)}" tests="${steps.length}" failures="${failuresOf(findings)}">`;
  const cases = steps.flatMap((step) =>
    renderCase(
      flow,
      step,
      findings.filter((one) => one.step === step),
    ),
  );
  return [head, ...cases, '  </testsuite>'].join('\n');
}

function renderCase(
  { flow, place }: CheckedFlow,
  step: string,
  findings: readonly Finding[],
): string[] {
  const at = `classname="${xml(flow)}" name="${xml(step)}" file="${xml(findings[0]?.place.path ?? place.path)}"`;
  const failures = findings.filter(({ isFailure }) => isFailure);
  const others = findings.filter(({ isFailure }) => !isFailure);
  if (findings.length === 0) return [`    <testcase ${at}/>`];
  return [
    `    <testcase ${at}>`,
    // A case has one failure: its text has them all.
    ...(failures[0] === undefined
      ? []
      : [
          `      <failure type="${failures[0].kind}" message="${xml(failures[0].message)}">${xml(failures.map(inOneLine).join('\n'))}</failure>`,
        ]),
    ...(others.length === 0
      ? []
      : [`      <system-out>${xml(others.map(inOneLine).join('\n'))}</system-out>`]),
    '    </testcase>',
  ];
}

/** Steps with a failure, since a case fails once. */
function failuresOf(findings: readonly Finding[]): number {
  const failed = findings.filter(({ isFailure }) => isFailure);
  return new Set(failed.map(({ flow, step }) => JSON.stringify([flow, step]))).size;
}

function stepsOf({ comparison, rows }: CheckedFlow): string[] {
  const names = [...(comparison?.steps ?? []), ...rows].map(({ step }) => step);
  return [...new Set(names)].toSorted();
}

/** XML 1.0 has no control characters at all but these three. */
function xml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
