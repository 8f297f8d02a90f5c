import type { AttemptEnd } from '../attempt/attempt.ts';
import type { Totals } from '../otlp/encoder.ts';
import type { Sample } from '../sampling/sample.ts';
import type { SessionOptions } from '../sampling/session.ts';
import type { EndMarks } from '../sampling/tree-memory.ts';

/** A session's options as they cross to the thread. */
export type ThreadSession = Omit<SessionOptions, 'say'>;

export type ToThread =
  | {
      readonly kind: 'start';
      readonly id: number;
      readonly session: ThreadSession;
      /** Samples come back instead of going to the collector: the program has its own exporters. */
      readonly returnsSamples: boolean;
    }
  | {
      readonly kind: 'stop';
      readonly id: number;
      readonly end: AttemptEnd;
      readonly marks: EndMarks;
    };

export type FromThread =
  | { readonly kind: 'sample'; readonly id: number; readonly sample: Sample }
  /** The last sample is taken. */
  | { readonly kind: 'stopped'; readonly id: number; readonly totals: Totals }
  /** Everything is delivered, or spooled. */
  | { readonly kind: 'reported'; readonly id: number };
