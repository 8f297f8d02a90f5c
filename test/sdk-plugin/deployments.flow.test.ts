import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type FlowPlace, type FlowRun, makeFlowPlace } from '../support/metaflow-run.ts';
import { type ObjectStore, startObjectStore } from '../support/object-store.ts';

const FLOW = join(import.meta.dirname, 'flows/caught_flow.py');
const COLLECTOR = 'http://stepfit.internal:4380';

interface StateMachine {
  readonly States: Readonly<Record<string, State>>;
}

interface State {
  readonly Parameters?: { readonly ContainerOverrides?: { readonly Command: readonly string[] } };
}

describe('step-functions create', () => {
  let store: ObjectStore;
  let place: FlowPlace;

  beforeAll(async () => {
    store = await startObjectStore();
    place = makeFlowPlace();
  });

  afterAll(async () => {
    await store.close();
    place.remove();
  });

  function create(): Promise<FlowRun> {
    return place.python([FLOW, 'step-functions', 'create', '--only-json'], {
      METAFLOW_STEPFIT_EVERYWHERE: '1',
      METAFLOW_STEPFIT_URL: COLLECTOR,
      METAFLOW_STEPFIT_PROJECT: 'shop',
      METAFLOW_STEPFIT_TOKEN: 's3cret',
      METAFLOW_DEFAULT_DATASTORE: 's3',
      METAFLOW_DATASTORE_SYSROOT_S3: 's3://bucket/metaflow',
      METAFLOW_S3_ENDPOINT_URL: store.url,
      METAFLOW_BATCH_JOB_QUEUE: 'q',
      METAFLOW_ECS_S3_ACCESS_IAM_ROLE: 'role',
      METAFLOW_SFN_IAM_ROLE: 'arn:aws:iam::1:role/role',
      AWS_ENDPOINT_URL: store.url,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_DEFAULT_REGION: 'us-east-1',
    });
  }

  it('tells each task where to report, and no graph holds the token', async () => {
    const { exitCode, output } = await create();
    expect(exitCode, output).toBe(0);
    expect(output).not.toContain('s3cret');
    const machine = JSON.parse(
      output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1),
    ) as StateMachine;
    const commands = Object.entries(machine.States).flatMap(([step, state]) => {
      const command = state.Parameters?.ContainerOverrides?.Command;
      return command === undefined ? [] : [{ step, command: command.join(' ') }];
    });
    expect(commands.map(({ step }) => step)).toEqual(['start', 'work', 'end']);
    for (const { command } of commands) {
      expect(command).toContain(`--with stepfit:url=${COLLECTOR},project=shop`);
    }
  });
});
