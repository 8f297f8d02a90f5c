import { renderReplay } from '@stepfit/api/format/replay-text';
import { PLAIN_STYLE } from '@stepfit/api/format/style';
import { renderReplayPage } from '@stepfit/api/page/replay-page';
import { type ReplayProgress, replayTraces } from '@stepfit/api/replay/replay-traces';
import { PROTOCOLS } from '@stepfit/tuner/compare/protocols';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import { describe, expect, it } from 'vitest';

import { sampleExport, sampleTrace } from '../support/replay-samples.ts';

const online = ['online'] as const;

describe('a replay', () => {
  it('compares every strategy under every protocol, in total and for each step', () => {
    const { report } = replayTraces({ files: [sampleTrace()], protocols: PROTOCOLS });

    expect(report.comparisons.map(({ protocol }) => protocol)).toEqual([
      'paper',
      'online',
      'async',
    ]);
    for (const { strategies, tasks } of report.comparisons) {
      expect(strategies.map(({ name }) => name)).toEqual([
        'declared',
        'max-margin',
        'percentile',
        'min-waste',
        'best constant',
        'shadow',
        'shadow, λ = 10',
      ]);
      for (const strategy of strategies) {
        const { steps, wastedGibHours, overGibHours, underGibHours } = strategy;
        expect(strategy.tasks).toBe(tasks);
        expect(steps.map(({ step }) => step)).toEqual(['ALIGN', 'QC <fast>']);
        expect(wastedGibHours).toBeCloseTo(overGibHours + underGibHours, 9);
        expect(steps.reduce((sum, step) => sum + step.wastedGibHours, 0)).toBeCloseTo(
          wastedGibHours,
          9,
        );
      }
    }
  });

  it('counts what was refused, by reason', () => {
    const [file] = replayTraces({ files: [sampleTrace()], protocols: online }).report.files;

    expect(file).toMatchObject({ rows: 51, tasks: 48, steps: 2, refused: 3, undeclared: 2 });
    expect(file?.refusals.map(({ reason, count }) => [reason, count])).toEqual([
      ['peak_rss cannot be read', 2],
      ['no step', 1],
    ]);
  });

  it('keeps traces apart: what is learnt from one is not known in the other', () => {
    const alone = replayTraces({ files: [sampleTrace()], protocols: online }).report;
    const both = replayTraces({
      files: [sampleTrace(), sampleTrace('april')],
      protocols: online,
    }).report;

    for (const [place, strategy] of (both.comparisons[0]?.strategies ?? []).entries()) {
      const single = alone.comparisons[0]?.strategies[place];
      expect(strategy.wastedGibHours).toBeCloseTo(2 * (single?.wastedGibHours ?? 0), 9);
      expect(strategy.failures).toBe(2 * (single?.failures ?? 0));
    }
  });

  it('comes to the verdict on an exported step again', () => {
    const file = sampleExport();

    const { verdicts } = replayTraces({ files: [file], protocols: online }).report;

    const [step] = file.steps;
    expect(verdicts).toEqual([
      {
        project: 'default',
        flow: 'TrainFlow',
        step: 'train',
        verdict: step && decideStep(step.input),
      },
    ]);
  });

  it('tells how far it is, from nothing to all for each strategy', () => {
    const told: ReplayProgress[] = [];

    replayTraces({
      files: [sampleTrace()],
      protocols: online,
      onProgress: (progress) => told.push(progress),
    });

    expect(
      told.map(({ protocol, strategy, sized, tasks }) => [protocol, strategy, sized, tasks]),
    ).toContainEqual(['online', 'shadow', 0, 48]);
    expect(new Set(told.map(({ strategy }) => strategy)).size).toBe(7);
  });
});

describe('a replay in words', () => {
  const options = { width: 100, style: PLAIN_STYLE };

  it('shows what was read and refused, a table for each protocol, and the steps', () => {
    const { report } = replayTraces({ files: [sampleTrace()], protocols: PROTOCOLS });

    const text = renderReplay(report, options);

    expect(text).toContain('march.csv  51 rows, 48 tasks of 2 steps');
    expect(text).toContain('3 rows refused:');
    expect(text).toContain('line 12 (ALIGN): "lots", line 31 (ALIGN): "?"');
    expect(text).toContain('--request gives yours');
    for (const protocol of ['PAPER', 'ONLINE', 'ASYNC']) expect(text).toContain(`${protocol}  `);
    expect(text).toMatch(/STEPS {2}where shadow frees most[^]*ALIGN[^]*QC <fast>/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('shows the verdict on an exported step with its proof, as explain does', () => {
    const { report } = replayTraces({ files: [sampleExport()], protocols: online });

    const text = renderReplay(report, options);

    expect(report.verdicts[0]?.verdict.kind).toBe('suggest');
    expect(text).toMatch(/TrainFlow\/train {2}memory 15\.6 GiB → \d/);
    expect(text).toContain('MEMORY  what would have happened to these attempts');
  });
});

describe('a replay as a file for a browser', () => {
  const { report, series } = replayTraces({
    files: [sampleTrace(), sampleExport()],
    protocols: PROTOCOLS,
  });
  const page = renderReplayPage(report, series);

  it('loads nothing and runs nothing', () => {
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<script|<iframe|<img|@import|url\(|https?:|src=/);
    expect([...page.matchAll(/href="([^"]*)"/g)].map(([, target]) => target)).toEqual(['data:,']);
  });

  it('has a plot for each protocol, one for the steps and one for each step, all with words', () => {
    const plots = [...page.matchAll(/<svg[^>]*>/g)].map(([tag]) => tag);

    expect(plots).toHaveLength(PROTOCOLS.length + 1 + 3);
    for (const plot of plots) expect(plot).toMatch(/role="img" aria-label="[^"]{20,}"/);
  });

  it('has every figure as text, and names from files escaped', () => {
    for (const { strategies } of report.comparisons) {
      for (const { name, failures } of strategies) {
        expect(page).toContain(name);
        expect(page).toContain(`${failures}</td>`);
      }
    }
    expect(page).toContain('QC &lt;fast&gt;');
    expect(page).not.toContain('QC <fast>');
    expect(page).not.toContain('NaN');
    expect(page).not.toContain('undefined');
  });
});
