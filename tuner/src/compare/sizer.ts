import type { AttemptUsage } from '../model/attempt-usage.ts';

/** What is known of a task when it is launched. A sizer is given nothing more before it answers. */
export interface Launch {
  /** Unique within a trace. */
  readonly step: string;
  /** Place in the trace, unique within it. */
  readonly index: number;
  readonly submittedAtMs: number;
  /** What people asked for. */
  readonly declaredMiB: number;
  readonly features: AttemptUsage['features'];
}

/** A task with its outcome. */
export interface TraceTask {
  readonly launch: Launch;
  readonly completedAtMs: number;
  readonly needMiB: number;
  readonly hours: number;
}

/** Tasks that were run under one scheduler, one workflow for example. */
export interface Trace {
  readonly name: string;
  readonly tasks: readonly TraceTask[];
}

/** Sizes the tasks of one trace, online. */
export interface Sizer {
  /** Memory for the first attempt, MiB. */
  readonly predict: (launch: Launch) => number;
  /** The task ended within its memory. */
  readonly observe: (task: TraceTask) => void;
  /** An attempt of the task ran out of memory at `allocatedMiB`; the next one is about to start. */
  readonly observeFailure?: (launch: Launch, allocatedMiB: number) => void;
  /** Memory for the next attempt, MiB; `failures` attempts of this task have failed so far. */
  readonly retry: (launch: Launch, previousMiB: number, failures: number) => number;
}
