import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { FastifySchemaValidationError } from 'fastify';

import type { ApiServer } from './api-server.ts';

/**
 * Strings from the URL are coerced to the schema's types, since a URL has only strings; an unknown parameter
 * is an error, since it is a typo.
 */
export const VALIDATOR_OPTIONS = {
  coerceTypes: true,
  useDefaults: true,
  removeAdditional: false,
  allErrors: false,
} as const;

/** `1e999` is coerced to Infinity, and Ajv then skips the bounds of the number: so they are checked here. */
export function refuseInfinities(app: ApiServer): void {
  app.addHook('preHandler', async ({ query }) => {
    for (const [name, value] of Object.entries(query as Record<string, unknown>)) {
      if (typeof value === 'number' && !Number.isFinite(value)) {
        throw new StepfitError('invalid-input', `querystring/${name} must be a finite number.`, {
          hint: 'See /openapi.json for what is accepted.',
        });
      }
    }
  });
}

/** Says which part of the request is wrong and why, in one sentence. */
export function describeValidationError(
  errors: readonly FastifySchemaValidationError[],
  part: string,
): Error {
  const [first] = errors;
  if (first === undefined) return new Error(`The ${part} is not valid.`);
  const { instancePath, keyword, params, message = 'is not valid' } = first;
  if (keyword === 'additionalProperties') {
    return new Error(`${part}: there is no parameter ${String(params['additionalProperty'])}.`);
  }
  if (keyword === 'enum' && Array.isArray(params['allowedValues'])) {
    const allowed = params['allowedValues'].join(', ');
    return new Error(`${part}${instancePath} must be one of ${allowed}.`);
  }
  return new Error(`${part}${instancePath} ${message}.`);
}
