/** What is known of a task when it is launched. Sizers see nothing more before they answer. */
export interface Launch {
  readonly workflow: string;
  readonly step: string;
  /** Place among the rows of the workflow’s trace. */
  readonly index: number;
  readonly submittedAtMs: number;
  readonly declaredBytes: number;
  /** Stands in for the size of the input; strictly it is bytes read, known only afterwards. */
  readonly inputBytes: number;
}

/** A task of a trace with its outcome. */
export interface TraceTask extends Launch {
  readonly completedAtMs: number;
  readonly needBytes: number;
  readonly hours: number;
}

/** Sizes the tasks of one workflow, online. */
export interface Sizer {
  /** Memory for the first attempt, bytes. */
  predict(launch: Launch): number;
  /** The task ended within its memory. */
  observe(task: TraceTask): void;
  /** An attempt of the task ran out of memory at `allocatedBytes`. */
  observeFailure?(launch: Launch, allocatedBytes: number): void;
  /** Memory for the next attempt, bytes; `failures` attempts of this task have failed so far. */
  retry(launch: Launch, previousBytes: number, failures: number): number;
}

/** A way of sizing, by name; `create` gives a sizer that knows nothing yet. */
export interface Contender {
  readonly name: string;
  create(): Sizer;
}
