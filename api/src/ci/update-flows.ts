import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';

import { type Application, applySuggestions, writeChanges } from '../apply/apply-suggestions.ts';
import type { Forge, Upserted } from './forge/forge.ts';
import { type Git, gitIn, gitMaybe } from './git.ts';
import { commitMessage, type Proof, proofBody, proofTitle } from './proof-text.ts';
import { branchOf, push, pushedBranch } from './update-branch.ts';

/** What became of one flow. */
export interface UpdatedFlow {
  readonly flow: string;
  readonly application: Application;
  /** Of the commit; absent where the flow’s source asks for everything already, or nothing could be written. */
  readonly commit?: string;
  readonly pullRequest?: Upserted;
  /** True: somebody else has pushed to its branch, so that was left alone. */
  readonly isTakenOver?: true;
}

interface UpdateInput {
  readonly paths: readonly string[];
  readonly suggestions: readonly Suggestion[];
  readonly serverUrl: string;
}

/** Writes the suggestions into the checkout and commits them, one commit for each flow. */
export async function commitUpdates(input: UpdateInput): Promise<UpdatedFlow[]> {
  const updated: UpdatedFlow[] = [];
  for (const [flow, own] of byFlow(input.suggestions)) {
    const application = await applySuggestions(input.paths, own);
    const commit = await commitChanges('.', application, proofOf(flow, application, input, 'HEAD'));
    updated.push({ flow, application, ...(commit !== undefined && { commit }) });
  }
  return updated;
}

/**
 * For each flow a branch `stepfit/FLOW` with the suggestions, from what is checked out, pushed to `origin`, and
 * one pull request for it, opened or brought up to date. Works in a working tree of its own: the checkout
 * stays as it is. A branch that says the same already is not pushed again, and one that somebody else has
 * pushed to is theirs.
 */
export async function proposeUpdates(
  input: UpdateInput & { readonly base: string; readonly forge: Forge },
): Promise<UpdatedFlow[]> {
  const git = gitIn('.');
  const root = realpathSync(await git('rev-parse', '--show-toplevel'));
  const updated: UpdatedFlow[] = [];
  for (const [flow, own] of byFlow(input.suggestions)) {
    updated.push(await proposeFlow(git, root, { ...input, flow, own }));
  }
  return updated;
}

async function proposeFlow(
  git: Git,
  root: string,
  input: UpdateInput & {
    readonly base: string;
    readonly forge: Forge;
    readonly flow: string;
    readonly own: readonly Suggestion[];
  },
): Promise<UpdatedFlow> {
  const { flow, own, base, forge } = input;
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'stepfit-update-')));
  const tree = join(folder, 'tree');
  await git('worktree', 'add', '--quiet', '--detach', tree, 'HEAD');
  try {
    const paths = input.paths.map((path) => relative(root, realpathSync(path)));
    const application = await applySuggestions(paths, own, tree);
    const branch = branchOf(flow);
    const proof = proofOf(flow, application, input, branch);
    const commit = await commitChanges(tree, application, proof);
    if (commit === undefined) return { flow, application };
    const pushed = await pushedBranch(git, branch);
    if (pushed?.isOurs === false) return { flow, application, isTakenOver: true };
    await push(git, { branch, commit, pushed });
    const pullRequest = await forge.upsertPullRequest({
      branch,
      base,
      title: proofTitle(proof),
      body: proofBody(proof),
    });
    return { flow, application, commit, pullRequest };
  } finally {
    await gitMaybe(git, 'worktree', 'remove', '--force', tree);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function commitChanges(
  folder: string,
  application: Application,
  proof: Proof,
): Promise<string | undefined> {
  if (application.files.length === 0) return undefined;
  const git = gitIn(folder);
  const paths = application.files.map(({ path }) => path);
  await refuseDirty(git, paths);
  writeChanges(application, folder);
  await git('add', '--', ...paths);
  const author = (await gitMaybe(git, 'config', 'user.email')) === undefined ? BOT : [];
  await git(...author, 'commit', '--quiet', '--only', '-m', commitMessage(proof), '--', ...paths);
  return git('rev-parse', 'HEAD');
}

/** The commit should hold the tuned values, and not what somebody is working on. */
async function refuseDirty(git: Git, paths: readonly string[]): Promise<void> {
  const dirty = await git('status', '--porcelain', '--', ...paths);
  if (dirty === '') return;
  throw new StepfitError('conflict', `There are changes that are not committed: ${dirty.trim()}`, {
    hint: 'Commit or stash them first, or use `stepfit apply --write`.',
  });
}

/** Where nobody has said who commits. */
const BOT = ['-c', 'user.name=StepFit', '-c', 'user.email=stepfit@users.noreply.github.com'];

function proofOf(
  flow: string,
  { results }: Application,
  { serverUrl }: UpdateInput,
  branch: string,
): Proof {
  return {
    flow,
    branch,
    serverUrl: serverUrl.replace(/\/$/, ''),
    applied: results.filter(({ outcome }) => outcome.kind === 'changed'),
  };
}

function byFlow(suggestions: readonly Suggestion[]): [string, Suggestion[]][] {
  return [...Map.groupBy(suggestions, ({ flow }) => flow)];
}
