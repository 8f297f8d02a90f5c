import { renderReport } from '@stepfit/api/format/report-text';
import { PLAIN_STYLE } from '@stepfit/api/format/style';
import { describe, expect, it } from 'vitest';

import { report, reportRow, typicalReport } from '../support/samples.ts';

function render(width: number, of = typicalReport()): string {
  return renderReport(of, { width, style: PLAIN_STYLE });
}

describe('the report in a terminal', () => {
  it.each([80, 100, 120])('fits %i columns', async (width) => {
    const text = render(width);

    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
    await expect(text).toMatchFileSnapshot(`../../golden/report-${width}.txt`);
  });

  it('says what to do when nothing has arrived', async () => {
    await expect(render(80, report([]))).toMatchFileSnapshot('../../golden/report-empty.txt');
  });

  it('shows GPUs only where some are requested', () => {
    const gpus = { requestedGpuHours: 10, busyGpuHours: 1, idleGpuHours: 9 };
    const current = { cpuCores: 8, memoryMiB: 16_384, gpuCount: 1 };

    expect(render(120)).not.toContain('GPU');
    expect(render(120, report([reportRow({ ...gpus, current })]))).toContain('GPU-h');
  });

  it('names a flow that is the only one once, not in every line', () => {
    const text = render(100, report([reportRow()]));

    expect(text).toContain('project default · flow TrainFlow · 1 step');
    expect(text).toMatch(/^train /m);
  });

  it('says where tasks are sized one by one, and no value is to be pasted', () => {
    const { suggestion } = reportRow();
    if (suggestion === undefined) throw new Error('nothing is suggested');
    const current = suggestion.suggested;
    const byFeatures = { current, suggestion: { ...suggestion, isByFeatures: true } };
    const text = render(100, report([reportRow(byFeatures)]));

    expect(text).toContain('proposed, by features');
    expect(text).toContain('suggest TrainFlow/train  memory by each task’s features');
  });

  it('says how many steps it leaves out', () => {
    expect(render(100, report([reportRow()], { omittedSteps: 1200 }))).toContain(
      '1,200 more steps not listed',
    );
  });

  it('is silent about prices that are the user’s own', () => {
    const prices = { name: 'our contract', isExample: false };

    expect(render(100, report([reportRow()], { prices }))).not.toContain('your bill');
  });

  it('does not let a step’s name move the cursor or forge a line', () => {
    const text = render(100, report([reportRow({ step: 'evil\u001B[2J\r\nWasted: $0' })]));

    expect(text).not.toContain('\u001B');
    expect(text).not.toContain('\r');
    expect(text.match(/^Wasted:/gm)).toHaveLength(1);
  });
});
