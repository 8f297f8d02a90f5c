import { nameAttempt } from '@stepfit/sdk-plugin/attempt/name-attempt';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { describe, expect, it } from 'vitest';

const DEFAULTS = { project: 'p', run: 'own-run', task: 'own-task' };

describe('who an attempt is', () => {
  it.each([
    [
      'Airflow, which may itself run in a CI job',
      {
        AIRFLOW_CTX_DAG_ID: 'dag',
        AIRFLOW_CTX_DAG_RUN_ID: 'scheduled__1',
        AIRFLOW_CTX_TASK_ID: 'load',
        AIRFLOW_CTX_TRY_NUMBER: '2',
        GITHUB_ACTIONS: 'true',
        GITHUB_WORKFLOW: 'CI',
      },
      { flow: 'dag', run: 'scheduled__1', step: 'load' },
    ],
    [
      'GitHub Actions',
      { GITHUB_ACTIONS: 'true', GITHUB_WORKFLOW: 'CI', GITHUB_RUN_ID: '9', GITHUB_JOB: 'build' },
      { flow: 'CI', run: '9', step: 'build' },
    ],
    [
      'GitLab CI, whose pipeline has no name',
      {
        GITLAB_CI: 'true',
        CI_PIPELINE_NAME: '',
        CI_PROJECT_PATH: 'group/repo',
        CI_PIPELINE_ID: '7',
        CI_JOB_NAME: 'test 1/3',
      },
      { flow: 'group/repo', run: '7', step: 'test 1/3' },
    ],
    [
      'Jenkins',
      { JENKINS_URL: 'http://j/', JOB_NAME: 'nightly', BUILD_NUMBER: '5', STAGE_NAME: 'Train' },
      { flow: 'nightly', run: '5', step: 'Train' },
    ],
  ])('by %s', (_, env, expected) => {
    expect(nameAttempt({}, env, DEFAULTS)).toEqual({
      project: 'p',
      task: 'own-task',
      attempt: 0,
      ...expected,
    });
  });

  it('is what was given, then what STEPFIT_* say, then the scheduler’s word', () => {
    const env = {
      STEPFIT_STEP: 'from variable',
      STEPFIT_RUN: '',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKFLOW: 'CI',
      GITHUB_JOB: 'build',
      GITHUB_RUN_ATTEMPT: '3',
    };
    expect(nameAttempt({ flow: 'given' }, env, DEFAULTS)).toEqual({
      ...DEFAULTS,
      flow: 'given',
      step: 'from variable',
      attempt: 0,
    });
    // A task that has a name is the same one in the next try.
    expect(nameAttempt({ task: 't' }, env, DEFAULTS).attempt).toBe(2);
    expect(nameAttempt({ task: 't', attempt: 0 }, env, DEFAULTS).attempt).toBe(0);
  });

  it.each([
    ['flow', {}],
    ['step', { flow: 'F' }],
    ['flow', { flow: 'x'.repeat(513), step: 'S' }],
    ['step', { flow: 'F', step: 'a\0b' }],
  ])('is refused where the %s cannot be told or stored: %#', (what, given) => {
    expect(() => nameAttempt(given, {}, DEFAULTS)).toThrow(StepfitError);
    expect(() => nameAttempt(given, {}, DEFAULTS)).toThrow(what);
  });
});
