import type { PolicyDocument } from '@stepfit/tuner/model/policy';
import {
  differencesBetween,
  parseAssignment,
  parseScope,
  pushed,
  withFields,
} from '@stepfit/tuner/policy/edit-policies';
import { describe, expect, it } from 'vitest';

const current: PolicyDocument = {
  exclude: ['Old'],
  policies: [
    { policy: { riskRatio: 0.02 } },
    { flow: 'F', policy: { mode: 'auto', noRetry: true } },
  ],
};

describe('editing policies', () => {
  it.each([
    ['*', {}],
    ['F', { flow: 'F' }],
    ['F/s', { flow: 'F', step: 's' }],
    ['*/s', { step: 's' }],
    ['F/*', { flow: 'F' }],
  ])('reads the scope %s', (text, scope) => {
    expect(parseScope(text)).toEqual(scope);
  });

  it.each(['', '/s', 'F/', 'F/s/t'])('refuses the scope "%s"', (text) => {
    expect(() => parseScope(text)).toThrow('is not what a policy can be for');
  });

  it('reads values by the schema', () => {
    expect(parseAssignment('riskRatio=0.05')).toEqual({ field: 'riskRatio', value: 0.05 });
    expect(parseAssignment('mode=auto')).toEqual({ field: 'mode', value: 'auto' });
    expect(parseAssignment('noRetry=true')).toEqual({ field: 'noRetry', value: true });
    expect(parseAssignment('noRetry=')).toEqual({ field: 'noRetry', value: undefined });
    expect(() => parseAssignment('riskRatio=5')).toThrow('riskRatio must be <= 1, not 5.');
    expect(() => parseAssignment('mode=on')).toThrow('must be one of observe, suggest');
    expect(() => parseAssignment('riskRatoi=1')).toThrow('sets no field');
    expect(() => parseAssignment('mode')).toThrow('sets no field');
  });

  it('changes the fields of one scope and leaves the others', () => {
    const changed = withFields(current, { flow: 'F' }, [
      { field: 'mode', value: undefined },
      { field: 'minAttempts', value: 9 },
    ]);

    expect(changed.policies).toEqual([
      { policy: { riskRatio: 0.02 } },
      { flow: 'F', policy: { noRetry: true, minAttempts: 9 } },
    ]);
    expect(
      withFields(current, {}, [{ field: 'riskRatio', value: undefined }]).policies,
    ).toHaveLength(1);
  });

  it('pushes the scopes that a file names, and with pruning the file alone', () => {
    const file: PolicyDocument = {
      exclude: ['New'],
      policies: [{ flow: 'F', policy: { mode: 'review' } }],
    };

    expect(pushed(current, file, false)).toEqual({
      exclude: ['Old', 'New'],
      policies: [{ policy: { riskRatio: 0.02 } }, { flow: 'F', policy: { mode: 'review' } }],
    });
    expect(pushed(current, file, true)).toEqual(file);
  });

  it('tells what changes, field by field', () => {
    const to = {
      exclude: ['New'],
      policies: [{ flow: 'F', policy: { mode: 'review', noRetry: true, owner: 'me' } }],
    } satisfies PolicyDocument;

    expect(differencesBetween(current, to)).toEqual([
      { scope: '*', field: 'exclude', from: 'Old' },
      { scope: '*', field: 'exclude', to: 'New' },
      { scope: '*', field: 'riskRatio', from: 0.02 },
      { scope: 'F', field: 'mode', from: 'auto', to: 'review' },
      { scope: 'F', field: 'owner', to: 'me' },
    ]);
    expect(differencesBetween(current, current)).toEqual([]);
  });
});
