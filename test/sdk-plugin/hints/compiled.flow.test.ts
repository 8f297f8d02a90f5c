import { join } from 'node:path';

import type { Hint } from '@stepfit/tuner/hints/hint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type BatchService, startBatchService } from '../../support/clouds/batch-service.ts';
import type { LocalService } from '../../support/clouds/local-service.ts';
import { startObjectStore } from '../../support/clouds/object-store.ts';
import {
  type RecordingCollector,
  startRecordingCollector,
} from '../../support/metaflow-collector.ts';
import { type FlowPlace, makeFlowPlace } from '../../support/metaflow-run.ts';

const FLOW = join(import.meta.dirname, 'hinted_flow.py');

const HINT: Hint = {
  suggestionId: '1a2b3c4d5e6f',
  share: 1,
  plan: {
    first: { cpuCores: 2, memoryMiB: 1024 },
    second: { cpuCores: 2, memoryMiB: 2048 },
    last: { cpuCores: 4, memoryMiB: 8000 },
  },
  memoryFloorMiB: 512,
  memoryCapMiB: 1_048_576,
  memoryStepMiB: 64,
  overridesCommandLine: false,
};

interface StateMachine {
  readonly States: Readonly<Record<string, State>>;
}

interface State {
  readonly Iterator?: StateMachine;
  readonly Parameters?: {
    readonly ContainerOverrides?: {
      readonly Command: readonly string[];
      readonly ResourceRequirements: readonly { readonly Type: string; readonly Value: string }[];
    };
    readonly RetryStrategy?: { readonly Attempts: number };
  };
}

interface CompiledStep {
  readonly command: string;
  readonly cpu: string | undefined;
  readonly memory: string | undefined;
  readonly attempts: number | undefined;
}

function stepsOf({ States }: StateMachine): Record<string, CompiledStep> {
  const steps: Record<string, CompiledStep> = {};
  for (const [name, { Parameters, Iterator }] of Object.entries(States)) {
    if (Iterator !== undefined) Object.assign(steps, stepsOf(Iterator));
    const container = Parameters?.ContainerOverrides;
    if (container === undefined) continue;
    const amounts = new Map(
      container.ResourceRequirements.map(({ Type, Value }) => [Type, Value] as const),
    );
    steps[name] = {
      command: container.Command.join(' '),
      cpu: amounts.get('VCPU'),
      memory: amounts.get('MEMORY'),
      attempts: Parameters?.RetryStrategy?.Attempts,
    };
  }
  return steps;
}

/** What Argo Workflows is told to ask Kubernetes for, by step. */
interface WorkflowTemplate {
  readonly spec: {
    readonly templates: readonly {
      readonly name: string;
      readonly container?: {
        readonly command: readonly string[];
        readonly resources: { readonly requests: Readonly<Record<string, string>> };
      };
      readonly retryStrategy?: { readonly limit: number };
    }[];
  };
}

describe('a flow that is compiled with values from the server', () => {
  let store: LocalService;
  let batch: BatchService;
  let collector: RecordingCollector;
  let place: FlowPlace;

  beforeAll(async () => {
    store = await startObjectStore();
    collector = await startRecordingCollector();
    place = makeFlowPlace();
    batch = await startBatchService(place.workDir, {});
  });

  afterAll(async () => {
    await Promise.all([store.close(), batch.close(), collector.close()]);
    place.remove();
  });

  async function create(
    compiler: 'step-functions' | 'argo-workflows',
    hint: Hint | undefined,
  ): Promise<string> {
    collector.answerLaunch = ({ steps }) => ({
      version: 1,
      steps: steps.map(({ step }) =>
        step === 'work' && hint !== undefined
          ? { step, hint }
          : { step, refusal: { code: 'no-suggestion', detail: 'None.' } },
      ),
    });
    const { exitCode, output } = await place.python([FLOW, compiler, 'create', '--only-json'], {
      METAFLOW_STEPFIT_EVERYWHERE: '1',
      METAFLOW_STEPFIT_URL: collector.url,
      METAFLOW_DEFAULT_DATASTORE: 's3',
      METAFLOW_DATASTORE_SYSROOT_S3: 's3://bucket/metaflow',
      METAFLOW_S3_ENDPOINT_URL: store.url,
      METAFLOW_BATCH_JOB_QUEUE: 'q',
      METAFLOW_ECS_S3_ACCESS_IAM_ROLE: 'role',
      METAFLOW_SFN_IAM_ROLE: 'arn:aws:iam::1:role/role',
      METAFLOW_SFN_DYNAMO_DB_TABLE: 'table',
      AWS_ENDPOINT_URL: batch.url,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_DEFAULT_REGION: 'us-east-1',
    });
    expect(exitCode, output).toBe(0);
    return output;
  }

  function jsonOf(output: string): unknown {
    return JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
  }

  async function createStateMachine(hint: Hint | undefined): Promise<{
    readonly output: string;
    readonly steps: Readonly<Record<string, CompiledStep>>;
  }> {
    const output = await create('step-functions', hint);
    return { output, steps: stepsOf(jsonOf(output) as StateMachine) };
  }

  it('compiles the value with a net under it, for an attempt is repeated with what it had', async () => {
    const asked = collector.launches.length;
    const { output, steps } = await createStateMachine(HINT);
    expect(collector.launches.slice(asked).map(({ steps: all }) => all.at(-1))).toEqual([
      {
        step: 'work',
        backend: 'step-functions',
        current: { cpuCores: 4, memoryMiB: 8000 },
      },
    ]);
    expect(output).toContain('StepFit: work gets cpu=2 instead of 4, memory=2048 instead of 8000');
    expect(steps['work']).toMatchObject({ cpu: '2', memory: '2048' });
    expect(steps['work']?.command).toMatch(/--with stepfit_hint:data=[\w-]+/);
    expect(steps['again']).toMatchObject({ memory: '2000' });
    expect(steps['again']?.command).not.toContain('stepfit_hint');
  });

  it('asks for no retries there, which would repeat every failure', async () => {
    const [without, hinted] = [await createStateMachine(undefined), await createStateMachine(HINT)];
    expect(hinted.steps['work']?.attempts).toBe(without.steps['work']?.attempts);
    expect(without.steps['work']).toMatchObject({ cpu: '4', memory: '8000' });
  });

  it('compiles the source’s values while others are tried on a share of the tasks', async () => {
    const { output, steps } = await createStateMachine({ ...HINT, share: 0.2 });
    expect(output).toContain('StepFit: work left alone');
    expect(steps['work']).toMatchObject({ cpu: '4', memory: '8000' });
  });

  it('compiles for Argo Workflows, too, in Kubernetes’ decimal megabytes', async () => {
    const asked = collector.launches.length;
    const output = await create('argo-workflows', HINT);
    const last = collector.launches.slice(asked).map(({ steps }) => steps.at(-1));
    expect(last).toEqual([
      {
        step: 'work',
        backend: 'argo-workflows',
        current: { cpuCores: 4, memoryMiB: 8000e6 / 2 ** 20 },
      },
    ]);
    const { spec } = jsonOf(output) as WorkflowTemplate;
    const work = spec.templates.find(({ name }) => name === 'work');
    // 2,048 MiB are 2,147.48 MB.
    expect(work?.container?.resources.requests).toMatchObject({ cpu: '2', memory: '2148M' });
    expect(work?.container?.command.join(' ')).toMatch(/--with stepfit_hint:data=[\w-]+/);
    expect(work?.retryStrategy?.limit ?? 0).toBe(0);
  });
});
