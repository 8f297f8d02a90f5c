type Environment = Readonly<Record<string, string | undefined>>;

/** What a scheduler's environment says of who runs; what it does not say is absent. */
export interface KnownIdentity {
  readonly flow?: string;
  readonly run?: string;
  readonly step?: string;
  /** Counted by the scheduler, 0 first. */
  readonly attempt?: number;
}

type Names = { readonly [Key in keyof KnownIdentity]?: readonly string[] };

interface Scheduler {
  /** Set in every job, and by nobody else. */
  readonly sign: string;
  /** Variables by what they tell; the first that is set counts. */
  readonly names: Names;
}

/**
 * Variables that schedulers document for their jobs:
 * GitHub Actions "Default environment variables", GitLab "Predefined CI/CD variables reference", Jenkins "Using
 * environment variables", Airflow `airflow.utils.operator_helpers` (`AIRFLOW_CTX_*`).
 *
 * Airflow first: it may itself run inside a CI job.
 */
const SCHEDULERS: readonly Scheduler[] = [
  {
    sign: 'AIRFLOW_CTX_DAG_ID',
    names: {
      flow: ['AIRFLOW_CTX_DAG_ID'],
      run: ['AIRFLOW_CTX_DAG_RUN_ID'],
      step: ['AIRFLOW_CTX_TASK_ID'],
      attempt: ['AIRFLOW_CTX_TRY_NUMBER'],
    },
  },
  {
    sign: 'GITHUB_ACTIONS',
    names: {
      flow: ['GITHUB_WORKFLOW'],
      run: ['GITHUB_RUN_ID'],
      step: ['GITHUB_JOB'],
      attempt: ['GITHUB_RUN_ATTEMPT'],
    },
  },
  {
    sign: 'GITLAB_CI',
    names: {
      flow: ['CI_PIPELINE_NAME', 'CI_PROJECT_PATH'],
      run: ['CI_PIPELINE_ID'],
      step: ['CI_JOB_NAME'],
    },
  },
  {
    sign: 'JENKINS_URL',
    names: {
      flow: ['JOB_NAME'],
      run: ['BUILD_NUMBER', 'BUILD_ID'],
      step: ['STAGE_NAME'],
    },
  },
];

/** Who runs, by the variables of the scheduler that started this; empty where there is none. */
export function identityOfScheduler(env: Environment): KnownIdentity {
  const scheduler = SCHEDULERS.find(({ sign }) => (env[sign] ?? '') !== '');
  if (scheduler === undefined) return {};
  const { names } = scheduler;
  const [flow, run, step] = (['flow', 'run', 'step'] as const).map((key) =>
    firstSet(env, names[key]),
  );
  // These count from 1.
  const tries = Number(firstSet(env, names.attempt));
  return {
    ...(flow !== undefined && { flow }),
    ...(run !== undefined && { run }),
    ...(step !== undefined && { step }),
    ...(Number.isInteger(tries) && tries > 0 && { attempt: tries - 1 }),
  };
}

function firstSet(env: Environment, names: readonly string[] = []): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
}
