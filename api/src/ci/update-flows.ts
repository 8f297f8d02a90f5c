import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';

import { type Application, applySuggestions, writeChanges } from '../apply/apply-suggestions.ts';
import type { Forge, Upserted } from './forge/forge.ts';
import { type Git, gitIn, gitMaybe } from './git.ts';
import { commitMessage, type Proof, proofBody, proofTitle } from './proof-text.ts';

/** What became of one flow. */
export interface UpdatedFlow {
  readonly flow: string;
  readonly application: Application;
  /** Of the commit; absent where the flow’s source asks for everything already, or nothing could be written. */
  readonly commit?: string;
  readonly pullRequest?: Upserted;
}

interface UpdateInput {
  readonly paths: readonly string[];
  readonly suggestions: readonly Suggestion[];
  readonly serverUrl: string;
}

/** Writes the suggestions into the checkout and commits them, one commit for each flow. */
export async function commitUpdates(input: UpdateInput): Promise<UpdatedFlow[]> {
  const git = gitIn('.');
  const updated: UpdatedFlow[] = [];
  for (const [flow, own] of byFlow(input.suggestions)) {
    const application = await applySuggestions(input.paths, own);
    const commit = await commitChanges(git, application, proofOf(flow, application, input, 'HEAD'));
    updated.push({ flow, application, ...(commit !== undefined && { commit }) });
  }
  return updated;
}

/**
 * For each flow a branch `stepfit/FLOW` with the suggestions, from what is checked out, pushed to `origin`, and
 * one pull request for it, opened or brought up to date. Works in a working tree of its own: the checkout
 * stays as it is. A branch that says the same already is not pushed again.
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
    const paths = input.paths.map((path) =>
      join(tree, relative(root, realpathSync(resolve(path)))),
    );
    const application = await applySuggestions(paths, own);
    const branch = branchOf(flow);
    const proof = proofOf(flow, application, input, branch);
    const commit = await commitChanges(gitIn(tree), application, proof);
    if (commit === undefined) return { flow, application };
    await push(git, branch, commit);
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

/** Names of flows are Python names, which any branch can have. */
function branchOf(flow: string): string {
  return `stepfit/${flow}`;
}

async function push(git: Git, branch: string, commit: string): Promise<void> {
  const ref = `refs/heads/${branch}`;
  const there = (await gitMaybe(git, 'ls-remote', 'origin', ref))?.split('\t')[0];
  if (there !== undefined && (await isSame(git, there, commit))) return;
  // Over what was seen there, and nothing that came meanwhile.
  await git(
    'push',
    '--quiet',
    `--force-with-lease=${branch}:${there ?? ''}`,
    'origin',
    `${commit}:${ref}`,
  );
}

/** The same files on the same parent: only the time of the commit differs. */
async function isSame(git: Git, there: string, commit: string): Promise<boolean> {
  if ((await gitMaybe(git, 'fetch', '--quiet', 'origin', there)) === undefined) {
    const isKnown = await gitMaybe(git, 'cat-file', '-t', there);
    if (isKnown === undefined) return false;
  }
  const [old, now] = await Promise.all(
    [there, commit].map(async (one) => gitMaybe(git, 'show', '--no-patch', '--format=%T %P', one)),
  );
  return old !== undefined && old === now;
}

async function commitChanges(
  git: Git,
  application: Application,
  proof: Proof,
): Promise<string | undefined> {
  if (application.files.length === 0) return undefined;
  const paths = application.files.map(({ path }) => resolve(path));
  await refuseDirty(git, paths);
  writeChanges(application);
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
