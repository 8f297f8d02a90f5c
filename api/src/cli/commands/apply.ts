import { writeFileSync } from 'node:fs';

import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import { type Command, InvalidArgumentError, Option } from 'commander';

import { type Application, applySuggestions, writeChanges } from '../../apply/apply-suggestions.ts';
import { type Choice, chooseSuggestions, type LeftAlone } from '../../apply/choose-suggestions.ts';
import { configUsage, configWith, readIfThere } from '../../apply/config-file.ts';
import { tellAccepted } from '../../apply/tell-server.ts';
import { withLine } from '../../apply/with-line.ts';
import { type ApiClient, createApiClient } from '../../client/api-client.ts';
import { renderApplication, renderLeftAlone } from '../../format/apply-text.ts';
import { formatCount } from '../../format/quantities.ts';
import { type DecisionOptions, decisionOptions, toDecision } from '../decision-options.ts';
import { EXIT } from '../exit-code.ts';
import { type ClientOptions, clientOptions } from '../program-options.ts';
import { parseStepName } from '../step-name.ts';
import type { Terminal } from '../terminal.ts';

export interface ChoiceOptions {
  readonly flow?: string;
  readonly step?: readonly string[];
  readonly acceptedOnly: boolean;
  readonly minSaving: number;
}

interface ApplyOptions extends ClientOptions, ChoiceOptions, DecisionOptions {
  readonly diff: boolean;
  readonly write: boolean;
  readonly check: boolean;
  readonly with: boolean;
  readonly configOut?: string;
}

/** `stepfit apply`: writes suggested values into flow sources, or says why not. */
export function addApplyCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('apply')
    .summary('writes suggested values into flow sources, as a diff first')
    .description(
      'Rewrites the resource decorators of the flows in Python files, value by value. Prints the diff and ' +
        'writes nothing, unless asked to.',
    )
    .argument('[path...]', 'Python files, or folders with some', ['.'])
    .addOption(new Option('--diff', 'print the diff (the default)').default(false))
    .addOption(new Option('--write', 'change the files').default(false))
    .addOption(
      new Option('--check', 'exit 1 when something would change').default(false).conflicts('write'),
    )
    .addOption(
      new Option('--with', 'print --with lines instead, for sources that stay').default(false),
    )
    .option('--config-out <file>', 'write the values to a Metaflow Config (JSON) instead');
  for (const option of [...choiceOptions(), ...decisionOptions(), ...clientOptions()]) {
    command.addOption(option);
  }

  command.action(async (paths: readonly string[], options: ApplyOptions) => {
    const client = createApiClient(options);
    const { suggestions, leftAlone } = await chooseSuggestions(client, choiceOf(options));
    if (leftAlone.length > 0 && !options.json) terminal.warn(renderLeftAlone(leftAlone, terminal));
    if (options.configOut !== undefined) {
      writeConfig(options.configOut, suggestions, terminal);
    } else if (options.with) {
      await printWithLines(client, suggestions, terminal);
    } else {
      const application = await applySuggestions(paths, suggestions);
      if (options.write) {
        writeChanges(application);
        await tellAccepted(client, application.results, toDecision(options));
      }
      printApplication(application, leftAlone, options, terminal);
    }
  });
}

/** Options of every command that applies suggestions. */
export function choiceOptions(): Option[] {
  return [
    new Option('--flow <name>', 'only this flow'),
    new Option('--step <flow/step...>', 'only these steps'),
    new Option('--accepted-only', 'only what a person has accepted').default(false),
    new Option('--min-saving <usd>', 'leave out what frees less money a run')
      .default(0)
      .argParser(parseMoney),
  ];
}

export function choiceOf({ flow, step, acceptedOnly, minSaving }: ChoiceOptions): Choice {
  return {
    acceptedOnly,
    minSavingUsd: minSaving,
    ...(flow !== undefined && { flow }),
    ...(step !== undefined && { steps: step.map(parseStepName) }),
  };
}

function printApplication(
  application: Application,
  leftAlone: readonly LeftAlone[],
  options: ApplyOptions,
  terminal: Terminal,
): void {
  const { files, results } = application;
  if (options.json) {
    const told = results.map(({ suggestion, outcome }) => ({
      suggestionId: suggestion.suggestionId,
      ...outcome,
    }));
    const changed = files.map(({ path, diff }) => ({ path, diff }));
    const all = {
      isWritten: options.write,
      files: changed,
      steps: told,
      leftAlone: leftAlone.map(leftAloneToJson),
    };
    terminal.print(JSON.stringify(all, null, 2));
  } else {
    if (options.diff || (!options.write && !options.check)) {
      for (const { diff } of files) terminal.print(diff.trimEnd());
    }
    // Beside the diff, so that standard output can go to `git apply`.
    terminal.warn(renderApplication(application, options.write, terminal));
  }
  if (options.check && files.length > 0) process.exitCode = EXIT.failed;
}

/** Suggestions that no source is changed for, for programs. */
export function leftAloneToJson({ suggestion, code, detail }: LeftAlone): unknown {
  const { flow, step, suggestionId } = suggestion;
  return { flow, step, suggestionId, code, detail };
}

function writeConfig(path: string, suggestions: readonly Suggestion[], terminal: Terminal): void {
  writeFileSync(path, configWith(suggestions, readIfThere(path), path));
  terminal.warn(`${formatCount(suggestions.length, 'step')} written to ${path}. In the flow:`);
  terminal.print(configUsage(path, suggestions));
}

async function printWithLines(
  client: ApiClient,
  suggestions: readonly Suggestion[],
  terminal: Terminal,
): Promise<void> {
  const flows = [...new Set(suggestions.map(({ flow }) => flow))];
  if (flows.length === 0) terminal.warn('Nothing is suggested. → stepfit suggest');
  for (const flow of flows) {
    const { steps } = await client.report({ flow, limit: 10_000 });
    const found = withLine(flow, steps, suggestions);
    if (found === undefined) continue;
    terminal.print(`${flow}: ${found.line}`);
    const roomy =
      found.roomy.length === 0 ? '' : ` It is more than ${found.roomy.join(', ')} need.`;
    terminal.warn(
      `  One size for all steps, and none for a step that has this decorator in its source.${roomy}`,
    );
  }
}

function parseMoney(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('Give US dollars a run, such as 0.05.');
}
