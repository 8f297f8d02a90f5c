import { appendFileSync, writeFileSync } from 'node:fs';

import { type Command, InvalidArgumentError, Option } from 'commander';

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
import { type ApiClient, createApiClient } from '../../client/api-client.ts';
import type { Comparison } from '../../http/schemas/comparison.ts';
import { type DecisionOptions, decisionOptions } from '../decision-options.ts';
import { EXIT } from '../exit-code.ts';
import { type ClientOptions, clientOptions, wholeNumber } from '../program-options.ts';
import type { Terminal } from '../terminal.ts';
import { type ChoiceOptions, choiceOptions } from './apply.ts';
import { updateFlows, type UpdateOptions } from './ci-update.ts';

interface CiOptions extends ClientOptions, ChoiceOptions, DecisionOptions, UpdateOptions {
  readonly head?: string;
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
      await updateFlows(client, { paths, flows, options, terminal });
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

function parsePercent(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0 && value <= 1000) return value;
  throw new InvalidArgumentError('Give a percentage, such as 5.');
}
