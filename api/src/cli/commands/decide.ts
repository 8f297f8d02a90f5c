import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { Decision } from '@stepfit/tuner/lifecycle/decide-suggestion';
import type { Suggestion, SuggestionState } from '@stepfit/tuner/model/suggestion';
import { type Command, InvalidArgumentError, Option } from 'commander';

import { createApiClient } from '../../client/api-client.ts';
import { printable } from '../../format/style.ts';
import { describeChange } from '../../format/words.ts';
import { type DecisionOptions, decisionOptions, toDecision } from '../decision-options.ts';
import { type ClientOptions, clientOptions } from '../program-options.ts';
import { parseStepName } from '../step-name.ts';
import type { Terminal } from '../terminal.ts';

type DecideOptions = ClientOptions & DecisionOptions & { readonly for?: number };

interface DecisionCommand {
  readonly decision: Decision;
  readonly summary: string;
  /** States in which there is something to decide, the one meant first. */
  readonly states: readonly SuggestionState[];
  readonly done: string;
}

const COMMANDS: readonly DecisionCommand[] = [
  {
    decision: 'accept',
    summary: 'say yes to a step’s suggestion; in mode review it takes effect at the next launch',
    states: ['proposed', 'snoozed'],
    done: 'accepted',
  },
  {
    decision: 'dismiss',
    summary: 'say no to a step’s suggestion; about the same is not suggested again',
    states: ['proposed', 'accepted', 'snoozed'],
    done: 'dismissed',
  },
  {
    decision: 'snooze',
    summary: 'put a step’s suggestion off',
    states: ['proposed', 'snoozed'],
    done: 'put off',
  },
  {
    decision: 'reopen',
    summary: 'take back what was decided about a step’s suggestion',
    states: ['accepted', 'snoozed', 'dismissed', 'rolled-back'],
    done: 'proposed again',
  },
];

const MS_PER_HOUR = 3_600_000;
/** Long enough for a quarter to pass; without a limit, a slip of the finger would hide a step for good. */
const MAX_SNOOZE_DAYS = 366;

/** `stepfit accept|dismiss|snooze|reopen FLOW/STEP`. */
export function addDecisionCommands(program: Command, terminal: Terminal): void {
  for (const one of COMMANDS) addDecisionCommand(program, terminal, one);
}

function addDecisionCommand(program: Command, terminal: Terminal, one: DecisionCommand): void {
  const command = program
    .command(one.decision)
    .summary(one.summary)
    .description(`${one.summary.charAt(0).toUpperCase()}${one.summary.slice(1)}.`)
    .argument('<flow/step>', 'the step, for example TrainFlow/train');
  if (one.decision === 'snooze') {
    command.addOption(
      new Option('--for <time>', 'how long, such as 12h, 14d or 2w')
        .argParser(parseSpan)
        .default(7 * 24 * MS_PER_HOUR, '7d'),
    );
  }
  for (const option of [...clientOptions(), ...decisionOptions()]) command.addOption(option);
  command.action(async (name: string, options: DecideOptions) => {
    const client = createApiClient(options);
    const suggestion = await chosen(client, name, one);
    const until = options.for === undefined ? undefined : new Date(Date.now() + options.for);
    const decided = await client.decide(
      suggestion.suggestionId,
      {
        event: one.decision,
        ...toDecision(options),
        ...(until !== undefined && { until: until.toISOString() }),
      },
      suggestion.revision,
    );
    terminal.print(
      options.json ? JSON.stringify(decided, null, 2) : sentence(name, one, decided, terminal),
    );
  });
}

/** The newest of the step's suggestions that there is something to decide about. */
async function chosen(
  client: ReturnType<typeof createApiClient>,
  name: string,
  { decision, states }: DecisionCommand,
): Promise<Suggestion> {
  const key = parseStepName(name);
  for (const state of states) {
    const { suggestions } = await client.suggestions({ ...key, state, limit: 1 });
    const [newest] = suggestions;
    if (newest !== undefined) return newest;
  }
  throw new StepfitError('not-found', `${name} has no suggestion to ${decision}.`, {
    hint: `\`stepfit suggest ${name}\` says what is suggested, or why nothing is.`,
  });
}

function sentence(
  name: string,
  { done }: DecisionCommand,
  { suggestionId, effective, suggestedEffective, snoozedUntil }: Suggestion,
  { style }: Terminal,
): string {
  const change = describeChange(effective, suggestedEffective);
  const until = snoozedUntil === undefined ? '' : ` until ${snoozedUntil.slice(0, 10)}`;
  return `${style.strong(printable(name))}  ${style.good(change)}: ${done}${until} (suggestion ${suggestionId}).`;
}

/** Reads `12h`, `14d` or `2w`. */
function parseSpan(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  const hours = Number(count) * ({ h: 1, d: 24, w: 168 }[unit] ?? 0);
  if (hours > 0 && hours <= MAX_SNOOZE_DAYS * 24) return hours * MS_PER_HOUR;
  throw new InvalidArgumentError(
    'Give hours, days or weeks, such as 12h, 14d or 2w; at most a year.',
  );
}
