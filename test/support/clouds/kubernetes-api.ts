import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { runContainer } from './container.ts';
import { type LocalService, listen, readBody, sendJson } from './local-service.ts';

interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string | null;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } | null } | null;
}

interface Container {
  readonly command: readonly string[];
  readonly image: string;
  readonly env?: readonly EnvironmentVariable[];
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>> | null;
    readonly limits?: Readonly<Record<string, string>> | null;
  };
}

/** A Job as Metaflow submits it, and its one pod's resources, which tests look at. */
interface Job {
  readonly metadata: { name?: string; readonly generateName?: string; readonly namespace: string };
  readonly spec: { readonly template: { readonly spec: { readonly containers: [Container] } } };
}

interface Named {
  readonly metadata: { readonly name: string };
}

interface RunningJob {
  readonly job: Job;
  readonly podName: string;
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  state: object;
  status: object;
}

/** Longer than Metaflow takes between asking for the Job and for its pod. */
const JOB_LEAD_MS = 100;

export interface KubernetesApi extends LocalService {
  /** Every Job that was submitted, in order. */
  readonly jobs: readonly Job[];
  /** Other objects by their addresses. */
  readonly objects: ReadonlyMap<string, object>;
  /** A client's configuration for this cluster. */
  readonly kubeconfig: string;
}

/**
 * As much of Kubernetes as Metaflow asks for: batch/v1 Jobs with one pod each, whose container runs as a process
 * of this machine below `home`, with `environment` besides what the pod asks for. Other objects, Argo's among
 * them, are kept, and nothing happens to them.
 */
export async function startKubernetesApi(
  home: string,
  environment: Readonly<Record<string, string>>,
): Promise<KubernetesApi> {
  const running = new Map<string, RunningJob>();
  const objects = new Map<string, object>();
  function submit(job: Job): object {
    const started = start(job, home, environment);
    running.set(String(job.metadata.name), started);
    return jobView(started);
  }

  function keep(path: string, object: Named): object {
    objects.set(`${path}/${object.metadata.name}`, object);
    return object;
  }

  function find(path: string, query: URLSearchParams): object | undefined {
    const name = path.split('/').at(-1) ?? '';
    if (name === 'pods') {
      const selected = running.get(query.get('labelSelector')?.split('=')[1] ?? '');
      const items = selected === undefined ? [] : [podView(selected)];
      return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
    }
    const job = running.get(name);
    return job === undefined ? objects.get(path) : jobView(job);
  }

  const server = createServer((request, response) => {
    void (async () => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://api');
      if (request.method === 'POST') {
        const object = JSON.parse((await readBody(request)).toString()) as Job & Named;
        sendJson(
          response,
          pathname.endsWith('/jobs') ? submit(object) : keep(pathname, object),
          201,
        );
      } else {
        const found = find(pathname, searchParams);
        if (found === undefined) sendJson(response, { message: 'not found' }, 404);
        else sendJson(response, found);
      }
    })();
  });
  const service = await listen(server);
  return {
    ...service,
    objects,
    kubeconfig: describeCluster(service.url),
    get jobs() {
      return [...running.values()].map(({ job }) => job);
    },
  };
}

function start(job: Job, home: string, environment: Readonly<Record<string, string>>): RunningJob {
  job.metadata.name ??= `${job.metadata.generateName ?? ''}${randomUUID().slice(0, 8)}`;
  const running: RunningJob = {
    job,
    podName: `${job.metadata.name}-pod`,
    phase: 'Running',
    state: { running: { startedAt: now() } },
    status: { active: 1 },
  };
  void run(running, home, environment);
  return running;
}

async function run(
  running: RunningJob,
  home: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const startedAt = now();
  const [container] = running.job.spec.template.spec.containers;
  const limit = container.resources?.limits?.['memory'];
  const { exitCode, wasOomKilled } = await runContainer(
    {
      command: container.command,
      environment: { ...environment, ...variables(container, running) },
      ...(limit !== undefined && { memoryLimitBytes: toBytes(limit) }),
    },
    home,
  );
  const failure = wasOomKilled ? 'OOMKilled' : 'Error';
  const reason = exitCode === 0 ? 'Completed' : failure;
  // The Job first: where its pod is seen to have ended and the Job has not, Metaflow takes a killed container
  // for one that has finished, and the run fails without a retry.
  running.status = exitCode === 0 ? { succeeded: 1 } : { failed: 1 };
  await sleep(JOB_LEAD_MS);
  running.state = { terminated: { exitCode, reason, startedAt, finishedAt: now() } };
  running.phase = exitCode === 0 ? 'Succeeded' : 'Failed';
}

function variables(
  { env = [] }: Container,
  { job, podName }: RunningJob,
): Readonly<Record<string, string>> {
  const fields: Readonly<Record<string, string>> = {
    'metadata.namespace': job.metadata.namespace,
    'metadata.name': podName,
    'metadata.uid': randomUUID(),
    'spec.serviceAccountName': 'default',
    'status.hostIP': '10.0.0.1',
  };
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [
      name,
      value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ''] ?? '',
    ]),
  );
}

const UNITS: Readonly<Record<string, number>> = { '': 1, M: 1e6, Mi: 2 ** 20, G: 1e9, Gi: 2 ** 30 };

/** A quantity of memory as Kubernetes writes it, in bytes. */
function toBytes(quantity: string): number {
  const [, amount = '', unit = ''] = /^([\d.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Math.trunc(Number(amount) * (UNITS[unit] ?? Number.NaN));
}

function jobView({ job, status }: RunningJob): object {
  return { ...job, metadata: { ...job.metadata, uid: job.metadata.name }, status };
}

function podView({ job, podName, phase, state }: RunningJob): object {
  const { namespace, name } = job.metadata;
  return {
    metadata: { name: podName, namespace, uid: podName, labels: { 'job-name': name } },
    spec: { containers: [{ name: 'main', image: 'none' }] },
    status: {
      phase,
      containerStatuses: [
        { name: 'main', image: 'none', imageID: 'none', ready: false, restartCount: 0, state },
      ],
    },
  };
}

function now(): string {
  return new Date().toISOString();
}

function describeCluster(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'played', cluster: { server } }],
    users: [{ name: 'tester', user: { token: 'x' } }],
    contexts: [{ name: 'test', context: { cluster: 'played', user: 'tester' } }],
    'current-context': 'test',
  });
}
