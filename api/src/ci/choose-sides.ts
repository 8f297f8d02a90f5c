import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { ComparisonQuery } from '../http/schemas/comparison.ts';
import type { Sides } from './ci-report.ts';
import { type Git, gitMaybe } from './git.ts';

export interface SideOptions {
  /** Branch or commit to judge. */
  readonly head?: string;
  /** Branch or commit to compare with. */
  readonly base?: string;
  readonly headRuns?: string;
  readonly baseRuns?: string;
}

type SideQuery = Pick<
  ComparisonQuery,
  'headBranch' | 'headRevision' | 'headRuns' | 'baseBranch' | 'baseRevision' | 'baseRuns'
>;

export interface ChosenSides {
  readonly sides: Sides;
  readonly query: SideQuery;
}

/**
 * Which runs to compare: what the options say; else what CI says of the pull request; else the branch that
 * is checked out against `main`. On the base branch itself, its newest commit against what was before.
 *
 * @throws {StepfitError} `invalid-input` where nothing says which branch this is.
 */
export async function chooseSides(
  options: SideOptions,
  env: NodeJS.ProcessEnv,
  git: Git,
): Promise<ChosenSides> {
  const { headRuns, baseRuns } = options;
  const head = headRuns === undefined ? await headName(options, env, git) : undefined;
  const base = baseRuns === undefined ? await baseName(options, env, git) : undefined;
  const isOwnBase = head !== undefined && head === base;
  const judged = isOwnBase ? await git('rev-parse', 'HEAD') : head;
  return {
    sides: { head: inWords(judged), base: inWords(isOwnBase ? `${base} before` : base) },
    query: {
      ...(headRuns === undefined ? {} : { headRuns }),
      ...(baseRuns === undefined ? {} : { baseRuns }),
      ...(judged === undefined ? {} : sideOf('head', judged)),
      ...(base === undefined ? {} : sideOf('base', base)),
    },
  };
}

function inWords(name: string | undefined): string {
  return name?.slice(0, LONGEST_NAME) ?? 'the runs named';
}

/** Branches can be long, and a commit is known by less. */
const LONGEST_NAME = 60;

function sideOf(side: 'head' | 'base', name: string): SideQuery {
  return /^[0-9a-f]{40}$/.test(name) ? { [`${side}Revision`]: name } : { [`${side}Branch`]: name };
}

async function headName(options: SideOptions, env: NodeJS.ProcessEnv, git: Git): Promise<string> {
  const named =
    options.head ??
    filled(env['GITHUB_HEAD_REF']) ??
    filled(env['CI_MERGE_REQUEST_SOURCE_BRANCH_NAME']) ??
    filled(env['GITHUB_REF_NAME']) ??
    filled(env['CI_COMMIT_REF_NAME']) ??
    (await gitMaybe(git, 'symbolic-ref', '--short', 'HEAD')) ??
    (await gitMaybe(git, 'rev-parse', 'HEAD'));
  if (named !== undefined) return named;
  throw new StepfitError('invalid-input', 'Nothing says which branch this is.', {
    hint: 'Name it with --head, or its runs with --head-runs.',
  });
}

async function baseName(options: SideOptions, env: NodeJS.ProcessEnv, git: Git): Promise<string> {
  const named =
    options.base ??
    filled(env['GITHUB_BASE_REF']) ??
    filled(env['CI_MERGE_REQUEST_TARGET_BRANCH_NAME']) ??
    filled(env['CI_DEFAULT_BRANCH']);
  if (named !== undefined) return named;
  const remote = await gitMaybe(git, 'symbolic-ref', '--short', 'refs/remotes/origin/HEAD');
  return remote?.replace(/^origin\//, '') ?? 'main';
}

/** CI sets what does not apply to an empty text. */
function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
