import { DEFAULT_PROJECT } from '@stepfit/sdk-plugin/contract/attributes';
import Type from 'typebox';

/** Names come from users' code; anything longer than this is a mistake, not a name. */
const NAME_MAX_LENGTH = 512;

export const ProjectName = Type.String({
  default: DEFAULT_PROJECT,
  minLength: 1,
  maxLength: NAME_MAX_LENGTH,
  description: 'Project (tenant).',
});

export const FlowName = Type.String({
  minLength: 1,
  maxLength: NAME_MAX_LENGTH,
  description: 'Flow.',
});

export const StepName = Type.String({
  minLength: 1,
  maxLength: NAME_MAX_LENGTH,
  description: 'Step.',
});

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

export const ProjectQuery = Type.Object({ project: ProjectName }, { additionalProperties: false });

export const StepParams = Type.Object(
  { flow: FlowName, step: StepName },
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
