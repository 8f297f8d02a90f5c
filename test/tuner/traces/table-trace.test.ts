import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { parseColumnMap } from '@stepfit/tuner/traces/column-map';
import { groupRefusals } from '@stepfit/tuner/traces/refusals';
import { readTableTrace } from '@stepfit/tuner/traces/table-trace';
import { describe, expect, it } from 'vitest';

const RAW = [
  'task_id,process,tag,status,submit,complete,realtime,memory,peak_rss,rchar',
  '1,ALIGN,s1,COMPLETED,1000000,1060000,50000,4294967296,1073741824,500',
  '2,ALIGN,s2,COMPLETED,1001000,1100000,90000,4294967296,2147483648,900',
].join('\n');

function errorOf(action: () => unknown): StepfitError {
  try {
    action();
  } catch (error) {
    if (error instanceof StepfitError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a Nextflow trace', () => {
  it('is read by its own columns', () => {
    expect(readTableTrace(RAW)).toEqual({
      rows: 2,
      refusals: [],
      undeclared: 0,
      tasks: [
        {
          launch: {
            step: 'ALIGN',
            index: 0,
            submittedAtMs: 1_000_000,
            declaredMiB: 4096,
            features: { rchar: 500 },
          },
          completedAtMs: 1_060_000,
          needMiB: 1024,
          hours: 50 / 3600,
        },
        {
          launch: {
            step: 'ALIGN',
            index: 1,
            submittedAtMs: 1_001_000,
            declaredMiB: 4096,
            features: { rchar: 900 },
          },
          completedAtMs: 1_100_000,
          needMiB: 2048,
          hours: 90 / 3600,
        },
      ],
    });
  });

  it('is read as Nextflow writes it by default: names with tags, units, no request, no end', () => {
    const text = [
      'task_id\thash\tnative_id\tname\tstatus\texit\tsubmit\tduration\trealtime\t%cpu\tpeak_rss\tpeak_vmem\trchar\twchar',
      '1\ta8/0f\t123\tALIGN:BWA (s1)\tCOMPLETED\t0\t2023-01-23 14:01:43.249\t1m 10s\t1m\t99.0%\t1.5 GB\t2 GB\t1 KB\t0',
      '2\ta8/10\t124\tMULTIQC\tCOMPLETED\t0\t2023-01-23 14:05:00.000\t5s\t4s\t99.0%\t100 MB\t2 GB\t-\t0',
    ].join('\n');

    const { tasks, undeclared, refusals } = readTableTrace(text);

    expect(refusals).toEqual([]);
    expect(undeclared).toBe(2);
    expect(tasks.map(({ launch, needMiB, hours }) => [launch.step, needMiB, hours])).toEqual([
      ['ALIGN:BWA', 1536, 60 / 3600],
      ['MULTIQC', 100, 4 / 3600],
    ]);
    expect(tasks.map(({ launch }) => launch.declaredMiB)).toEqual([2048, 128]);
    expect(tasks.map(({ launch }) => launch.features)).toEqual([{ rchar: 1024 }, {}]);
    expect(tasks[0]?.completedAtMs).toBe((tasks[0]?.launch.submittedAtMs ?? 0) + 60_000);
  });

  it('takes a request from outside where the file has none, and another column where one is named', () => {
    const text = 'name,rss,peak_rss,realtime\nA,1048576,2097152,1000';

    const { tasks, undeclared } = readTableTrace(text, {
      requestMiB: 512,
      columns: parseColumnMap('peak=rss'),
    });

    expect(tasks[0]).toMatchObject({ needMiB: 1, launch: { declaredMiB: 512 } });
    expect(undeclared).toBe(0);
  });

  it('refuses rows by line with the reason, and keeps the others', () => {
    const text = [
      RAW,
      '3,ALIGN,s3,FAILED,1,2,3,4,5,6',
      '4,ALIGN,s4,COMPLETED,1,2,3,4294967296,-,6',
      '5,ALIGN,s5,COMPLETED,1,2,3,4294967296,lots,6',
      '6,ALIGN,s6,COMPLETED',
      '7,,s7,COMPLETED,1,2,3,4,5,6',
      '8,ALIGN,s8,COMPLETED,1,2,3,4,0,6',
      '9,ALIGN,s9,COMPLETED,1,2,3,4,5,many',
      '10,ALIGN,s10,COMPLETED,1,2,3,4,-5,6',
    ].join('\n');

    const { tasks, refusals, rows } = readTableTrace(text);

    expect(rows).toBe(10);
    expect(tasks).toHaveLength(2);
    expect(refusals).toEqual([
      { line: 4, name: 'ALIGN', reason: 'status is FAILED: not a task that ran to its end here' },
      { line: 5, name: 'ALIGN', reason: 'peak_rss is not stated' },
      { line: 6, name: 'ALIGN', reason: 'peak_rss cannot be read', found: 'lots' },
      { line: 7, name: 'ALIGN', reason: 'not the 10 cells of the header', found: '4' },
      { line: 8, name: '', reason: 'no step' },
      { line: 9, name: 'ALIGN', reason: 'peak_rss is 0: not measured' },
      { line: 10, name: 'ALIGN', reason: 'rchar is not a number', found: 'many' },
      { line: 11, name: 'ALIGN', reason: 'peak_rss cannot be read', found: '-5' },
    ]);
  });
});

describe('any other table', () => {
  const SLURM = 'JobName;MaxRSS;Elapsed;Lines\ntrain;1048576;01:00:00;12\ntrain;524288;00:30:00;7';
  const COLUMNS = 'step=JobName,peak=MaxRSS:KiB,duration=Elapsed,feature.lines=Lines';

  it('may be what `sacct -P` prints: bars between cells, amounts with their unit, times by ISO 8601', () => {
    const sacct =
      'JobName|MaxRSS|Elapsed|Submit|State\n' +
      'train|1536000K|1-00:30:00|2026-03-01T10:00:00|COMPLETED\n' +
      'train||00:00:04|2026-03-01T10:00:00|CANCELLED by 1000';
    const columns = parseColumnMap(
      'step=JobName,peak=MaxRSS,duration=Elapsed,submitted=Submit,outcome=State',
    );

    const { tasks, refusals } = readTableTrace(sacct, { columns });

    expect(
      tasks.map(({ launch, needMiB, hours }) => [launch.submittedAtMs, needMiB, hours]),
    ).toEqual([[Date.UTC(2026, 2, 1, 10), 1500, 24.5]]);
    expect(refusals).toMatchObject([{ line: 3, name: 'train' }]);
  });

  it('is read by a map of its columns, its rows one after the other where they have no times', () => {
    const { tasks } = readTableTrace(SLURM, { columns: parseColumnMap(COLUMNS) });

    expect(tasks.map(({ needMiB, hours }) => [needMiB, hours])).toEqual([
      [1024, 1],
      [512, 0.5],
    ]);
    expect(tasks.map(({ launch }) => launch.features)).toEqual([{ lines: 12 }, { lines: 7 }]);
    expect(tasks.map(({ launch }) => launch.submittedAtMs)).toEqual([0, 3_600_000]);
    expect(tasks.map(({ completedAtMs }) => completedAtMs)).toEqual([3_600_000, 5_400_000]);
  });

  it('says which columns there are where they are not known', () => {
    const { code, message, hint } = errorOf(() => readTableTrace(SLURM));

    expect(code).toBe('invalid-input');
    expect(message).toBe('The file is not a Nextflow trace, so its columns must be named.');
    expect(hint).toContain('--columns');
    expect(hint).toContain('JobName, MaxRSS, Elapsed, Lines');
  });

  it('says so where a named column is not there, and where there is nothing', () => {
    const columns = parseColumnMap('step=Name,peak=MaxRSS,duration=Elapsed');

    expect(errorOf(() => readTableTrace(SLURM, { columns })).message).toBe(
      'There is no column Name.',
    );
    expect(errorOf(() => readTableTrace('')).message).toContain('holds no table');
  });
});

describe('a map of columns', () => {
  it('names fields, columns and units', () => {
    expect(parseColumnMap('step = Job Name ,peak=rss:KiB,feature.size=in')).toEqual({
      step: { name: 'Job Name' },
      peak: { name: 'rss', unit: 'KiB' },
      features: { size: { name: 'in' } },
    });
  });

  it.each([
    ['memory=rss', '"memory=rss" does not map a column.'],
    ['step', '"step" does not map a column.'],
    ['feature.=x', '"feature.=x" does not map a column.'],
    ['peak=rss:parsec', 'peak has no unit parsec.'],
    ['step=name:KiB', 'step has no unit KiB.'],
  ])('%s is none', (text, message) => {
    const error = errorOf(() => parseColumnMap(text));

    expect(error.message).toBe(message);
    expect(error.hint).toBeDefined();
  });
});

describe('refusals', () => {
  it('are told by reason, the most frequent first, with the first few lines', () => {
    const refusals = [7, 8, 9, 10].map((line) => ({ line, name: 'A', reason: 'no step' }));

    const groups = groupRefusals([{ line: 2, name: '', reason: 'not JSON' }, ...refusals]);

    expect(groups.map(({ reason, count }) => [reason, count])).toEqual([
      ['no step', 4],
      ['not JSON', 1],
    ]);
    expect(groups[0]?.examples.map(({ line }) => line)).toEqual([7, 8, 9]);
  });
});
