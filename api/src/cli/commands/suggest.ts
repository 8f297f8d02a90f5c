import type { Suggestion, SuggestionState } from '@stepfit/tuner/model/suggestion';
import type { Command } from 'commander';

import { type ApiClient, createApiClient } from '../../client/api-client.ts';
import { eachStep, noSuchStep } from '../../client/each-step.ts';
import { formatCount } from '../../format/quantities.ts';
import { renderNotes, renderVerdict, type StepVerdict } from '../../format/suggestion-text.ts';
import type { Step } from '../../http/schemas/steps.ts';
import { type ClientOptions, clientOptions } from '../program-options.ts';
import { parseFlowOrStep } from '../step-name.ts';
import type { Terminal } from '../terminal.ts';

/** The server's largest page. */
const PAGE_LIMIT = 500;

/** What waits for somebody to take it. */
const OPEN_STATES = ['proposed', 'accepted'] as const;

/** `stepfit suggest`: what each step should ask for, with proof and the line to paste. */
export function addSuggestCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('suggest')
    .summary('what each step should ask for, with proof and the line to paste')
    .description('Prints the change, its proof and the line to paste for each step, best first.')
    .argument('[flow[/step]]', 'a flow or one step; all flows where absent');
  for (const option of clientOptions()) command.addOption(option);

  command.action(async (name: string | undefined, options: ClientOptions) => {
    const verdicts = await readVerdicts(createApiClient(options), name);
    if (options.json) {
      terminal.print(JSON.stringify(verdicts, null, 2));
      return;
    }
    const shown = verdicts.map((verdict) => renderVerdict(verdict, terminal));
    const notes = renderNotes(verdicts, terminal);
    terminal.print([...shown, ...notes, renderClosing(verdicts)].join('\n\n'));
  });
}

async function readVerdicts(
  client: ApiClient,
  name: string | undefined,
): Promise<readonly StepVerdict[]> {
  const wanted: { flow?: string; step?: string } = name === undefined ? {} : parseFlowOrStep(name);
  const chosen: Step[] = [];
  for await (const step of eachStep(client, wanted.flow)) {
    if (wanted.step === undefined || step.step === wanted.step) chosen.push(step);
  }
  if (chosen.length === 0 && name !== undefined) {
    throw noSuchStep(name);
  }
  const suggestions = await readSuggestions(client, wanted);
  return chosen.map((step) => toVerdict(step, suggestions)).toSorted(bySavings);
}

async function readSuggestions(
  client: ApiClient,
  wanted: { flow?: string; step?: string },
): Promise<ReadonlyMap<string, Suggestion>> {
  const suggestions = new Map<string, Suggestion>();
  for (const state of OPEN_STATES) {
    for await (const one of eachSuggestion(client, { ...wanted, state })) {
      suggestions.set(one.suggestionId, one);
    }
  }
  return suggestions;
}

async function* eachSuggestion(
  client: ApiClient,
  wanted: { flow?: string; step?: string; state: SuggestionState },
): AsyncGenerator<Suggestion> {
  let cursor: string | undefined;
  do {
    const page = await client.suggestions({
      ...wanted,
      limit: PAGE_LIMIT,
      ...(cursor !== undefined && { cursor }),
    });
    yield* page.suggestions;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

function toVerdict(
  { flow, step, suggestionId, skip }: Step,
  suggestions: ReadonlyMap<string, Suggestion>,
): StepVerdict {
  const suggestion = suggestionId === undefined ? undefined : suggestions.get(suggestionId);
  return {
    flow,
    step,
    ...(suggestion !== undefined && { suggestion }),
    ...(skip !== undefined && { skip }),
  };
}

/** What saves most comes first, growth next, and steps without a suggestion last. */
function bySavings(a: StepVerdict, b: StepVerdict): number {
  return (
    savingsOf(b) - savingsOf(a) || a.flow.localeCompare(b.flow) || a.step.localeCompare(b.step)
  );
}

function savingsOf({ suggestion }: StepVerdict): number {
  return suggestion?.savings.costUsdPerRun ?? Number.NEGATIVE_INFINITY;
}

function renderClosing(verdicts: readonly StepVerdict[]): string {
  const open = verdicts.find((verdict) => verdict.suggestion !== undefined);
  const count = formatCount(verdicts.filter((verdict) => verdict.suggestion).length, 'suggestion');
  const steps = formatCount(verdicts.length, 'step');
  if (verdicts.length === 0) return 'No attempt has arrived yet.\n→ stepfit doctor';
  const target = open ?? verdicts[0];
  const why = target === undefined ? '' : `\n→ stepfit explain ${target.flow}/${target.step}`;
  return `${count} for ${steps}.${why}`;
}
