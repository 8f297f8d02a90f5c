import type { Contender } from './contenders.ts';
import type { Protocol, ProtocolOptions, StepTallies } from './protocols.ts';
import type { Trace } from './sizer.ts';
import { sumTallies, type Tally } from './tally.ts';

/** How one contender fared under one protocol. */
export interface Result {
  readonly protocol: Protocol;
  readonly contender: Contender;
  /** In the order of the traces. */
  readonly traces: readonly TraceResult[];
  readonly total: Tally;
}

export interface TraceResult {
  readonly trace: string;
  readonly steps: StepTallies;
  readonly total: Tally;
}

/** One contender on one trace under one protocol. */
export interface Run {
  readonly protocol: Protocol;
  readonly contender: Contender;
  readonly trace: Trace;
}

export interface ComparisonInput {
  readonly traces: readonly Trace[];
  readonly protocols: readonly Protocol[];
  readonly contenders: readonly Contender[];
  readonly optionsFor?: (run: Run) => ProtocolOptions;
}

/** Runs every contender under every protocol, one after the other; a result as each is done. */
export function* compare(input: ComparisonInput): Generator<Result> {
  const { protocols, contenders, optionsFor = () => ({}) } = input;
  for (const protocol of protocols) {
    for (const contender of contenders) {
      const traces = input.traces.map((trace) => {
        const options = optionsFor({ protocol, contender, trace });
        const steps = contender.run(protocol, trace.tasks, options);
        return { trace: trace.name, steps, total: sumTallies(steps.values()) };
      });
      const total = sumTallies(traces.map((result) => result.total));
      yield { protocol, contender, traces, total };
    }
  }
}
