import { appendFileSync, writeFileSync } from 'node:fs';

import { type Command, InvalidArgumentError, Option } from 'commander';

import { chooseSuggestions } from '../../apply/choose-suggestions.ts';
import { tellAccepted } from '../../apply/tell-server.ts';
import { chooseSides, type ChosenSides } from '../../ci/choose-sides.ts';
import { type CiReport, ciReport } from '../../ci/ci-report.ts';
import { type FailOn, parseFailOn } from '../../ci/fail-on.ts';
import { type CheckedOutFlow, findFlows } from '../../ci/find-flows.ts';
import { forgeFromEnv } from '../../ci/forge/forge-from-env.ts';
import { gitIn } from '../../ci/git.ts';
import { renderCiText } from '../../ci/outputs/ci-text.ts';
import { renderCodeQuality } from '../../ci/outputs/code-quality.ts';
import { renderAnnotations } from '../../ci/outputs/github-annotations.ts';
import { renderJunit } from '../../ci/outputs/junit.ts';
import { COMMENT_MARKER, renderMarkdown } from '../../ci/outputs/markdown.ts';
import { renderSarif } from '../../ci/outputs/sarif.ts';
import { commitUpdates, proposeUpdates, type UpdatedFlow } from '../../ci/update-flows.ts';
import { type ApiClient, createApiClient } from '../../client/api-client.ts';
import { renderApplication } from '../../format/apply-text.ts';
import { formatCount } from '../../format/quantities.ts';
import type { Comparison } from '../../http/schemas/comparison.ts';
import { type DecisionOptions, decisionOptions, toDecision } from '../decision-options.ts';
import { EXIT } from '../exit-code.ts';
import { type ClientOptions, clientOptions, wholeNumber } from '../program-options.ts';
import type { Terminal } from '../terminal.ts';
import { choiceOf, type ChoiceOptions, choiceOptions } from './apply.ts';

interface CiOptions extends ClientOptions, ChoiceOptions, DecisionOptions {
  readonly head?: string;
  readonly base?: string;
  readonly headRuns?: string;
  readonly baseRuns?: string;
  readonly days: number;
  readonly margin: number;
  readonly failOn: FailOn;
  readonly markdown?: string;
  readonly sarif?: string;
  readonly junit?: string;
  readonly codeQuality?: string;
  readonly comment: boolean;
  readonly update: boolean;
  readonly pullRequest: boolean;
}

/** `stepfit ci`: what a branch does to its flows, for reviewers; and tuned values as commits. */
export function addCiCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('ci')
    .summary('what a branch does to its flows, and tuned values as commits')
    .description(
      'Compares what the flows of a checkout used on this branch with its base, and lists what is asked ' +
        'for and not needed. Fails no build unless --fail-on says so.',
    )
    .argument('[path...]', 'Python files with flows, or folders with some', ['.']);
  for (const option of [
    ...ciOptions(),
    ...choiceOptions(),
    ...decisionOptions(),
    ...clientOptions(),
  ]) {
    command.addOption(option);
  }

  command.action(async (paths: readonly string[], options: CiOptions) => {
    const client = createApiClient(options);
    const flows = (await findFlows(paths)).filter(
      ({ flow }) => options.flow === undefined || options.flow === flow,
    );
    if (options.update || options.pullRequest) {
      await update(client, paths, flows, options, terminal);
      return;
    }
    const report = await judge(client, flows, options);
    await publish(report, options, terminal);
    if (report.isFailure) process.exitCode = EXIT.failed;
  });
}

function ciOptions(): Option[] {
  return [
    new Option('--base <branch>', 'branch or commit to compare with; CI’s target, else main'),
    new Option(
      '--head <branch>',
      'branch or commit to judge; CI’s source, else what is checked out',
    ),
    new Option('--base-runs <runs>', 'runs to compare with, by name, separated by commas'),
    new Option('--head-runs <runs>', 'runs to judge, by name, separated by commas'),
    new Option('--days <n>', 'window of what is asked for and not needed')
      .default(30)
      .argParser(wholeNumber(1, 366)),
    new Option('--margin <percent>', 'growth below this is not worth a word')
      .default(5)
      .argParser(parsePercent),
    new Option('--fail-on <what>', 'regression, regression>20%, waste>30%; with commas')
      .default({} satisfies FailOn, 'nothing')
      .argParser(parseFailOn),
    new Option('--markdown <file>', 'write the comment'),
    new Option('--sarif <file>', 'write SARIF for code scanning'),
    new Option('--junit <file>', 'write JUnit XML'),
    new Option('--code-quality <file>', 'write GitLab’s code quality report'),
    new Option('--comment', 'write or update the comment on the pull request').default(false),
    new Option('--update', 'write suggested values and commit them').default(false),
    new Option('--pull-request', 'push a branch and open or update a pull request for each flow')
      .default(false)
      .conflicts('update'),
  ];
}

async function judge(
  client: ApiClient,
  flows: readonly CheckedOutFlow[],
  options: CiOptions,
): Promise<CiReport> {
  const chosen = await chooseSides(options, process.env, gitIn('.'));
  const comparisons = new Map<string, Comparison>();
  for (const { flow } of flows) {
    comparisons.set(flow, await compare(client, flow, chosen, options.margin));
  }
  const reports = await Promise.all(
    flows.map(async ({ flow }) => client.report({ flow, days: options.days, limit: MOST_ROWS })),
  );
  return ciReport({
    flows,
    sides: chosen.sides,
    days: options.days,
    comparisons,
    rows: reports.flatMap(({ steps }) => steps),
    failOn: options.failOn,
  });
}

/** More steps than a flow has. */
const MOST_ROWS = 10_000;

async function compare(
  client: ApiClient,
  flow: string,
  { query }: ChosenSides,
  marginPercent: number,
): Promise<Comparison> {
  return client.comparison(flow, { ...query, marginRatio: marginPercent / 100 });
}

async function publish(report: CiReport, options: CiOptions, terminal: Terminal): Promise<void> {
  const { env } = process;
  const markdown = renderMarkdown(report);
  const files: readonly (readonly [string | undefined, () => string])[] = [
    [options.markdown, () => markdown],
    [options.sarif, () => renderSarif(report)],
    [options.junit, () => renderJunit(report)],
    [options.codeQuality, () => renderCodeQuality(report)],
  ];
  for (const [path, render] of files) {
    if (path !== undefined) writeFileSync(path, `${render()}\n`);
  }
  terminal.print(options.json ? JSON.stringify(report, null, 2) : renderCiText(report, terminal));
  if (env['GITHUB_ACTIONS'] === 'true' && report.findings.length > 0 && !options.json) {
    terminal.print(renderAnnotations(report));
  }
  const summary = env['GITHUB_STEP_SUMMARY'];
  if (summary !== undefined && summary !== '') appendFileSync(summary, `${markdown}\n`);
  if (!options.comment) return;
  const { url, isNew } = await forgeFromEnv(env, { comment: true }).upsertComment(
    COMMENT_MARKER,
    markdown,
  );
  terminal.warn(`The comment was ${isNew ? 'written' : 'updated'}: ${url}`);
}

async function update(
  client: ApiClient,
  paths: readonly string[],
  flows: readonly CheckedOutFlow[],
  options: CiOptions,
  terminal: Terminal,
): Promise<void> {
  const known = new Set(flows.map(({ flow }) => flow));
  const all = await chooseSuggestions(client, choiceOf(options));
  const suggestions = all.filter(({ flow }) => known.has(flow));
  const input = { paths, suggestions, serverUrl: options.url };
  const updated = options.pullRequest
    ? await proposeUpdates({
        ...input,
        base: options.base ?? (await currentBranch()),
        forge: forgeFromEnv(process.env, { comment: false }),
      })
    : await commitUpdates(input);
  if (options.update) {
    const results = updated.flatMap(({ application }) => application.results);
    await tellAccepted(client, results, toDecision(options));
  }
  if (options.json) {
    terminal.print(JSON.stringify(updated.map(toJson), null, 2));
    return;
  }
  for (const one of updated) printUpdate(one, terminal);
  const commits = updated.filter(({ commit }) => commit !== undefined).length;
  terminal.print(`${formatCount(commits, 'flow')} of ${flows.length} changed.`);
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

function printUpdate({ application, commit, pullRequest }: UpdatedFlow, terminal: Terminal): void {
  terminal.print(renderApplication(application, commit !== undefined, terminal));
  if (commit !== undefined) terminal.print(`commit ${commit}`);
  if (pullRequest !== undefined) {
    terminal.print(`pull request ${pullRequest.isNew ? 'opened' : 'updated'}: ${pullRequest.url}`);
  }
}

function toJson({ flow, application, commit, pullRequest }: UpdatedFlow): unknown {
  return {
    flow,
    ...(commit !== undefined && { commit }),
    ...(pullRequest !== undefined && { pullRequest }),
    files: application.files.map(({ path, diff }) => ({ path, diff })),
    steps: application.results.map(({ suggestion, outcome }) => ({
      suggestionId: suggestion.suggestionId,
      ...outcome,
    })),
  };
}

function parsePercent(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0 && value <= 1000) return value;
  throw new InvalidArgumentError('Give a percentage, such as 5.');
}
