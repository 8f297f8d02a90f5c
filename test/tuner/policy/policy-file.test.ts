import type { PolicyDocument } from '@stepfit/tuner/model/policy';
import {
  parsePolicyFile,
  problemWords,
  readPolicyFile,
  renderPolicyFile,
} from '@stepfit/tuner/policy/policy-file';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const FILE = `# What the tuner may do
policy:
  mode: review
  riskRatio: 0.02
exclude:
  - DebugFlow
  - "*/end"
steps:
  train: { noRetry: true }
flows:
  TrainFlow:
    policy: { owner: vision }
    steps:
      train: { memoryCapMiB: 64000 }
`;

function problemsOf(text: string): string[] {
  const parsed = parsePolicyFile(text);
  return parsed.kind === 'problems'
    ? parsed.problems.map((problem) => problemWords('stepfit.yaml', problem))
    : [];
}

describe('stepfit.yaml', () => {
  it('says what is for the project, a step of any flow, a flow and a step', () => {
    expect(readPolicyFile(FILE, 'stepfit.yaml').document).toEqual({
      exclude: ['DebugFlow', '*/end'],
      policies: [
        { policy: { mode: 'review', riskRatio: 0.02 } },
        { step: 'train', policy: { noRetry: true } },
        { flow: 'TrainFlow', policy: { owner: 'vision' } },
        { flow: 'TrainFlow', step: 'train', policy: { memoryCapMiB: 64_000 } },
      ],
    });
  });

  it('knows the line of each of them', () => {
    const { fields } = readPolicyFile(FILE, 'stepfit.yaml');

    expect(fields.map(({ scope, field, line }) => `${line} ${scope} ${field}`)).toEqual([
      '6 DebugFlow excluded',
      '7 */end excluded',
      '3 * mode',
      '4 * riskRatio',
      '9 */train noRetry',
      '12 TrainFlow owner',
      '14 TrainFlow/train memoryCapMiB',
    ]);
  });

  it.each(['', '# nothing yet\n', '{}', 'policy: {}'])('may say nothing: %j', (text) => {
    expect(parsePolicyFile(text)).toMatchObject({ kind: 'document', document: { exclude: [] } });
  });

  it('names every problem with its line, column and field, and what may have been meant', () => {
    const text = `policy:
  mode: automatic
  riskRation: 0.02
flows:
  TrainFlow:
    policies: {}
    steps:
      train:
        riskRatio: 2
        minAttempts: many
exclude: DebugFlow
`;
    expect(problemsOf(text)).toEqual([
      'stepfit.yaml:2:3: policy.mode: must be one of observe, suggest, review, auto',
      'stepfit.yaml:3:3: policy.riskRation: there is no such field; did you mean riskRatio?',
      'stepfit.yaml:6:5: flows.TrainFlow.policies: must be one of policy, steps',
      'stepfit.yaml:9:9: flows.TrainFlow.steps.train.riskRatio: must be <= 1',
      'stepfit.yaml:10:9: flows.TrainFlow.steps.train.minAttempts: must be integer',
      'stepfit.yaml:11:1: exclude: must be array',
    ]);
  });

  it('points into lists', () => {
    expect(problemsOf('exclude:\n  - A\n  - 3\n')).toEqual([
      'stepfit.yaml:3:5: exclude.1: must be string',
    ]);
  });

  it('finds floors above caps, also where two scopes bring them together', () => {
    const text = `policy:
  memoryCapMiB: 1000
flows:
  F:
    steps:
      s:
        owner: me
        memoryFloorMiB: 2000
`;
    expect(problemsOf(text)).toEqual([
      'stepfit.yaml:8:9: flows.F.steps.s.memoryFloorMiB: memoryFloorMiB 2000 is above memoryCapMiB 1000',
    ]);
  });

  it.each([
    ['policy: {mode: [', /^stepfit\.yaml:1:\d+: /],
    ['policy:\n  mode: auto\n  mode: review\n', /^stepfit\.yaml:3:\d+: .*unique/],
    ['- a\n', /^stepfit\.yaml:1:1: must be object/],
    ['just words', /^stepfit\.yaml:1:1: must be object/],
  ])('says where %j stops being a policy file', (text, expected) => {
    expect(problemsOf(text)[0]).toMatch(expected);
  });

  it('does not unfold a file to gigabytes', () => {
    const levels = Array.from({ length: 12 }, (_, level) =>
      level === 0
        ? 'x0: &x0 [a, a, a, a, a, a, a, a, a]'
        : `x${level}: &x${level} [${Array.from({ length: 9 }, () => `*x${level - 1}`).join(', ')}]`,
    );
    expect(problemsOf(levels.join('\n'))[0]).toMatch(/alias/i);
  });

  it('throws the first problem for those who cannot go on', () => {
    expect(() => readPolicyFile('policy: {mod: auto}\npolicies: {}', 'p.yaml')).toThrow(
      'p.yaml:1:10: policy.mod: there is no such field; did you mean mode? (and 1 more)',
    );
  });

  it('comes back as it was written', () => {
    const name = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text !== '__proto__');
    const policy = fc.record(
      { minAttempts: fc.integer({ min: 1, max: 9 }), noRetry: fc.boolean(), owner: name },
      { requiredKeys: ['noRetry'] },
    );
    const documents = fc.record({
      exclude: fc.uniqueArray(name, { maxLength: 3 }),
      policies: fc.uniqueArray(
        fc.record({ flow: name, step: name, policy }, { requiredKeys: ['policy'] }),
        { selector: ({ flow, step }) => JSON.stringify([flow, step]), maxLength: 5 },
      ),
    });
    fc.assert(
      fc.property(documents, (document: PolicyDocument) => {
        const { document: again } = readPolicyFile(renderPolicyFile(document), 'again');
        const ordered = again.policies.toSorted(byName);
        expect({ ...again, policies: ordered }).toEqual({
          ...document,
          policies: document.policies.toSorted(byName),
        });
      }),
    );
  });
});

function byName(a: object, b: object): number {
  return nameOf(a) < nameOf(b) ? -1 : 1;
}

function nameOf(scoped: { flow?: string; step?: string }): string {
  return JSON.stringify([scoped.flow, scoped.step]);
}
