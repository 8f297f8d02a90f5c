import { DEFAULT_PROJECT } from '@stepfit/sdk-plugin/contract/attributes';
import Type from 'typebox';

/** Names come from users' code; anything longer than this is a mistake, not a name. */
const NAME_MAX_LENGTH = 512;

/** No NUL: PostgreSQL has no text with one, so nothing stored can match it. */
const NAME_PATTERN = '^[^\\u0000]+$';

/** A name or id as part of an address. */
export function Name(description: string): Type.TString {
  return Type.String({ maxLength: NAME_MAX_LENGTH, pattern: NAME_PATTERN, description });
}

export const ProjectName = Type.String({ description: 'Project (tenant).' });

/** The project as a parameter: a tenant who has one never names it. */
export const ProjectParameter = Type.String({
  default: DEFAULT_PROJECT,
  maxLength: NAME_MAX_LENGTH,
  pattern: NAME_PATTERN,
  description: 'Project (tenant).',
});

export const FlowName = Type.String({ description: 'Flow.' });

export const FlowParameter = Name('Flow.');

export const StepName = Type.String({ description: 'Step.' });

export const StepParameter = Name('Step.');

export const PageLimit = Type.Integer({
  default: 50,
  minimum: 1,
  maximum: 500,
  description: 'Most items on this page.',
});

export const PageCursor = Type.String({
  minLength: 1,
  maxLength: 4096,
  description: '`nextCursor` of the page before.',
});

export const NextCursor = Type.String({
  description: 'Cursor of the next page; absent on the last one.',
});

export const ProjectQuery = Type.Object(
  { project: ProjectParameter },
  { additionalProperties: false },
);

export const StepParams = Type.Object(
  { flow: FlowParameter, step: StepParameter },
  { additionalProperties: false },
);

export function Count(description: string): Type.TInteger {
  return Type.Integer({ minimum: 0, description });
}

export function Amount(description: string): Type.TNumber {
  return Type.Number({ description });
}

export function Time(description: string): Type.TString {
  return Type.String({ format: 'date-time', description });
}
