import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { mergePolicies } from '@stepfit/tuner/policy/merge-policy';
import { expect, it } from 'vitest';

it('lets the most specific policy win, field by field, in whatever order they come', () => {
  const step = { flow: 'F', step: 's', policy: { minAttempts: 1 } };
  const flow = { flow: 'F', step: '', policy: { minAttempts: 2, riskRatio: 0.2 } };
  const anyFlow = {
    flow: '',
    step: 's',
    policy: { minAttempts: 3, riskRatio: 0.3, memoryCapMiB: 3 },
  };
  const project = {
    flow: '',
    step: '',
    policy: { minAttempts: 4, riskRatio: 0.4, memoryCapMiB: 4, memoryFloorMiB: 4 },
  };
  const merged = {
    ...DEFAULT_POLICY,
    minAttempts: 1,
    riskRatio: 0.2,
    memoryCapMiB: 3,
    memoryFloorMiB: 4,
  };

  expect(mergePolicies([step, flow, anyFlow, project])).toEqual(merged);
  expect(mergePolicies([project, anyFlow, flow, step])).toEqual(merged);
  expect(mergePolicies([])).toEqual(DEFAULT_POLICY);
});
