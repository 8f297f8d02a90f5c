import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

/** What may be done: send usage, read, decide about suggestions and policies, manage tokens. */
export type Permission = 'send' | 'read' | 'decide' | 'manage';

export const TOKEN_ROLES = ['ingest', 'read', 'write', 'admin'] as const;
export type TokenRole = (typeof TOKEN_ROLES)[number];

const PERMISSIONS: Readonly<Record<TokenRole, readonly Permission[]>> = {
  ingest: ['send'],
  read: ['read'],
  write: ['send', 'read', 'decide'],
  admin: ['send', 'read', 'decide', 'manage'],
};

/** Who asks. */
export type Access =
  /** The server asks for no token, so whoever reaches it may do everything. */
  | { readonly kind: 'open' }
  /** Whoever knows the token that the server was started with. */
  | { readonly kind: 'administrator' }
  | TokenAccess;

export interface TokenAccess {
  readonly kind: 'token';
  readonly name: string;
  readonly role: TokenRole;
  /** Absent: every project. */
  readonly project?: string;
}

/** Whether any one of the permissions is given. */
export function isAllowed(access: Access, anyOf: readonly Permission[]): boolean {
  if (access.kind !== 'token') return true;
  return anyOf.some((permission) => PERMISSIONS[access.role].includes(permission));
}

export function reachesProject(access: Access, project: string): boolean {
  return access.kind !== 'token' || access.project === undefined || access.project === project;
}

/**
 * Who did it, for the audit. A token's name wins over what the request says; nobody else can be told apart, so
 * they are taken at their word.
 *
 * @throws {StepfitError} `invalid-input` where neither says.
 */
export function actorOf(access: Access, said: string | undefined): string {
  if (access.kind === 'token') return access.name;
  if (said !== undefined) return said;
  throw new StepfitError('invalid-input', 'body must have required property actor.', {
    hint: 'Say who decides; only a token with a name says it for you.',
  });
}
