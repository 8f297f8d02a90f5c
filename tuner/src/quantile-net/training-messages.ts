import type { ErrorCode } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { NetWeights } from './net-weights.ts';
import type { Engine } from './tensorflow.ts';
import type { TrainingOptions } from './train-network.ts';
import type { Example } from './training-set.ts';

/** What the worker is started with. */
export interface TrainingRequest {
  readonly examples: readonly Example[];
  readonly options: Pick<TrainingOptions, 'seed' | 'maxEpochs'>;
}

/** What the worker says: some epochs, then the end. */
export type TrainingMessage =
  | { readonly kind: 'epoch'; readonly epoch: number; readonly loss: number }
  | { readonly kind: 'trained'; readonly weights: NetWeights; readonly engine: Engine }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint?: string;
    };
