import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { FlowPlace } from '../metaflow-run.ts';
import { startBatchService } from './batch-service.ts';
import { startKubernetesApi } from './kubernetes-api.ts';
import { startObjectStore } from './object-store.ts';

const TEST_EXTENSION = join(import.meta.dirname, 'python');

export interface PlayedClouds {
  /** What makes Metaflow take the played services for S3, Kubernetes and Batch. */
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

/** S3, Kubernetes and Batch for flows that run in `place` and report to `collectorUrl`. */
export async function playClouds(place: FlowPlace, collectorUrl: string): Promise<PlayedClouds> {
  const home = join(place.workDir, '..');
  const store = await startObjectStore();
  const inContainer = {
    METAFLOW_DATASTORE_SYSROOT_LOCAL: join(home, 'datastore'),
    METAFLOW_S3_ENDPOINT_URL: store.url,
    METAFLOW_S3_WORKER_COUNT: '4',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_DEFAULT_REGION: 'us-east-1',
    STEPFIT_TEST_PLACE: place.id,
  };
  const kubernetes = await startKubernetesApi(join(home, 'pods'), inContainer);
  const batch = await startBatchService(join(home, 'jobs'), inContainer);
  const kubeconfig = join(home, 'kubeconfig');
  writeFileSync(kubeconfig, kubernetes.kubeconfig);
  mkdirSync(join(home, 'datastore'));
  const environment = {
    ...inContainer,
    PYTHONPATH: TEST_EXTENSION,
    METAFLOW_STEPFIT_URL: collectorUrl,
    METAFLOW_DEFAULT_DATASTORE: 's3',
    METAFLOW_DATASTORE_SYSROOT_S3: 's3://bucket/metaflow',
    METAFLOW_DEFAULT_METADATA: 'shared',
    METAFLOW_KUBERNETES_NAMESPACE: 'default',
    METAFLOW_KUBERNETES_MEMORY: '600',
    METAFLOW_BATCH_JOB_QUEUE: 'q',
    METAFLOW_ECS_S3_ACCESS_IAM_ROLE: 'role',
    AWS_ENDPOINT_URL: batch.url,
    KUBECONFIG: kubeconfig,
  };
  return {
    environment,
    async close() {
      await Promise.all([kubernetes.close(), batch.close(), store.close()]);
    },
  };
}
