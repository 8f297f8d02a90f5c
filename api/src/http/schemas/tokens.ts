import Type, { type Static } from 'typebox';

import { TOKEN_ROLES } from '../../access/access.ts';
import { ProjectName, ProjectParameter, Time } from './common.ts';
import { Actor } from './policies.ts';

/** What can be typed, and stands in an address as it is: `ci`, `ana@example.org`. */
const TokenName = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._@+-]*$',
  description: 'Name; what is done with the token is done in its name.',
});

const role = Type.Enum([...TOKEN_ROLES], {
  description:
    'ingest: runs send usage and ask for hints. read: everything is read. write: both, and decides. admin: and manages tokens.',
});

export const Token = Type.Object(
  {
    name: TokenName,
    role,
    project: Type.Optional(
      Type.String({ description: 'Project that it is for; absent: all of them.' }),
    ),
    createdAt: Time('When it was made.'),
    createdBy: Type.String({ description: 'Who made it.' }),
    lastUsedAt: Type.Optional(Time('When it was used last, to the minute; absent: never.')),
    revokedAt: Type.Optional(Time('When it was revoked; absent: it lives.')),
    revokedBy: Type.Optional(Type.String({ description: 'Who revoked it.' })),
  },
  { additionalProperties: false, description: 'A token without its secret.' },
);
export type Token = Static<typeof Token>;

export const TokenList = Type.Object(
  { tokens: Type.Array(Token, { description: 'The living first, newest first.' }) },
  { additionalProperties: false, description: 'Tokens that reach a project.' },
);
export type TokenList = Static<typeof TokenList>;

export const TokenBody = Type.Object(
  {
    name: TokenName,
    role,
    allProjects: Type.Optional(
      Type.Boolean({ description: 'For every project, not only the one of the address.' }),
    ),
    actor: Type.Optional(Actor),
  },
  { additionalProperties: false, description: 'A token to be made.' },
);
export type TokenBody = Static<typeof TokenBody>;

export const NewToken = Type.Object(
  {
    token: Type.String({ description: 'The secret. It is shown here once and kept nowhere.' }),
    ...Token.properties,
  },
  { additionalProperties: false, description: 'A token with its secret.' },
);
export type NewToken = Static<typeof NewToken>;

export const TokenParams = Type.Object({ name: TokenName }, { additionalProperties: false });

export const TokenRevokeQuery = Type.Object(
  { project: ProjectParameter, actor: Type.Optional(Actor) },
  { additionalProperties: false },
);

export const AccessView = Type.Object(
  {
    kind: Type.Enum(['open', 'administrator', 'token'], {
      description: 'The server asks for no token; the one it was started with; one with a name.',
    }),
    name: Type.Optional(Type.String({ description: 'Name of the token.' })),
    role: Type.Optional(role),
    project: Type.Optional(ProjectName),
  },
  { additionalProperties: false, description: 'Who asks.' },
);
export type AccessView = Static<typeof AccessView>;
