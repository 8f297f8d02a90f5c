import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { ApiClient } from '../../client/api-client.ts';
import type { Check } from '../../format/doctor-text.ts';
import { formatCount, formatDuration, formatTime } from '../../format/quantities.ts';
import type { System } from '../../http/schemas/system.ts';
import { VERSION } from '../../version.ts';

/** Times closer than this are the network's doing; samples further off would sort into the wrong order. */
const SKEW_LIMIT_MS = 5000;
/** Most flows run at least daily; a longer silence is worth a line. */
const QUIET_HINT_MS = 24 * 3_600_000;

/** Asks the server what it is; when it does not answer, that is the only finding. */
export async function checkServer(
  client: ApiClient,
  url: string,
  clock: () => Date,
): Promise<Check[]> {
  const askedAt = clock();
  try {
    const system = await client.system();
    return judgeSystem(system, url, midpoint(askedAt, clock()));
  } catch (error) {
    if (!(error instanceof StepfitError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return [{ name: 'server', state: 'fail', detail: error.message, ...hint }];
  }
}

/** What the server's answer says about its health; `now` is this machine's time when it was given. */
export function judgeSystem(system: System, url: string, now: Date): Check[] {
  return [
    { name: 'server', state: 'ok', detail: `${url} answers` },
    judgeVersion(system),
    judgeStore(system),
    judgeClock(system, now),
    judgeArrivals(system, now),
    judgeTuner(system),
  ];
}

function judgeVersion({ version }: System): Check {
  return version === VERSION
    ? { name: 'version', state: 'ok', detail: version }
    : {
        name: 'version',
        state: 'warn',
        detail: `the server is ${version}, this command is ${VERSION}`,
        hint: 'Update the older one.',
      };
}

function judgeStore({ store, roles }: System): Check {
  const kind = store === 'pglite' ? 'embedded PGlite' : 'PostgreSQL';
  return { name: 'store', state: 'ok', detail: `${kind}, serving ${roles.join(', ')}` };
}

function judgeClock(system: System, now: Date): Check {
  const skewMs = Date.parse(system.now) - now.getTime();
  const size = formatDuration(Math.abs(skewMs));
  if (Math.abs(skewMs) <= SKEW_LIMIT_MS) {
    return { name: 'clock', state: 'ok', detail: 'this machine and the server agree' };
  }
  return {
    name: 'clock',
    state: 'warn',
    detail: `the server’s clock is ${size} ${skewMs > 0 ? 'ahead of' : 'behind'} this machine’s`,
    hint: 'Synchronise both (NTP): attempts carry the time of the machine they run on.',
  };
}

function judgeArrivals({ attempts }: System, now: Date): Check {
  const name = 'attempts';
  if (attempts.running > 0) {
    return { name, state: 'ok', detail: `${formatCount(attempts.running, 'attempt')} running now` };
  }
  if (attempts.lastEndedAt === undefined) {
    return {
      name,
      state: 'warn',
      detail: 'none has arrived yet',
      hint: 'Run a flow with --with stepfit, where METAFLOW_STEPFIT_URL names this server.',
    };
  }
  const ageMs = now.getTime() - Date.parse(attempts.lastEndedAt);
  const detail = `${formatCount(attempts.settled, 'attempt')} counted, the newest ended ${formatTime(attempts.lastEndedAt)} UTC`;
  return ageMs <= QUIET_HINT_MS
    ? { name, state: 'ok', detail }
    : {
        name,
        state: 'warn',
        detail: `${detail}, ${formatDuration(ageMs)} ago`,
        hint: 'If flows ran since, check METAFLOW_STEPFIT_URL where they run.',
      };
}

function judgeTuner({ steps }: System): Check {
  const skipped = steps.skipped === 0 ? '' : `, ${steps.skipped} with a reason for none`;
  const waiting = steps.tuneDue === 0 ? '' : `, ${steps.tuneDue} waiting`;
  return {
    name: 'tuner',
    state: 'ok',
    detail: `${formatCount(steps.withSuggestion, 'suggestion')} for ${formatCount(steps.total, 'step')}${skipped}${waiting}`,
  };
}

function midpoint(a: Date, b: Date): Date {
  return new Date((a.getTime() + b.getTime()) / 2);
}
