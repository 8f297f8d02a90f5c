import { attemptId, type AttemptIdentity } from '@stepfit/collector/identity/attempt-id';
import { expect, test } from 'vitest';

const IDENTITY: AttemptIdentity = {
  project: 'default',
  flow: 'TrainFlow',
  run: '17',
  step: 'train',
  task: '3',
  attempt: 0,
};

test('the id of an attempt never changes: stored rows are found by it', () => {
  expect(attemptId(IDENTITY)).toBe('6M7l_L_DlmTXQ-B8xunmZH');
});

test('attempts that differ in any part have different ids', () => {
  const others = [
    { ...IDENTITY, project: 'acme' },
    { ...IDENTITY, flow: 'TestFlow' },
    { ...IDENTITY, run: '18' },
    { ...IDENTITY, step: 'test' },
    { ...IDENTITY, task: '4' },
    { ...IDENTITY, attempt: 1 },
    // The parts are kept apart: moving characters across a border is another identity.
    { ...IDENTITY, run: '17,train', step: '' },
  ];

  const ids = new Set([IDENTITY, ...others].map(attemptId));

  expect(ids.size).toBe(others.length + 1);
});
