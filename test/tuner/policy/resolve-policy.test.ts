import { DEFAULT_POLICY, type PolicyDocument } from '@stepfit/tuner/model/policy';
import { explainPolicy, resolvePolicy } from '@stepfit/tuner/policy/resolve-policy';
import { describe, expect, it } from 'vitest';

const document: PolicyDocument = {
  exclude: [],
  policies: [
    { flow: 'F', step: 's', policy: { minAttempts: 1 } },
    { flow: 'F', policy: { minAttempts: 2, riskRatio: 0.2 } },
    { step: 's', policy: { minAttempts: 3, riskRatio: 0.3, memoryCapMiB: 3000 } },
    { policy: { minAttempts: 4, riskRatio: 0.4, memoryCapMiB: 4000, memoryFloorMiB: 40 } },
    { flow: 'Other', policy: { noRetry: true } },
  ],
};
const name = { flow: 'F', step: 's' };

describe('a policy', () => {
  it('is the most specific that was said, field by field, in whatever order it was said', () => {
    const merged = {
      ...DEFAULT_POLICY,
      minAttempts: 1,
      riskRatio: 0.2,
      memoryCapMiB: 3000,
      memoryFloorMiB: 40,
    };
    const backwards = { ...document, policies: document.policies.toReversed() };

    expect(resolvePolicy(document, name)).toEqual(merged);
    expect(resolvePolicy(backwards, name)).toEqual(merged);
    expect(resolvePolicy({ exclude: [], policies: [] }, name)).toEqual(DEFAULT_POLICY);
  });

  it('excludes by globs, unless something more specific says otherwise', () => {
    function isExcluded(policies: PolicyDocument['policies']): boolean {
      return resolvePolicy({ exclude: ['*/s'], policies }, name).excluded;
    }

    expect(isExcluded([])).toBe(true);
    expect(isExcluded([{ policy: { excluded: false } }])).toBe(true);
    expect(isExcluded([{ flow: 'F', policy: { excluded: false } }])).toBe(false);
    expect(isExcluded([{ flow: 'F', step: 's', policy: { excluded: false } }])).toBe(false);
    expect(isExcluded([{ flow: 'G', policy: { excluded: false } }])).toBe(true);
  });

  it('is explained with where each value comes from and what it overrides', () => {
    const explained = explainPolicy({ ...document, exclude: ['F'] }, name);
    const of = Object.fromEntries(explained.map(({ field, ...said }) => [field, said]));

    expect(of['minAttempts']).toEqual({
      value: 1,
      source: 'step',
      scope: 'F/s',
      overridden: [
        { value: 2, source: 'flow', scope: 'F' },
        { value: 3, source: 'step-name', scope: '*/s' },
        { value: 4, source: 'project', scope: '*' },
        { value: DEFAULT_POLICY.minAttempts, source: 'default', scope: 'built in' },
      ],
    });
    expect(of['excluded']).toMatchObject({ value: true, source: 'exclude', scope: 'F' });
    expect(of['mode']).toEqual({
      value: 'suggest',
      source: 'default',
      scope: 'built in',
      overridden: [],
    });
    expect(of['owner']).toBeUndefined();
    expect(Object.fromEntries(explained.map(({ field, value }) => [field, value]))).toEqual(
      resolvePolicy({ ...document, exclude: ['F'] }, name),
    );
  });
});
