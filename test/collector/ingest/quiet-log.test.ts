import { createQuietLog, type NoteFields } from '@stepfit/collector/ingest/quiet-log';
import { expect, test } from 'vitest';

test('each kind is written once a minute and project, with how often it came since', () => {
  const lines: NoteFields[] = [];
  let nowMs = 0;
  const log = createQuietLog(
    () => new Date(nowMs),
    (fields) => lines.push(fields),
  );

  for (let i = 0; i < 10; i += 1) log.note({ reason: 'too-old', project: 'a' }, 'first');
  log.note({ reason: 'too-old', project: 'b' }, 'other project');
  log.note({ reason: 'in-future', project: 'a' }, 'other reason');
  nowMs = 60_000;
  log.note({ reason: 'too-old', project: 'a' }, 'a minute later');

  expect(lines).toEqual([
    { reason: 'too-old', project: 'a', detail: 'first', unloggedSince: 0 },
    { reason: 'too-old', project: 'b', detail: 'other project', unloggedSince: 0 },
    { reason: 'in-future', project: 'a', detail: 'other reason', unloggedSince: 0 },
    { reason: 'too-old', project: 'a', detail: 'a minute later', unloggedSince: 9 },
  ]);
});

test('a sender that makes up kinds fills neither the log nor the memory', () => {
  let lines = 0;
  const log = createQuietLog(
    () => new Date(0),
    () => {
      lines += 1;
    },
  );

  for (let i = 0; i < 5_000; i += 1) log.note({ reason: 'too-old', project: `p${i}` }, '');

  expect(lines).toBe(1_000);
});
