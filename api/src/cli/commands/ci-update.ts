import { type Chosen, chooseSuggestions, type LeftAlone } from '../../apply/choose-suggestions.ts';
import { tellAccepted } from '../../apply/tell-server.ts';
import { type ClosedUpdate, closeSpentUpdates } from '../../ci/close-updates.ts';
import type { CheckedOutFlow } from '../../ci/find-flows.ts';
import { forgeFromEnv } from '../../ci/forge/forge-from-env.ts';
import type { Forge } from '../../ci/forge/forge.ts';
import { gitIn } from '../../ci/git.ts';
import { commitUpdates, proposeUpdates, type UpdatedFlow } from '../../ci/update-flows.ts';
import { whyUnchanged } from '../../ci/why-unchanged.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { renderApplication, renderLeftAlone } from '../../format/apply-text.ts';
import { formatCount } from '../../format/quantities.ts';
import { MOST_STEPS, type ReportRow } from '../../http/schemas/report.ts';
import { type DecisionOptions, toDecision } from '../decision-options.ts';
import type { ClientOptions } from '../program-options.ts';
import type { Terminal } from '../terminal.ts';
import { choiceOf, type ChoiceOptions, leftAloneToJson } from './apply.ts';

export interface UpdateOptions {
  readonly base?: string;
  readonly update: boolean;
  readonly pullRequest: boolean;
}

interface UpdateInput {
  readonly paths: readonly string[];
  readonly flows: readonly CheckedOutFlow[];
  readonly options: ClientOptions & ChoiceOptions & DecisionOptions & UpdateOptions;
  readonly terminal: Terminal;
}

interface Update {
  readonly updated: readonly UpdatedFlow[];
  readonly closed: readonly ClosedUpdate[];
}

/** `stepfit ci --update` and `--pull-request`: tuned values as commits, and what becomes of earlier proposals. */
export async function updateFlows(client: ApiClient, input: UpdateInput): Promise<void> {
  const { paths, flows, options, terminal } = input;
  const chosen = ofFlows(await chooseSuggestions(client, choiceOf(options)), flows);
  const { suggestions, leftAlone } = chosen;
  const commits = { paths, suggestions, serverUrl: options.url };
  const { updated, closed } = options.pullRequest
    ? await propose(client, commits, chosen, input)
    : { updated: await commitUpdates(commits), closed: [] };
  if (options.update) {
    const results = updated.flatMap(({ application }) => application.results);
    await tellAccepted(client, results, toDecision(options));
  }
  if (options.json) {
    const told = { flows: updated.map(toJson), leftAlone: leftAlone.map(leftAloneToJson), closed };
    terminal.print(JSON.stringify(told, null, 2));
    return;
  }
  for (const one of updated) printUpdate(one, terminal);
  if (leftAlone.length > 0) terminal.print(renderLeftAlone(leftAlone, terminal));
  for (const { flow, url } of closed) {
    terminal.print(`pull request closed, nothing is left to change for ${flow}: ${url}`);
  }
  const changed = updated.filter(({ commit }) => commit !== undefined).length;
  terminal.print(`${formatCount(changed, 'flow')} of ${flows.length} changed.`);
}

function ofFlows({ suggestions, leftAlone }: Chosen, flows: readonly CheckedOutFlow[]): Chosen {
  const known = new Set(flows.map(({ flow }) => flow));
  return {
    suggestions: suggestions.filter(({ flow }) => known.has(flow)),
    leftAlone: leftAlone.filter(({ suggestion }) => known.has(suggestion.flow)),
  };
}

async function propose(
  client: ApiClient,
  commits: Parameters<typeof commitUpdates>[0],
  { leftAlone }: Chosen,
  { flows, options }: UpdateInput,
): Promise<Update> {
  const base = options.base ?? (await currentBranch());
  const forge = forgeFromEnv(process.env, { comment: false });
  const updated = await proposeUpdates({ ...commits, base, forge });
  // Of single steps there is no telling what else a pull request is for.
  if (options.step !== undefined) return { updated, closed: [] };
  const busy = new Set(
    updated.filter(({ application }) => application.files.length > 0).map(({ flow }) => flow),
  );
  const spent = flows.map(({ flow }) => flow).filter((flow) => !busy.has(flow));
  return { updated, closed: await closeSpent(client, { forge, base, spent, updated, leftAlone }) };
}

async function closeSpent(
  client: ApiClient,
  input: {
    readonly forge: Forge;
    readonly base: string;
    readonly spent: readonly string[];
    readonly updated: readonly UpdatedFlow[];
    readonly leftAlone: readonly LeftAlone[];
  },
): Promise<ClosedUpdate[]> {
  const { forge, base, spent, updated, leftAlone } = input;
  const rows: ReportRow[] = [];
  for (const flow of spent) {
    rows.push(...(await client.report({ flow, limit: MOST_STEPS })).steps);
  }
  const results = updated.flatMap(({ application }) => application.results);
  return closeSpentUpdates({
    git: gitIn('.'),
    forge,
    base,
    spent: new Set(spent),
    reasonFor: (flow, step) => whyUnchanged({ flow, step }, { results, leftAlone, rows }),
  });
}

/** The branch that pull requests go into, where none is named: the one that is checked out. */
async function currentBranch(): Promise<string> {
  const { env } = process;
  return (
    env['GITHUB_REF_NAME'] ??
    env['CI_COMMIT_REF_NAME'] ??
    (await gitIn('.')('symbolic-ref', '--short', 'HEAD'))
  );
}

function printUpdate(
  { flow, application, commit, pullRequest, isTakenOver }: UpdatedFlow,
  terminal: Terminal,
): void {
  terminal.print(renderApplication(application, commit !== undefined, terminal));
  if (commit !== undefined) terminal.print(`commit ${commit}`);
  if (pullRequest !== undefined) {
    terminal.print(`pull request ${pullRequest.isNew ? 'opened' : 'updated'}: ${pullRequest.url}`);
  }
  if (isTakenOver === true) {
    terminal.print(
      `stepfit/${flow} was left alone, since somebody else has pushed to it: merge it, or delete it.`,
    );
  }
}

function toJson({ flow, application, ...rest }: UpdatedFlow): unknown {
  return {
    flow,
    ...rest,
    files: application.files.map(({ path, diff }) => ({ path, diff })),
    steps: application.results.map(({ suggestion, outcome }) => ({
      suggestionId: suggestion.suggestionId,
      ...outcome,
    })),
  };
}
