import { type Meter, metrics, trace, ValueType } from '@opentelemetry/api';
import type { CollectorMeters } from '@stepfit/collector/collector-context';
import type { TunerMeters } from '@stepfit/tuner/tuner-worker';

import { VERSION } from '../version.ts';

/** What the service reports of itself. Without telemetry, every call does nothing. */
export interface Instruments {
  readonly collector: CollectorMeters;
  readonly tuner: TunerMeters;
  requestAnswered(request: AnsweredRequest): void;
  /** Asks `read` for the queues whenever metrics are collected. */
  watchQueues(read: () => Promise<QueueDepths>): void;
}

export interface AnsweredRequest {
  readonly method: string;
  /** The pattern, not the address: addresses have no bound. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

export interface QueueDepths {
  readonly unsettledAttempts: number;
  readonly dueSteps: number;
}

const MS_PER_SECOND = 1000;

/** Instruments on the global meter provider: create them after telemetry has started. */
export function createInstruments(): Instruments {
  const meter = metrics.getMeter('stepfit', VERSION);
  const requests = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP requests.',
    // Boundaries of the OpenTelemetry semantic conventions.
    advice: {
      explicitBucketBoundaries: [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
      ],
    },
  });
  return {
    collector: collectorMeters(meter),
    tuner: tunerMeters(meter),
    requestAnswered({ method, route, status, durationMs }) {
      requests.record(durationMs / MS_PER_SECOND, {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
      });
    },
    watchQueues(read) {
      watchQueues(meter, read);
    },
  };
}

function collectorMeters(meter: Meter): CollectorMeters {
  const stored = counter(meter, 'stepfit.ingest.points', '{point}', 'Usage points committed.');
  const rejected = counter(meter, 'stepfit.ingest.rejected', '{item}', 'Points and spans refused.');
  const settled = counter(meter, 'stepfit.attempts.settled', '{attempt}', 'Attempts settled.');
  const duration = meter.createHistogram('stepfit.ingest.duration', {
    unit: 's',
    description: 'Duration of the transactions that store points.',
  });
  return {
    pointsStored(count, durationMs) {
      stored.add(count);
      duration.record(durationMs / MS_PER_SECOND);
    },
    pointsRejected(count, reason) {
      rejected.add(count, { 'error.type': reason });
    },
    attemptsSettled(count) {
      settled.add(count);
    },
  };
}

/** A pass is told of when it is over, so its span is made with the start that it had. */
function tunerMeters(meter: Meter): TunerMeters {
  const tuned = counter(meter, 'stepfit.tuner.steps', '{step}', 'Steps given a verdict.');
  const duration = meter.createHistogram('stepfit.tuner.duration', {
    unit: 's',
    description: 'Duration of passes over due steps.',
  });
  const tracer = trace.getTracer('stepfit', VERSION);
  return {
    stepsTuned(count, durationMs) {
      tuned.add(count);
      duration.record(durationMs / MS_PER_SECOND);
      const attributes = { 'stepfit.steps': count };
      tracer.startSpan('tune due steps', { startTime: Date.now() - durationMs, attributes }).end();
    },
  };
}

function watchQueues(meter: Meter, read: () => Promise<QueueDepths>): void {
  const unsettled = meter.createObservableGauge('stepfit.queue.unsettled_attempts', {
    unit: '{attempt}',
    description: 'Attempts that ended and wait to be settled.',
    valueType: ValueType.INT,
  });
  const due = meter.createObservableGauge('stepfit.queue.due_steps', {
    unit: '{step}',
    description: 'Steps that wait for the tuner.',
    valueType: ValueType.INT,
  });
  meter.addBatchObservableCallback(
    async (result) => {
      const depths = await read();
      result.observe(unsettled, depths.unsettledAttempts);
      result.observe(due, depths.dueSteps);
    },
    [unsettled, due],
  );
}

function counter(
  meter: Meter,
  name: string,
  unit: string,
  description: string,
): ReturnType<Meter['createCounter']> {
  return meter.createCounter(name, { unit, description, valueType: ValueType.INT });
}
