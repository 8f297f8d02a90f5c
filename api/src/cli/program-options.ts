import { InvalidArgumentError, Option } from 'commander';

/** Options that every command which asks a server has. */
export interface ClientOptions {
  readonly url: string;
  readonly token?: string;
  readonly project: string;
  readonly json: boolean;
}

export function clientOptions(): Option[] {
  return [
    new Option('--url <url>', 'address of the server')
      .env('STEPFIT_URL')
      .default('http://127.0.0.1:4380'),
    tokenOption('token of the server'),
    new Option('--project <name>', 'project (tenant)').env('STEPFIT_PROJECT').default('default'),
    new Option('--json', 'print the data as JSON').default(false),
  ];
}

export function tokenOption(description: string): Option {
  return new Option('--token <token>', `${description}; better in the environment`).env(
    'STEPFIT_TOKEN',
  );
}

/** A parser for whole numbers in a range, with the range in its complaint. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}
