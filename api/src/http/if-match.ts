import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

/** A revision as an entity tag (RFC 9110 §8.8.3). */
export function entityTag(revision: number): string {
  return `"${revision}"`;
}

/**
 * The revision that a conditional request expects (RFC 9110 §13.1.1); undefined where it expects none: the
 * header is absent or `*`.
 *
 * @throws {StepfitError} `invalid-input` for anything but one strong entity tag of ours.
 */
export function expectedRevision(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const [, revision] = /^\s*"(\d{1,9})"\s*$/.exec(ifMatch) ?? [];
  if (revision !== undefined) return Number(revision);
  throw new StepfitError(
    'invalid-input',
    `If-Match ${ifMatch} is not an entity tag of this server.`,
    {
      hint: 'Send the ETag that came with what was read, with its quotes, or none.',
    },
  );
}
