import type { FastifySchemaValidationError } from 'fastify';

/**
 * Strings from the URL are coerced to the schema's types, since a URL has only strings; an unknown parameter
 * is an error, since it is a typo; and infinities such as `1e999` are not numbers.
 */
export const VALIDATOR_OPTIONS = {
  coerceTypes: true,
  useDefaults: true,
  removeAdditional: false,
  strictNumbers: true,
  allErrors: false,
} as const;

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
