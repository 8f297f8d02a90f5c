import { readFileSync } from 'node:fs';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { Forge } from './forge.ts';
import { githubForge } from './github.ts';
import { gitlabForge } from './gitlab.ts';

/**
 * The code host that CI runs on, by the variables that it sets for each job.
 *
 * @param needs what will be asked of it: a comment needs a pull request to be written on.
 * @throws {StepfitError} `invalid-input` where a variable is missing, with its name.
 */
export function forgeFromEnv(env: NodeJS.ProcessEnv, needs: { readonly comment: boolean }): Forge {
  if (env['GITHUB_REPOSITORY'] !== undefined) return githubFromEnv(env, needs);
  if (env['CI_API_V4_URL'] !== undefined) return gitlabFromEnv(env, needs);
  throw new StepfitError('invalid-input', 'No GitHub or GitLab CI runs this.', {
    hint: 'Outside CI, set GITHUB_REPOSITORY and GITHUB_TOKEN, or CI_API_V4_URL, CI_PROJECT_ID and GITLAB_TOKEN.',
  });
}

function githubFromEnv(env: NodeJS.ProcessEnv, { comment }: { readonly comment: boolean }): Forge {
  const pullNumber = pullNumberOf(env);
  if (comment && pullNumber === undefined) {
    throw new StepfitError(
      'invalid-input',
      'This job runs for no pull request, so there is nothing to comment on.',
      {
        hint: 'Run it on `pull_request`, or without --comment.',
      },
    );
  }
  return githubForge({
    apiUrl: env['GITHUB_API_URL'] ?? 'https://api.github.com',
    token: required(env, 'GITHUB_TOKEN'),
    repository: required(env, 'GITHUB_REPOSITORY'),
    ...(pullNumber !== undefined && { pullNumber }),
  });
}

/** `refs/pull/7/merge`, or what the event says. */
function pullNumberOf(env: NodeJS.ProcessEnv): number | undefined {
  const ref = /^refs\/pull\/(\d+)\//.exec(env['GITHUB_REF'] ?? '')?.[1];
  if (ref !== undefined) return Number(ref);
  const path = env['GITHUB_EVENT_PATH'];
  if (path === undefined) return undefined;
  const event = JSON.parse(readFileSync(path, 'utf8')) as { pull_request?: { number?: number } };
  return event.pull_request?.number;
}

function gitlabFromEnv(env: NodeJS.ProcessEnv, { comment }: { readonly comment: boolean }): Forge {
  const mergeRequest = env['CI_MERGE_REQUEST_IID'];
  if (comment && mergeRequest === undefined) {
    throw new StepfitError(
      'invalid-input',
      'This job runs for no merge request, so there is nothing to comment on.',
      {
        hint: 'Run it in merge request pipelines, or without --comment.',
      },
    );
  }
  return gitlabForge({
    apiUrl: required(env, 'CI_API_V4_URL'),
    token: required(env, 'GITLAB_TOKEN'),
    project: required(env, 'CI_PROJECT_ID'),
    ...(mergeRequest !== undefined && { mergeRequest: Number(mergeRequest) }),
  });
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw new StepfitError('invalid-input', `${name} is not set.`, {
    hint: 'docs/ci.md has jobs to copy, with the permissions that they need.',
  });
}
