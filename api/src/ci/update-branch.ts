import { type Git, gitMaybe } from './git.ts';
import { COMMIT_TRAILER } from './proof-text.ts';

const PREFIX = 'stepfit/';

/** The branch that a flow’s values are proposed on. Names of flows are Python’s, which any branch can have. */
export function branchOf(flow: string): string {
  return `${PREFIX}${flow}`;
}

/** The flow that a branch is for; undefined for any other branch. */
export function flowOf(branch: string): string | undefined {
  return branch.startsWith(PREFIX) ? branch.slice(PREFIX.length) : undefined;
}

/** A branch as `origin` has it. */
export interface PushedBranch {
  readonly commit: string;
  /** False: somebody else has pushed to it. Merging the base into it, as code hosts offer, is no such thing. */
  readonly isOurs: boolean;
}

/** The branch at `origin`, with its commits fetched; undefined where there is none. */
export async function pushedBranch(git: Git, branch: string): Promise<PushedBranch | undefined> {
  const ref = `refs/heads/${branch}`;
  const commit = (await git('ls-remote', 'origin', ref)).split('\t')[0];
  if (commit === undefined || commit === '') return undefined;
  await git('fetch', '--quiet', 'origin', ref);
  const newest = ['log', '-1', '--first-parent', '--no-merges', '--format=%B', commit];
  const message = await gitMaybe(git, ...newest);
  return { commit, isOurs: message?.split('\n').includes(COMMIT_TRAILER) === true };
}

/** Pushes a commit as the branch, over what was seen there and nothing that came meanwhile. */
export async function push(
  git: Git,
  update: {
    readonly branch: string;
    readonly commit: string;
    readonly pushed: PushedBranch | undefined;
  },
): Promise<void> {
  const { branch, commit, pushed } = update;
  if (pushed !== undefined && (await isSame(git, pushed.commit, commit))) return;
  const lease = `--force-with-lease=${branch}:${pushed?.commit ?? ''}`;
  await git('push', '--quiet', lease, 'origin', `${commit}:refs/heads/${branch}`);
}

/** Deletes the branch at `origin`, unless somebody has pushed to it since. */
export async function deleteBranch(
  git: Git,
  branch: string,
  { commit }: PushedBranch,
): Promise<void> {
  await git('push', '--quiet', `--force-with-lease=${branch}:${commit}`, 'origin', `:${branch}`);
}

/** The same files on the same parent: only the time of the commit differs. */
async function isSame(git: Git, there: string, commit: string): Promise<boolean> {
  const [old, now] = await Promise.all(
    [there, commit].map(async (one) => git('show', '--no-patch', '--format=%T %P', one)),
  );
  return old === now;
}
