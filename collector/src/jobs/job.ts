import type { Logger } from '../logging/logger.ts';

export interface JobOptions {
  readonly name: string;
  /** Between rounds that found nothing more to do. */
  readonly restMs: number;
  readonly log: Logger;
  /** Returns whether there may be more to do at once. A failed round is logged and tried again after a rest. */
  readonly round: () => Promise<boolean>;
}

export interface Job {
  /** Starts no further round and waits for the one under way. */
  stop(): Promise<void>;
}

/** Repeats a round for as long as it has work, then rests. Never more than one round at a time. */
export function startJob({ name, restMs, log, round }: JobOptions): Job {
  let isStopped = false;
  let isFailing = false;
  let endRest: (() => void) | undefined;

  async function rest(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, restMs);
      endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    endRest = undefined;
  }

  async function hasMore(): Promise<boolean> {
    try {
      const result = await round();
      if (isFailing) log.info({ job: name }, 'job works again');
      isFailing = false;
      return result;
    } catch (error) {
      // Once, not each second, for as long as a database is away.
      if (!isFailing) log.error({ err: error, job: name }, 'job failed');
      isFailing = true;
      return false;
    }
  }

  async function run(): Promise<void> {
    while (!isStopped) {
      if (!(await hasMore()) && !isStopped) await rest();
    }
  }

  const running = run();
  return {
    async stop() {
      isStopped = true;
      endRest?.();
      await running;
    },
  };
}
