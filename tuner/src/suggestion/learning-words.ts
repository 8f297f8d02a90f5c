import type { RequestRelation } from '../learning/follows-request.ts';
import type { Headroom } from '../learning/headroom.ts';
import type { MemoryLearning } from '../learning/learn-memory.ts';
import type { Policy } from '../model/policy.ts';
import type { HoldCode } from '../model/skip-reason.ts';
import { countWords, memoryWords, shareWords } from '../words/amounts.ts';

/** Why nothing is taken away: a clause. */
export function holdWords(
  code: HoldCode,
  { epochs, observations, request, untried }: MemoryLearning,
  { minAttempts }: Policy,
): string {
  const exact = observations.filter(({ knowledge }) => knowledge === 'exact').length;
  const counted = untried === undefined ? exact : 0;
  switch (code) {
    case 'follows-request':
      return `${followsWords(request, memoryWords)}. So what it needs cannot be told from what it uses: give the program a limit of its own (a JVM's -Xmx, the size of a cache), or try one step less and watch it`;
    case 'code-changed':
      return `its code changed, and of ${versionWords(epochs.version)} ${haveWords(counted)} run to the end, where the policy asks for ${minAttempts}`;
    case 'need-shifted':
      return `its need moved to another level, and since then ${haveWords(counted)} run to the end, where the policy asks for ${minAttempts}`;
    case 'need-grows':
      return 'its need grows from run to run';
    default:
      return code satisfies never;
  }
}

/** `version 3f2a9c01 of it`; a long version by its beginning. */
export function versionWords(version: string | undefined): string {
  return version === undefined ? 'the newest version' : `version ${version.slice(0, 8)}`;
}

/** That usage follows what is given, with the amounts that show it. */
export function followsWords(
  { low, high }: RequestRelation,
  amountWords: (amount: number) => string,
): string {
  return (
    `usage follows what the step is given: typically ${amountWords(low.used)} of ${amountWords(low.requested)}, ` +
    `and ${amountWords(high.used)} of ${amountWords(high.requested)}`
  );
}

/** What was reckoned with on top of the needs seen: a clause that follows the value. */
export function headroomWords({ growthRatio, runsAhead }: Headroom): string {
  return `each need carried on by its growth of ${shareWords(growthRatio)} a run for ${countWords(runsAhead, 'more run')}`;
}

/** Why a value that would do today is not suggested: a clause. */
export function growthWords(todayMiB: number, { growthRatio, runsAhead }: Headroom): string {
  return (
    `${memoryWords(todayMiB)} would do today, but the need grows by ${shareWords(growthRatio)} a run, ` +
    `and in ${countWords(runsAhead, 'run')} little would be left`
  );
}

function haveWords(attempts: number): string {
  return `${countWords(attempts, 'attempt')} ${attempts === 1 ? 'has' : 'have'}`;
}
