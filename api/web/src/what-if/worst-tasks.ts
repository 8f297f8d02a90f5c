import type { StepReplay } from '../../../src/http/schemas/replay.ts';

/** An attempt by name, with what it needed. */
export interface NamedNeed {
  readonly attemptId: string;
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly seenMiB: number;
  readonly needMiB: number;
  readonly isFailed: boolean;
}

/** The attempts of greatest need, those that a request of `requestMiB` fails marked. */
export function worstTasks(replay: StepReplay, requestMiB: number, count: number): NamedNeed[] {
  const { attempts } = replay;
  return attempts.needMiB
    .map((needMiB, index) => ({ needMiB, index }))
    .toSorted((a, b) => b.needMiB - a.needMiB)
    .slice(0, count)
    .map(({ needMiB, index }) => ({
      attemptId: attempts.attemptIds[index] ?? '',
      run: attempts.runNames[attempts.runs[index] ?? 0] ?? '',
      task: attempts.tasks[index] ?? '',
      attempt: attempts.numbers[index] ?? 0,
      seenMiB: attempts.seenMiB[index] ?? needMiB,
      needMiB,
      isFailed: needMiB > requestMiB,
    }));
}
