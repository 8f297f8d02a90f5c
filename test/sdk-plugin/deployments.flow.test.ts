import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type BatchService, startBatchService } from '../support/clouds/batch-service.ts';
import { type KubernetesApi, startKubernetesApi } from '../support/clouds/kubernetes-api.ts';
import type { LocalService } from '../support/clouds/local-service.ts';
import { startObjectStore } from '../support/clouds/object-store.ts';
import { type FlowPlace, type FlowRun, makeFlowPlace } from '../support/metaflow-run.ts';

const FLOW = join(import.meta.dirname, 'flows/caught_flow.py');
const COLLECTOR = 'http://stepfit.internal:4380';
const TOLD = `--with stepfit:url=${COLLECTOR},project=shop`;

interface StateMachine {
  readonly States: Readonly<
    Record<
      string,
      { readonly Parameters?: { readonly ContainerOverrides?: { readonly Command: string[] } } }
    >
  >;
}

interface WorkflowTemplate {
  readonly spec: {
    readonly templates: readonly {
      readonly name: string;
      readonly container?: { readonly command: readonly string[] };
    }[];
  };
}

describe('a flow that is deployed', () => {
  let store: LocalService;
  let kubernetes: KubernetesApi;
  let batch: BatchService;
  let place: FlowPlace;
  let environment: Readonly<Record<string, string>>;

  beforeAll(async () => {
    place = makeFlowPlace();
    const home = join(place.workDir, '..');
    store = await startObjectStore();
    kubernetes = await startKubernetesApi(home, {});
    batch = await startBatchService(home, {});
    writeFileSync(join(home, 'kubeconfig'), kubernetes.kubeconfig);
    environment = {
      METAFLOW_STEPFIT_EVERYWHERE: '1',
      METAFLOW_STEPFIT_URL: COLLECTOR,
      METAFLOW_STEPFIT_PROJECT: 'shop',
      METAFLOW_STEPFIT_TOKEN: 's3cret',
      METAFLOW_DEFAULT_DATASTORE: 's3',
      METAFLOW_DATASTORE_SYSROOT_S3: 's3://bucket/metaflow',
      METAFLOW_S3_ENDPOINT_URL: store.url,
      METAFLOW_KUBERNETES_NAMESPACE: 'default',
      METAFLOW_BATCH_JOB_QUEUE: 'q',
      METAFLOW_ECS_S3_ACCESS_IAM_ROLE: 'role',
      METAFLOW_SFN_IAM_ROLE: 'arn:aws:iam::1:role/role',
      METAFLOW_EVENTS_SFN_ACCESS_IAM_ROLE: 'arn:aws:iam::1:role/role',
      KUBECONFIG: join(home, 'kubeconfig'),
      AWS_ENDPOINT_URL: batch.url,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_DEFAULT_REGION: 'us-east-1',
    };
  });

  afterAll(async () => {
    await Promise.all([kubernetes.close(), batch.close(), store.close()]);
    place.remove();
  });

  function create(deployer: string): Promise<FlowRun> {
    return place.python([FLOW, deployer, 'create', '--only-json'], environment);
  }

  it('to Step Functions tells each task where to report, and no graph holds the token', async () => {
    const { exitCode, output } = await create('step-functions');
    expect(exitCode, output).toBe(0);
    expect(output).not.toContain('s3cret');
    expectAllStatesTold(parseObject(output) as StateMachine);
  });

  it('to Argo Workflows does the same', async () => {
    const { exitCode, output } = await create('argo-workflows');
    expect(exitCode, output).toBe(0);
    expect(output).not.toContain('s3cret');
    expectAllTold(parseObject(output) as WorkflowTemplate);
  });

  it('by the Deployer API to Argo Workflows does the same', async () => {
    const code = `
from metaflow import Deployer
print(Deployer(${JSON.stringify(FLOW)}).argo_workflows().create().name)`;
    const { exitCode, output } = await place.python(['-c', code], environment);
    expect(exitCode, output).toBe(0);
    const templates = [...kubernetes.objects].filter(([path]) =>
      path.includes('workflowtemplates'),
    );
    expect(templates).toHaveLength(1);
    expect(JSON.stringify(templates)).not.toContain('s3cret');
    expectAllTold(templates[0]?.[1] as WorkflowTemplate);
  });

  it('by the Deployer API to Step Functions does the same', async () => {
    const code = `
from metaflow import Deployer
print(Deployer(${JSON.stringify(FLOW)}).step_functions().create().name)`;
    const { exitCode, output } = await place.python(['-c', code], environment);
    expect(exitCode, output).toBe(0);
    const definitions = [...batch.stateMachines.values()];
    expect(definitions).toHaveLength(1);
    expect(definitions[0]).not.toContain('s3cret');
    expectAllStatesTold(JSON.parse(definitions[0] ?? '') as StateMachine);
  });
});

function expectAllStatesTold({ States }: StateMachine): void {
  const commands = Object.entries(States).flatMap(([step, state]) => {
    const command = state.Parameters?.ContainerOverrides?.Command;
    return command === undefined ? [] : [{ step, command: command.join(' ') }];
  });
  expect(commands.map(({ step }) => step)).toEqual(['start', 'work', 'end']);
  for (const { command } of commands) expect(command).toContain(TOLD);
}

function expectAllTold({ spec: { templates } }: WorkflowTemplate): void {
  for (const step of ['start', 'work', 'end']) {
    const template = templates.find(({ name }) => name === step);
    expect(template?.container?.command.join(' '), step).toContain(TOLD);
  }
}

/** What a command prints between its messages. */
function parseObject(output: string): unknown {
  return JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
}
