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

export interface ComparisonInput {
  readonly traces: readonly Trace[];
  readonly protocols: readonly Protocol[];
  readonly contenders: readonly Contender[];
  readonly options?: ProtocolOptions;
}

/** Runs every contender under every protocol, one after the other; a result as each is done. */
export function* compare(input: ComparisonInput): Generator<Result> {
  for (const protocol of input.protocols) {
    for (const contender of input.contenders) {
      const traces = input.traces.map(({ name, tasks }) => {
        const steps = contender.run(protocol, tasks, input.options ?? {});
        return { trace: name, steps, total: sumTallies(steps.values()) };
      });
      const total = sumTallies(traces.map((result) => result.total));
      yield { protocol, contender, traces, total };
    }
  }
}
