/** Bounds on what one sender may ask of the collector. Beyond them is an error, never a slow answer. */
export interface IngestLimits {
  /** Of the body as sent, bytes. */
  readonly maxBodyBytes: number;
  /** Of the body once inflated, bytes. */
  readonly maxInflatedBytes: number;
  /** Attributes of all kinds in one request. */
  readonly maxAttributes: number;
  /** Data points in one request. */
  readonly maxPoints: number;
  /** Different attempts in one request. */
  readonly maxAttempts: number;
  /** Series of one metric of one attempt in one request: GPUs, CPU modes. */
  readonly maxSeries: number;
  /** Steps that a project may ever have. */
  readonly maxStepsPerProject: number;
  /** Points older than this are refused; retention drops them, days. */
  readonly retentionDays: number;
  /** Points, and ten for each attempt, waiting for a transaction before senders are told to come back later. */
  readonly maxWaitingPoints: number;
}

/**
 * An OpenTelemetry Collector's batch is 8,192 points by default, about 1.4 MB of protobuf with StepFit's
 * attributes; the limits leave several times that. A sampler's own request has about ten points.
 */
export const DEFAULT_INGEST_LIMITS: IngestLimits = {
  maxBodyBytes: 8 * 1024 * 1024,
  maxInflatedBytes: 16 * 1024 * 1024,
  maxAttributes: 200_000,
  maxPoints: 100_000,
  maxAttempts: 1_000,
  maxSeries: 64,
  maxStepsPerProject: 5_000,
  retentionDays: 30,
  maxWaitingPoints: 500_000,
};
