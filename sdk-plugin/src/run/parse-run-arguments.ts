import { parseArgs } from 'node:util';

import type { Features, FeatureValue, Request } from '../attempt/attempt.ts';
import type { GivenIdentity } from '../attempt/name-attempt.ts';
import { parseCpuCores, parseGpuCount, parseMemoryMiB } from '../attempt/parse-request.ts';
import { StepfitError } from '../errors/stepfit-error.ts';
import type { SettingsOverrides } from '../settings.ts';

/** What `stepfit run` was asked to do. */
export interface RunArguments {
  readonly identity: GivenIdentity;
  readonly request: Request;
  readonly features: Features;
  readonly settings: SettingsOverrides;
  readonly codeVersion?: string;
  readonly isQuiet: boolean;
  readonly isEnforced: boolean;
  readonly command: string;
  readonly commandArguments: readonly string[];
}

export const RUN_USAGE = `Usage: stepfit run [options] -- COMMAND [ARGUMENT…]

Runs a command unchanged, measures it to its end, and reports it to a StepFit server.

  --flow NAME          flow; default STEPFIT_FLOW, then what the CI job or the scheduler says
  --step NAME          step; default STEPFIT_STEP, likewise
  --run ID             run; default STEPFIT_RUN, likewise, else a run of its own
  --task ID            task; default a task of its own
  --attempt N          attempt at that task, 0 first
  --cpu N              cores that it asks for: 4, 0.5, 500m
  --memory AMOUNT      memory that it asks for: 8GiB, 512MiB, 8GB
  --gpu N              GPUs that it asks for
  --feature NAME=VALUE something known before it starts that its need may follow; repeat for more
  --code-version TEXT  changes when the step's code does; learning starts afresh then
  --enforce            limit the command to what it asks for, where the machine allows that
  --quiet              print nothing of our own
  --project NAME       project; default STEPFIT_PROJECT
  --url URL            the server; default STEPFIT_URL, then http://127.0.0.1:4380
                       (its token comes from STEPFIT_TOKEN)
  --help               print this`;

const OPTIONS = {
  flow: { type: 'string' },
  step: { type: 'string' },
  run: { type: 'string' },
  task: { type: 'string' },
  attempt: { type: 'string' },
  cpu: { type: 'string' },
  memory: { type: 'string' },
  gpu: { type: 'string' },
  feature: { type: 'string', multiple: true },
  'code-version': { type: 'string' },
  enforce: { type: 'boolean' },
  quiet: { type: 'boolean' },
  project: { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/**
 * Reads the arguments after `run`; `undefined` where help is wanted.
 *
 * @throws {StepfitError} `invalid-input`: what makes no sense, before anything has started.
 */
export function parseRunArguments(argv: readonly string[]): RunArguments | undefined {
  const split = argv.indexOf('--');
  const own = split < 0 ? [...argv] : argv.slice(0, split);
  const [command, ...commandArguments] = split < 0 ? [] : argv.slice(split + 1);
  const values = parseOwn(own);
  if (values.help === true) return undefined;
  if (command === undefined || command === '') {
    throw new StepfitError('invalid-input', 'There is no command to run.', {
      hint: 'Put it behind two dashes: stepfit run --flow F --step S -- python train.py',
    });
  }
  const codeVersion = values['code-version'];
  return {
    identity: parseIdentity(values),
    request: parseRequest(values),
    features: Object.fromEntries((values.feature ?? []).map(parseFeature)),
    settings: {
      ...(values.project !== undefined && { project: values.project }),
      ...(values.url !== undefined && { url: parseUrl(values.url) }),
    },
    ...(codeVersion !== undefined && { codeVersion }),
    isQuiet: values.quiet === true,
    isEnforced: values.enforce === true,
    command,
    commandArguments,
  };
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function parseOwn(args: string[]): Values {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new StepfitError('invalid-input', message, {
      hint: 'stepfit run --help lists the options; the command goes behind two dashes.',
    });
  }
}

function parseIdentity({ flow, step, run, task, attempt }: Values): GivenIdentity {
  return {
    ...(flow !== undefined && { flow }),
    ...(step !== undefined && { step }),
    ...(run !== undefined && { run }),
    ...(task !== undefined && { task }),
    ...(attempt !== undefined && { attempt: parseAttempt(attempt) }),
  };
}

function parseRequest({ cpu, memory, gpu }: Values): Request {
  return {
    ...(cpu !== undefined && { cpuCores: parseCpuCores(cpu) }),
    ...(memory !== undefined && { memoryMiB: parseMemoryMiB(memory) }),
    ...(gpu !== undefined && { gpuCount: parseGpuCount(gpu) }),
  };
}

/** `rows=12000` as a number, `kind=full` as a label. @throws {StepfitError} `invalid-input`. */
export function parseFeature(text: string): [string, FeatureValue] {
  const split = text.indexOf('=');
  if (split < 1) {
    throw new StepfitError('invalid-input', `${JSON.stringify(text)} is no feature.`, {
      hint: 'Write --feature rows=12000.',
    });
  }
  const value = text.slice(split + 1);
  const number = Number(value);
  return [text.slice(0, split), value.trim() !== '' && Number.isFinite(number) ? number : value];
}

function parseAttempt(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new StepfitError('invalid-input', `${JSON.stringify(text)} is no attempt number.`, {
    hint: 'Count from 0: --attempt 1 is the second try.',
  });
}

function parseUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new StepfitError('invalid-input', `${text} is not an http address.`, {
    hint: 'Give one such as http://127.0.0.1:4380 with --url or STEPFIT_URL.',
  });
}
