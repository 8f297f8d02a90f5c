import type { ErrorCode } from '@stepfit/sdk-plugin/errors/stepfit-error';

/** What the process ends with; documented in `docs/cli.md`. */
export const EXIT = {
  ok: 0,
  /** The command failed, or a check found something. */
  failed: 1,
  usage: 2,
  unreachable: 3,
  unauthorized: 4,
  notFound: 5,
} as const;

const EXIT_BY_CODE: Partial<Record<ErrorCode, number>> = {
  'invalid-input': EXIT.usage,
  'unsafe-listen': EXIT.usage,
  'server-unreachable': EXIT.unreachable,
  unauthorized: EXIT.unauthorized,
  forbidden: EXIT.unauthorized,
  'not-found': EXIT.notFound,
};

export function exitCodeOf(code: ErrorCode): number {
  return EXIT_BY_CODE[code] ?? EXIT.failed;
}
