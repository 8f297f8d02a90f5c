import { userInfo } from 'node:os';

import { Option } from 'commander';

/** Who decides and why, of every command that changes what others see. */
export interface DecisionOptions {
  readonly as?: string;
  readonly reason?: string;
}

/** Who does it, where the token has no name that says so. */
export function decisionActor(): Option {
  return new Option('--as <name>', 'who decides; the name of your account where absent').env(
    'STEPFIT_ACTOR',
  );
}

export function decisionOptions(): Option[] {
  return [decisionActor(), new Option('--reason <text>', 'why, for whoever reads it later')];
}

/** As REST takes it. */
export function toDecision({ as, reason }: DecisionOptions): { actor: string; reason?: string } {
  return { actor: as ?? accountName(), ...(reason !== undefined && { reason }) };
}

/** A container may run as a number that no account has. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
