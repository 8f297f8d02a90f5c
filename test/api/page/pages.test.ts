import { createHash } from 'node:crypto';

import { CONTENT_SECURITY_POLICY } from '@stepfit/api/page/page-style';
import { renderReportPage, stepPath } from '@stepfit/api/page/report-page';
import { renderStepPage } from '@stepfit/api/page/step-page';
import { describe, expect, it } from 'vitest';

import {
  attempt,
  explanation,
  report,
  reportRow,
  suggestion,
  typicalReport,
} from '../support/samples.ts';

const EVIL = `x"><script>alert(1)</script><img src=x onerror=alert(1)>'`;

/** What would load or run something if it were markup. */
const ACTIVE = /<(script|img|iframe|object|link(?! rel="icon" href="data:,"))\b|\son\w+=/i;

function withoutText(page: string): string {
  return page.replaceAll(/&lt;.*?&gt;/gs, '');
}

describe('the report page', () => {
  it('lists steps with a link to the explanation of each', async () => {
    const page = renderReportPage(typicalReport());

    expect(page).toContain('<a href="/steps/TrainFlow/train?project=default">TrainFlow/train</a>');
    await expect(page).toMatchFileSnapshot('../../golden/report-page.html');
  });

  it('says what to do when nothing has arrived', () => {
    expect(renderReportPage(report([]))).toContain('stepfit doctor');
  });

  it('shows names from the network as text and links to them safely', () => {
    const page = renderReportPage(report([reportRow({ flow: EVIL, step: '../../etc?a=b#c' })]));

    expect(withoutText(page)).not.toMatch(ACTIVE);
    expect(page).toContain('/steps/x%22%3E%3Cscript%3E');
    expect(stepPath('p', 'f', '../../etc?a=b#c')).toBe(
      '/steps/f/..%2F..%2Fetc%3Fa%3Db%23c?project=p',
    );
  });

  it('carries exactly the style that its policy allows', () => {
    const style = /<style>(.*?)<\/style>/s.exec(renderReportPage(report([])))?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');

    expect(CONTENT_SECURITY_POLICY).toContain(`'sha256-${hash}'`);
    expect(renderReportPage(typicalReport())).not.toMatch(/\sstyle=/);
  });
});

describe('the page of a step', () => {
  it('shows change, proof, risk, replay and attempts', async () => {
    await expect(renderStepPage('default', explanation())).toMatchFileSnapshot(
      '../../golden/step-page.html',
    );
  });

  it('shows the reason where there is no suggestion', () => {
    const skip = { code: 'within-tolerance', detail: 'Memory: 4 GiB is within 10 %.' };
    const page = renderStepPage('default', explanation({ suggestion: undefined, skip }));

    expect(page).toContain('Memory: 4 GiB is within 10 %.');
    expect(page).not.toContain('<pre>');
  });

  it('shows everything from the network as text', () => {
    const page = renderStepPage(
      EVIL,
      explanation({
        flow: EVIL,
        step: EVIL,
        suggestion: suggestion({ decoratorLine: EVIL, reasons: [EVIL], decoratorNote: EVIL }),
        recentAttempts: [
          attempt({ run: EVIL, task: EVIL, outcomeEvidence: EVIL, attemptId: EVIL }),
        ],
      }),
    );

    expect(withoutText(page)).not.toMatch(ACTIVE);
  });
});
