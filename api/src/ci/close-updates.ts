import type { Forge, OpenPullRequest } from './forge/forge.ts';
import type { Git } from './git.ts';
import { code, escape } from './outputs/markdown.ts';
import { stepsInBody } from './proof-text.ts';
import { deleteBranch, flowOf, pushedBranch } from './update-branch.ts';

/** A pull request that had nothing left to change. */
export interface ClosedUpdate {
  readonly flow: string;
  readonly url: string;
}

interface CloseInput {
  readonly git: Git;
  readonly forge: Forge;
  readonly base: string;
  /** Flows without anything to change now: what is open for one of them says what nobody suggests any more. */
  readonly spent: ReadonlySet<string>;
  /** Why nothing changes for a step, in a sentence. */
  readonly reasonFor: (flow: string, step: string) => string;
}

/** By this line a comment is found again. Nobody sees it. */
const CLOSED_MARKER = '<!-- stepfit:closed -->';

/**
 * Closes the pull requests that were opened here for flows that have nothing left to change, each with a
 * comment that says why, and deletes their branches. They are told by their branch and by the marker in their
 * body; one whose branch somebody else has pushed to is theirs, and stays.
 */
export async function closeSpentUpdates(input: CloseInput): Promise<ClosedUpdate[]> {
  const { git, forge, base, spent } = input;
  const open: OpenPullRequest[] = [];
  // All pages first: closing one moves the others up.
  for await (const pull of forge.openPullRequests(base)) open.push(pull);
  const closed: ClosedUpdate[] = [];
  for (const { number, url, branch, body } of open) {
    const flow = flowOf(branch);
    const steps = stepsInBody(body);
    if (flow === undefined || steps === undefined || !spent.has(flow)) continue;
    const pushed = await pushedBranch(git, branch);
    if (pushed?.isOurs === false) continue;
    await forge.closePullRequest(number, CLOSED_MARKER, closingComment(flow, steps, input));
    if (pushed !== undefined) await deleteBranch(git, branch, pushed);
    closed.push({ flow, url });
  }
  return closed;
}

function closingComment(
  flow: string,
  steps: readonly string[],
  { reasonFor }: Pick<CloseInput, 'reasonFor'>,
): string {
  return [
    CLOSED_MARKER,
    `Nothing is left to change for ${code(flow)}, so this is closed and its branch deleted:`,
    '',
    ...steps.map((step) => `- ${code(step)}: ${escape(reasonFor(flow, step))}`),
    '',
    'When something is suggested again, there will be another one.',
  ].join('\n');
}
