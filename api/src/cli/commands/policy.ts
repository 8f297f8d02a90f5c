import { existsSync, readFileSync } from 'node:fs';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { PolicyDocument } from '@stepfit/tuner/model/policy';
import {
  differencesBetween,
  parseAssignment,
  parseScope,
  pushed,
  withFields,
} from '@stepfit/tuner/policy/edit-policies';
import { parsePolicyFile, problemWords, readPolicyFile } from '@stepfit/tuner/policy/policy-file';
import type { Command } from 'commander';

import { type ApiClient, createApiClient } from '../../client/api-client.ts';
import { withPlaces } from '../../format/policy-places.ts';
import { renderDifferences, renderPolicies, renderStepPolicy } from '../../format/policy-text.ts';
import { formatCount } from '../../format/quantities.ts';
import { printable } from '../../format/style.ts';
import { type DecisionOptions, decisionOptions, toDecision } from '../decision-options.ts';
import { EXIT } from '../exit-code.ts';
import { type ClientOptions, clientOptions } from '../program-options.ts';
import { parseStepName } from '../step-name.ts';
import type { Terminal } from '../terminal.ts';

type ChangeOptions = ClientOptions & DecisionOptions;
type PushOptions = ChangeOptions & { readonly prune: boolean; readonly dryRun: boolean };

/** The name that a repository's policies have, where no other is given. */
const POLICY_FILE = 'stepfit.yaml';

/** `stepfit policy`: what the tuner may do, in a file of the repository and on the server. */
export function addPolicyCommand(program: Command, terminal: Terminal): void {
  const policy = program
    .command('policy')
    .summary('what the tuner may do: show, set, push a file, explain a step')
    .description('Shows and changes policies: modes, floors, caps, risk, and what is left alone.');
  addShow(policy, terminal);
  addExplain(policy, terminal);
  addSet(policy, terminal);
  addPush(policy, terminal);
  addCheck(policy, terminal);
}

function addShow(policy: Command, terminal: Terminal): void {
  const command = policy.command('show').description('Prints the policies of the project as YAML.');
  for (const option of clientOptions()) command.addOption(option);
  command.action(async (options: ClientOptions) => {
    const policies = await createApiClient(options).policies();
    terminal.print(options.json ? JSON.stringify(policies, null, 2) : renderPolicies(policies));
  });
}

function addExplain(policy: Command, terminal: Terminal): void {
  const command = policy
    .command('explain')
    .description(
      'Prints every field of a step’s policy, where its value comes from, and what that overrides.',
    )
    .argument('<flow/step>', 'the step, for example TrainFlow/train')
    .option('--file <file>', `the file whose lines are named; ${POLICY_FILE} where it is there`);
  for (const option of clientOptions()) command.addOption(option);
  command.action(async (name: string, options: ClientOptions & { readonly file?: string }) => {
    const said = await createApiClient(options).stepPolicy(parseStepName(name));
    const path = options.file ?? (existsSync(POLICY_FILE) ? POLICY_FILE : undefined);
    const explained =
      path === undefined
        ? said
        : withPlaces(said, path, readPolicyFile(readText(path), path).fields);
    terminal.print(
      options.json ? JSON.stringify(explained, null, 2) : renderStepPolicy(explained, terminal),
    );
  });
}

function addSet(policy: Command, terminal: Terminal): void {
  const command = policy
    .command('set')
    .description('Sets fields for the project (*), a flow, or a step; FIELD= sets one free again.')
    .argument('<scope>', '*, FLOW, FLOW/STEP, or */STEP for a step of any flow')
    .argument('<field=value...>', 'for example mode=auto riskRatio=0.02');
  for (const option of [...clientOptions(), ...decisionOptions()]) command.addOption(option);
  command.action(async (scope: string, fields: readonly string[], options: ChangeOptions) => {
    const [target, assignments] = [parseScope(scope), fields.map(parseAssignment)];
    await change({ terminal, options }, (current) => withFields(current, target, assignments));
  });
}

function addPush(policy: Command, terminal: Terminal): void {
  const command = policy
    .command('push')
    .description('Puts a file’s policies in force: the scopes that it names, and its globs.')
    .argument('[file]', `the file; ${POLICY_FILE} where absent`)
    .option('--prune', 'drop what the server has and the file has not', false)
    .option('--dry-run', 'say what would change, and change nothing', false);
  for (const option of [...clientOptions(), ...decisionOptions()]) command.addOption(option);
  command.action(async (path: string | undefined, options: PushOptions) => {
    const name = path ?? POLICY_FILE;
    const { document } = readPolicyFile(readText(name), name);
    await change({ terminal, options }, (current) => pushed(current, document, options.prune));
  });
}

function addCheck(policy: Command, terminal: Terminal): void {
  policy
    .command('check')
    .description('Checks a file without a server: every problem with its line; exit code 1 if any.')
    .argument('[file]', `the file; ${POLICY_FILE} where absent`)
    .action((path: string | undefined) => {
      const name = path ?? POLICY_FILE;
      const parsed = parsePolicyFile(readText(name));
      if (parsed.kind === 'document') {
        const scopes = formatCount(parsed.document.policies.length, 'policy', 'policies');
        const globs = formatCount(parsed.document.exclude.length, 'exclusion');
        terminal.print(`${name} is valid: ${scopes}, ${globs}.`);
        return;
      }
      for (const problem of parsed.problems) terminal.print(printable(problemWords(name, problem)));
      process.exitCode = EXIT.failed;
    });
}

/** Reads, changes and writes back over what was read, so that nobody's change is lost. */
async function change(
  {
    terminal,
    options,
  }: {
    readonly terminal: Terminal;
    readonly options: ChangeOptions & Partial<PushOptions>;
  },
  edit: (current: PolicyDocument) => PolicyDocument,
): Promise<void> {
  const client: ApiClient = createApiClient(options);
  const current = await client.policies();
  const document = edit({ exclude: current.exclude, policies: current.policies });
  const differences = differencesBetween(current, document);
  const isDry = options.dryRun === true;
  const stored =
    differences.length === 0 || isDry
      ? current
      : await client.putPolicies({ ...document, ...toDecision(options) }, current.revision);
  if (options.json) {
    terminal.print(JSON.stringify({ differences, policies: stored }, null, 2));
    return;
  }
  if (differences.length === 0) {
    terminal.print('Nothing to change.');
    return;
  }
  const closing = isDry
    ? 'Nothing was changed: this was --dry-run.'
    : `Revision ${stored.revision} is in force; steps are looked at again.`;
  terminal.print([...renderDifferences(differences, terminal), '', closing].join('\n'));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepfitError('invalid-input', `${path} cannot be read: ${reason}`, {
      hint: 'Give the path of the file; docs/policies.md shows one.',
      cause: error,
    });
  }
}
