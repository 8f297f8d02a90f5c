import { parseFailOn } from '@stepfit/api/ci/fail-on';
import { renderCiText } from '@stepfit/api/ci/outputs/ci-text';
import { renderCodeQuality } from '@stepfit/api/ci/outputs/code-quality';
import { renderAnnotations } from '@stepfit/api/ci/outputs/github-annotations';
import { renderJunit } from '@stepfit/api/ci/outputs/junit';
import { escape, renderMarkdown } from '@stepfit/api/ci/outputs/markdown';
import { renderSarif } from '@stepfit/api/ci/outputs/sarif';
import { proofBody } from '@stepfit/api/ci/proof-text';
import { PLAIN_STYLE } from '@stepfit/api/format/style';
import { describe, expect, it } from 'vitest';

import { reportRow, suggestion } from '../support/samples.ts';
import { sampleReport } from './sample-report.ts';

const failing = sampleReport(parseFailOn('regression>20%,waste>30%'));

describe('what ci found', () => {
  it.each([
    ['comment.md', renderMarkdown],
    ['annotations.txt', renderAnnotations],
    ['code-quality.json', renderCodeQuality],
    ['results.sarif', renderSarif],
    ['junit.xml', renderJunit],
    [
      'terminal.txt',
      (report: typeof failing) => renderCiText(report, { width: 100, style: PLAIN_STYLE }),
    ],
  ])('is written as %s', async (name, render) => {
    await expect(`${render(failing)}\n`).toMatchFileSnapshot(`../../golden/ci/${name}`);
  });

  it('is told as the body of a pull request, with its proof', async () => {
    const one = suggestion();
    const body = proofBody({
      flow: one.flow,
      branch: `stepfit/${one.flow}`,
      serverUrl: 'https://stepfit.example.org',
      applied: [
        {
          suggestion: one,
          outcome: {
            kind: 'changed',
            flow: one.flow,
            step: one.step,
            path: 'flow.py',
            line: 3,
            changes: [],
          },
        },
      ],
    });

    await expect(body).toMatchFileSnapshot('../../golden/ci/pull-request.md');
  });

  it('fails a build only where that was asked for', () => {
    expect(failing.isFailure).toBe(true);
    expect(sampleReport().isFailure).toBe(false);
    expect(sampleReport(parseFailOn('regression')).isFailure).toBe(true);
    expect(sampleReport(parseFailOn('regression>50%')).isFailure).toBe(false);
    expect(sampleReport(parseFailOn('waste>90%')).isFailure).toBe(false);
    expect(sampleReport(parseFailOn('waste > 80%')).isFailure).toBe(true);
  });

  it('gives no line to paste where tasks are sized one by one at launch', () => {
    const { suggestion } = reportRow();
    if (suggestion === undefined) throw new Error('nothing is suggested');
    const load = reportRow({ step: 'load', suggestion: { ...suggestion, isByFeatures: true } });
    const text = renderMarkdown(sampleReport({}, [load]));

    expect(text).toContain('| each task by its features |');
    expect(text).toContain('No single value saves; launching each task by its features does.');
    expect(text).not.toContain(suggestion.decoratorLine);
  });

  it('refuses what no build can fail on', () => {
    expect(() => parseFailOn('regresion')).toThrow('regresion');
    expect(() => parseFailOn('waste')).toThrow('waste');
  });

  it('cannot be broken by what a flow is called', () => {
    const hostile = sampleReport();
    const named = {
      ...hostile,
      findings: hostile.findings.map((finding) => ({
        ...finding,
        message: '</details> <script>x</script> @everyone\n::error::forged ]]> "quoted" \u0000',
      })),
    };

    expect(renderMarkdown(named)).not.toMatch(/<script|@everyone|\n::error/);
    expect(renderAnnotations(named).split('\n')).toHaveLength(hostile.findings.length);
    expect(renderJunit(named)).not.toContain('<script');
    expect(renderJunit(named)).not.toContain('\u0000');
    expect(() => JSON.parse(renderSarif(named)) as unknown).not.toThrow();
    expect(escape('a_b*c')).toBe('a\\_b\\*c');
  });
});
