import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

import { runContainer } from './container.ts';
import { type LocalService, listen, readBody, sendJson } from './local-service.ts';

/** A job as Metaflow submits it, which tests look at. */
export interface SubmittedJob {
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
}

export interface BatchService extends LocalService {
  /** Every job that was submitted, in order. */
  readonly jobs: readonly SubmittedJob[];
}

const MIB = 2 ** 20;
/** As Amazon says it of a container that its cgroup has killed. */
const OOM_REASON = 'OutOfMemoryError: Container killed due to memory usage';

/**
 * As much of AWS Batch as Metaflow asks for: one queue on EC2, and jobs whose container runs as a process of this
 * machine below `home`, with `environment` besides what the job asks for. Step Functions finds no machines.
 */
export async function startBatchService(
  home: string,
  environment: Readonly<Record<string, string>>,
): Promise<BatchService> {
  const jobs: SubmittedJob[] = [];
  const views = new Map<string, object>();
  const definitions = new Set<string>();

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
        return { stateMachines: [] };
    }
  }

  const server = createServer((request, response) => {
    void (async () => {
      const text = (await readBody(request)).toString();
      const action = (request.url ?? '').split('/').at(-1) ?? '';
      sendJson(response, answer(action, JSON.parse(text === '' ? '{}' : text) as Request));
    })();
  });
  return { ...(await listen(server)), jobs };
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
