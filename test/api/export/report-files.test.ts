import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { renderReportCsv } from '@stepfit/api/export/report-csv';
import { renderReportFile } from '@stepfit/api/export/report-file';
import { renderReportMarkdown } from '@stepfit/api/export/report-markdown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { report, reportRow, typicalReport } from '../support/samples.ts';

const EVIL = '</script><script>alert(1)</script>|,"\n=cmd()';

describe('the report as text', () => {
  it('is Markdown that people read', async () => {
    await expect(renderReportMarkdown(typicalReport())).toMatchFileSnapshot(
      '../../golden/report.md',
    );
  });

  it('is CSV with a line for each step and units in the names', async () => {
    await expect(renderReportCsv(typicalReport())).toMatchFileSnapshot('../../golden/report.csv');
  });

  it('shows names from the network as names', () => {
    const evil = report([reportRow({ flow: EVIL, step: '=cmd()' })]);
    const [, line] = renderReportCsv(evil).split('\r\n');

    expect(renderReportMarkdown(evil)).not.toContain('<script>');
    expect(line?.startsWith('"</script><script>alert(1)</script>|,""\n=cmd()",\'=cmd()')).toBe(
      true,
    );
  });
});

describe('the report as one HTML file', () => {
  const dist = mkdtempSync(join(tmpdir(), 'stepfit-dist-'));
  beforeAll(() => {
    mkdirSync(join(dist, 'report'));
    writeFileSync(join(dist, 'report', 'report.js'), 'void 0;');
    writeFileSync(join(dist, 'report', 'report.css'), 'b{}');
  });
  afterAll(() => {
    rmSync(dist, { recursive: true });
  });
  const trend = { project: 'default', days: [] };

  it('holds names as data that cannot end its element', () => {
    const file = renderReportFile(
      { report: report([reportRow({ flow: EVIL })]), trend, sketches: [] },
      dist,
    );
    const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(file)?.[1];

    expect(file.match(/<script/g)).toHaveLength(2);
    expect(JSON.parse(data ?? '')).toMatchObject({ report: { steps: [{ flow: EVIL }] } });
  });

  it('stays below 2 MB for a hundred thousand tasks, since needs are sketched', () => {
    const steps = Array.from({ length: 1000 }, (_, index) =>
      reportRow({ step: `step_${index}`, attempts: 100 }),
    );
    const sketches = steps.map(({ flow, step }) => ({
      flow,
      step,
      attempts: 100,
      minMiB: 100,
      maxMiB: 60_000,
      firstBin: 53,
      counts: Array.from({ length: 75 }, () => 99),
    }));
    const file = renderReportFile({ report: report(steps), trend, sketches }, dist);

    expect(file.length).toBeGreaterThan(500_000);
    expect(file.length).toBeLessThan(2_000_000 - 60_000);
  });

  it('says how to build what is not there', () => {
    const data = { report: typicalReport(), trend, sketches: [] };

    expect(() => renderReportFile(data, '/nowhere')).toThrow(/has not been built/);
  });
});
