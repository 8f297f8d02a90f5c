import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';

import { runContainer } from './container.ts';
import { type LocalService, listen, readBody, sendJson } from './local-service.ts';

/** A job as Metaflow submits it, which tests look at. */
interface SubmittedJob {
  readonly jobName: string;
  readonly jobQueue: string;
  readonly jobDefinition: string;
  readonly containerOverrides: {
    readonly command: readonly string[];
    readonly environment?: readonly { readonly name: string; readonly value: string }[];
    readonly resourceRequirements?: readonly { readonly type: string; readonly value: string }[];
  };
}

interface Request extends SubmittedJob {
  readonly jobDefinitionName?: string;
  readonly jobs: readonly string[];
  readonly name: string;
  readonly definition: string;
}

export interface BatchService extends LocalService {
  /** What was created for Step Functions: the definition of each state machine, JSON, by its name. */
  readonly stateMachines: ReadonlyMap<string, string>;
  /** Every job that was submitted, in order. */
  readonly jobs: readonly SubmittedJob[];
}

const MIB = 2 ** 20;
/** As Amazon says it of a container that its cgroup has killed. */
const OOM_REASON = 'OutOfMemoryError: Container killed due to memory usage';

/**
 * As much of AWS Batch as Metaflow asks for: one queue on EC2, and jobs whose container runs as a process of this
 * machine below `home`, with `environment` besides what the job asks for; and of Step Functions and EventBridge what
 * creating a state machine asks for, which then runs nothing.
 */
export async function startBatchService(
  home: string,
  environment: Readonly<Record<string, string>>,
): Promise<BatchService> {
  const jobs: SubmittedJob[] = [];
  const views = new Map<string, object>();
  const definitions = new Set<string>();
  const stateMachines = new Map<string, string>();

  function submit(job: SubmittedJob): object {
    const jobId = randomUUID();
    const { jobName, jobQueue, jobDefinition } = job;
    const head = { jobId, jobName, jobQueue, jobDefinition, createdAt: Date.now() };
    jobs.push(job);
    views.set(jobId, { ...head, status: 'RUNNING', startedAt: Date.now(), container: {} });
    void run(job, jobId, home, environment).then((end) => views.set(jobId, { ...head, ...end }));
    return { jobId, jobName };
  }

  function answer(action: string, request: Request): object {
    switch (action) {
      case 'describejobqueues': {
        const computeEnvironmentOrder = [{ computeEnvironment: 'ce' }];
        const queue = { jobQueueName: 'q', state: 'ENABLED', status: 'VALID' };
        return { jobQueues: [{ ...queue, computeEnvironmentOrder }] };
      }
      case 'describecomputeenvironments': {
        const computeResources = { type: 'EC2' };
        return { computeEnvironments: [{ computeEnvironmentName: 'ce', computeResources }] };
      }
      case 'describejobdefinitions': {
        const name = request.jobDefinitionName ?? '';
        return { jobDefinitions: definitions.has(name) ? [{ jobDefinitionArn: name }] : [] };
      }
      case 'registerjobdefinition': {
        const name = request.jobDefinitionName ?? '';
        definitions.add(name);
        return { jobDefinitionName: name, jobDefinitionArn: name, revision: 1 };
      }
      case 'submitjob':
        return submit(request);
      case 'describejobs':
        return { jobs: request.jobs.map((id) => views.get(id)) };
      default:
        return answerStateMachines(action, request);
    }
  }

  function answerStateMachines(action: string, { name, definition }: Request): object {
    switch (action) {
      case 'liststatemachines':
        return { stateMachines: [] };
      case 'createstatemachine': {
        stateMachines.set(name, definition);
        const stateMachineArn = `arn:aws:states:us-east-1:1:stateMachine:${name}`;
        return { stateMachineArn, creationDate: Date.now() / 1000 };
      }
      default:
        return {};
    }
  }

  const server = createServer((request, response) => {
    void (async () => {
      const text = (await readBody(request)).toString();
      const action = actionOf(request);
      sendJson(response, answer(action, JSON.parse(text === '' ? '{}' : text) as Request));
    })();
  });
  return { ...(await listen(server)), jobs, stateMachines };
}

/** Batch names an action by its path, Step Functions and EventBridge by a header. */
function actionOf({ url = '', headers }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return (target.split('.').at(-1) ?? '').toLowerCase();
  return url.split('/').at(-1) ?? '';
}

async function run(
  { containerOverrides }: SubmittedJob,
  jobId: string,
  home: string,
  environment: Readonly<Record<string, string>>,
): Promise<object> {
  const { command, environment: own = [], resourceRequirements = [] } = containerOverrides;
  const startedAt = Date.now();
  const memory = resourceRequirements.find(({ type }) => type === 'MEMORY')?.value;
  const { exitCode, wasOomKilled } = await runContainer(
    {
      command,
      environment: {
        ...Object.fromEntries(own.map(({ name, value }) => [name, value])),
        ...environment,
        AWS_BATCH_JOB_ID: jobId,
        AWS_BATCH_JOB_ATTEMPT: '1',
        AWS_BATCH_CE_NAME: 'ce',
        AWS_BATCH_JQ_NAME: 'q',
        AWS_EXECUTION_ENV: 'AWS_ECS_EC2',
      },
      memoryLimitBytes: Number(memory) * MIB,
    },
    home,
  );
  return {
    status: exitCode === 0 ? 'SUCCEEDED' : 'FAILED',
    statusReason: 'Essential container in task exited',
    startedAt,
    stoppedAt: Date.now(),
    container: { exitCode, ...(wasOomKilled && { reason: OOM_REASON }) },
  };
}
