import { type ErrorCode, StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import { isDataException } from '../db/data-exception.ts';
import { CONTENT_TYPES, RPC_CODE } from './otlp-response.ts';

/** How a failed request is answered. */
export interface Failure {
  readonly code: string;
  readonly http: number;
  readonly rpc: number;
  readonly message: string;
}

const FAILURES: Partial<Record<ErrorCode, { readonly http: number; readonly rpc: number }>> = {
  'invalid-input': { http: 400, rpc: RPC_CODE.invalidArgument },
  'payload-too-large': { http: 413, rpc: RPC_CODE.invalidArgument },
  'unsupported-media-type': { http: 415, rpc: RPC_CODE.invalidArgument },
};

/**
 * What to tell the sender. Whatever is not the sender's fault is 503, which exporters retry: an answer that
 * makes them drop the data is right only where sending again could not help.
 */
export function toFailure(error: unknown): Failure {
  const known = toStepfitError(error);
  const { http, rpc } = FAILURES[known.code] ?? { http: 503, rpc: RPC_CODE.unavailable };
  const message = known.hint === undefined ? known.message : `${known.message} ${known.hint}`;
  return { code: known.code, http, rpc, message };
}

function toStepfitError(error: unknown): StepfitError {
  if (error instanceof StepfitError) return error;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (isDataException(error)) {
    return new StepfitError('invalid-input', `The store cannot hold it: ${message}.`, {
      cause: error,
    });
  }
  if (status === 413) {
    return new StepfitError('payload-too-large', 'The body is larger than the collector takes.', {
      hint: 'Send smaller batches, or gzip.',
      cause: error,
    });
  }
  if (status === 415) return unsupportedMediaType(undefined);
  if (status === 400) return new StepfitError('invalid-input', message, { cause: error });
  return new StepfitError('store-unavailable', 'The store did not take the request.', {
    hint: 'Send again later.',
    cause: error,
  });
}

export function unsupportedMediaType(contentType: string | undefined): StepfitError {
  const got =
    contentType === undefined
      ? 'This content type'
      : `The content type ${contentType.slice(0, 80)}`;
  return new StepfitError('unsupported-media-type', `${got} is not taken.`, {
    hint: `Send ${Object.values(CONTENT_TYPES).join(' or ')}.`,
  });
}
