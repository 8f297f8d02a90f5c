import { createBadInputLog } from '@stepfit/collector/ingest/bad-input-log';
import { expect, test } from 'vitest';

import { recordingLog } from '../../support/recording-log.ts';

test('each kind of bad input is logged once a minute and project, with how often it came', () => {
  const log = recordingLog();
  let nowMs = 0;
  const badInput = createBadInputLog(log, () => new Date(nowMs));

  for (let i = 0; i < 10; i += 1) badInput.note({ reason: 'too-old', project: 'a' }, 'first');
  badInput.note({ reason: 'too-old', project: 'b' }, 'other project');
  badInput.note({ reason: 'in-future', project: 'a' }, 'other reason');
  nowMs = 60_000;
  badInput.note({ reason: 'too-old', project: 'a' }, 'a minute later');

  const fields = log.lines.map((line) => line.fields);
  expect(fields).toEqual([
    { reason: 'too-old', project: 'a', detail: 'first', unloggedSince: 0 },
    { reason: 'too-old', project: 'b', detail: 'other project', unloggedSince: 0 },
    { reason: 'in-future', project: 'a', detail: 'other reason', unloggedSince: 0 },
    { reason: 'too-old', project: 'a', detail: 'a minute later', unloggedSince: 9 },
  ]);
});

test('a sender that makes up kinds fills neither the log nor the memory', () => {
  const log = recordingLog();
  const badInput = createBadInputLog(log, () => new Date(0));

  for (let i = 0; i < 5_000; i += 1) badInput.note({ reason: 'too-old', project: `p${i}` }, '');

  expect(log.lines).toHaveLength(1_000);
});
