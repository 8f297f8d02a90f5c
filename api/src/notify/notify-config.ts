import { readFileSync } from 'node:fs';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

/** `webhook`: JSON with the headers of Standard Webhooks. `slack`: a message as Slack's webhooks take it. */
const HOOK_KINDS = ['webhook', 'slack'] as const;
const SUBJECTS = ['events', 'digest'] as const;

const HookFile = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, description: 'Tells it from the others.' }),
    url: Type.String({ pattern: '^https?://', description: 'Where to send to.' }),
    kind: Type.Optional(Type.Enum([...HOOK_KINDS])),
    secretEnv: Type.Optional(
      Type.String({ minLength: 1, description: 'Variable of the environment with the secret.' }),
    ),
    project: Type.Optional(Type.String({ minLength: 1, description: 'One project only.' })),
    owner: Type.Optional(Type.String({ minLength: 1, description: 'Steps of one owner only.' })),
    send: Type.Optional(Type.Array(Type.Enum([...SUBJECTS]), { minItems: 1 })),
  },
  { additionalProperties: false },
);

const NotifyFile = Type.Object(
  { hooks: Type.Array(HookFile, { maxItems: 100 }) },
  { additionalProperties: false },
);

/** Somebody who is told. */
export interface Hook extends Omit<Static<typeof HookFile>, 'kind' | 'secretEnv' | 'send'> {
  readonly kind: (typeof HOOK_KINDS)[number];
  readonly send: readonly (typeof SUBJECTS)[number][];
  /** Key of the signature; absent: nothing is signed. */
  readonly secret?: Buffer;
}

/**
 * Reads who is told what: a JSON file as `docs/life-cycle.md` shows it. Secrets stay in the environment.
 *
 * @throws {StepfitError} `invalid-input` when it cannot be read, is not one, or a secret is not set.
 */
export function readHooks(path: string, env: NodeJS.ProcessEnv): Hook[] {
  const file = parse(path);
  if (!Value.Check(NotifyFile, file)) {
    const [problem] = Value.Errors(NotifyFile, file);
    throw new StepfitError(
      'invalid-input',
      `${path} does not say whom to notify: ${problem?.instancePath ?? ''} ${problem?.message ?? ''}.`,
      { hint: 'docs/life-cycle.md shows such a file.' },
    );
  }
  const names = file.hooks.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new StepfitError('invalid-input', `${path} has two hooks named ${twice}.`, {
      hint: 'What was delivered is remembered by the name: give each its own.',
    });
  }
  return file.hooks.map(({ secretEnv, kind = 'webhook', send = SUBJECTS, ...hook }) => ({
    ...hook,
    kind,
    send,
    ...(secretEnv !== undefined && { secret: secretOf(secretEnv, env, path) }),
  }));
}

/** As Standard Webhooks writes secrets, `whsec_` and base64, or any other text. */
function secretOf(name: string, env: NodeJS.ProcessEnv, path: string): Buffer {
  const value = env[name] ?? '';
  if (value === '') {
    throw new StepfitError('invalid-input', `${name}, which ${path} names, is not set.`, {
      hint: 'Set the variable to the secret that the receiver checks signatures with.',
    });
  }
  return value.startsWith('whsec_')
    ? Buffer.from(value.slice('whsec_'.length), 'base64')
    : Buffer.from(value);
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepfitError('invalid-input', `${path} cannot be read: ${reason}`, {
      hint: 'Give the path of a JSON file with --notify or STEPFIT_NOTIFY.',
      cause: error,
    });
  }
}
