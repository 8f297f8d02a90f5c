import type {
  HintArm,
  HintRung,
  HintSizing,
  MemorySource,
  Outcome,
} from '@stepfit/sdk-plugin/contract/attributes';
import type { ColumnType, Generated } from 'kysely';

/**
 * Rows of the store, on PGlite and PostgreSQL alike. Column types are `text`, `integer`,
 * `double precision`, `boolean`, `jsonb`, `timestamptz` and arrays of them, since only those decode the
 * same on both. The project is the first column of every unique key, so that a distributed PostgreSQL
 * can shard by it.
 */
export interface Database {
  attempt: AttemptTable;
  usage_chunk: UsageChunkTable;
  step: StepTable;
  step_day: StepDayTable;
  step_week: StepWeekTable;
  suggestion: SuggestionTable;
  suggestion_event: SuggestionEventTable;
  policy_revision: PolicyRevisionTable;
  pause: PauseTable;
  notification: NotificationTable;
  verdict_basis: VerdictBasisTable;
  quantile_net: QuantileNetTable;
  token: TokenTable;
}

/** JSON columns are written as a JSON string and read as a value. */
export type Json<T> = ColumnType<T, string, string>;
export type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

/** A resource decorator as the source has it: only the attributes that were set. */
export interface DeclaredDecorator {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What launching did to an attempt's request by a suggestion. */
export interface AttemptHint {
  readonly suggestionId: string;
  readonly arm: HintArm;
  readonly rung: HintRung;
  readonly sizedBy: HintSizing;
  /** What would have been asked for without the hint. */
  readonly before: HintAmounts;
  /** What was put in its place; absent where the attempt kept its own. */
  readonly applied?: HintAmounts;
}

/** Cores, MiB and whole GPUs; absent means that nothing was said. */
export interface HintAmounts {
  readonly cpuCores?: number;
  readonly memoryMiB?: number;
  readonly gpuCount?: number;
}

export type Features = Readonly<Record<string, number | string | boolean>>;

/** One try at a task: everything that sizing reads. */
export interface AttemptTable {
  project: string;
  /** Deterministic hash of project, flow, run, step, task and attempt: see `attemptId()`. */
  attempt_id: string;
  flow: string;
  run: string;
  step: string;
  task: string;
  attempt: number;
  /** The attempt's own clock. */
  started_at: Date;
  ended_at: Date | null;
  duration_ms: number | null;
  /** The collector's clock, when anything was last heard of the attempt: silence is measured by it. */
  last_seen_at: Date;
  /** The attempt's clock, newest sample stored. */
  last_sample_at: Date | null;
  outcome: Outcome | null;
  /** A reported outcome is never overruled by an inferred one. */
  outcome_source: 'reported' | 'inferred' | null;
  outcome_evidence: string | null;
  exit_code: number | null;
  exception_type: string | null;
  declared_cpu_cores: number | null;
  declared_memory_mib: number | null;
  declared_gpu_count: number | null;
  declared_decorators: NullableJson<readonly DeclaredDecorator[]>;
  request_cpu_cores: number | null;
  request_memory_mib: number | null;
  request_gpu_count: number | null;
  /** Null where launching changed nothing. */
  hint: NullableJson<AttemptHint>;
  limit_memory_mib: number | null;
  /** Cores that the backend holds the attempt to; null where nothing does. */
  limit_cpu_cores: number | null;
  backend: string | null;
  qos: string | null;
  code_version: string | null;
  /** Who answers for the flow, as its run said. */
  owner: string | null;
  /** Commit and branch that the run was started from; null where nobody said. */
  revision: string | null;
  branch: string | null;
  /** Steps that the step follows in the flow's graph; null where nobody said. */
  step_parents: NullableJson<readonly string[]>;
  host_name: string | null;
  host_cpu_cores: number | null;
  host_memory_mib: number | null;
  sampler_version: string | null;
  features: Json<Features>;
  /** Kept up to date while the attempt runs (only ever raised). */
  peak_memory_mib: number | null;
  peak_memory_source: MemorySource | null;
  cpu_seconds: number | null;
  /** Core seconds held back by the CPU limit; null where nobody measured it. */
  cpu_throttled_seconds: number | null;
  /** Totals of the attempt, only ever raised; null where nobody measured them. */
  disk_read_bytes: number | null;
  disk_written_bytes: number | null;
  network_received_bytes: number | null;
  network_sent_bytes: number | null;
  oom_kills: number;
  /**
   * The CPU profile, written when the attempt settles: `profile_seconds[i]` seconds were spent using
   * `profile_cores[i]` cores. Order in time is lost on purpose; CPU replay does not need it.
   */
  profile_cores: number[] | null;
  profile_seconds: number[] | null;
  peak_cores: number | null;
  /** Seconds that threads were ready to run but waited for a core; null where nobody measured it. */
  cpu_wait_seconds: number | null;
  /** As the profile above, of cores wanted: used, plus waited for. Null where waiting was not measured. */
  wanted_cores: number[] | null;
  wanted_seconds: number[] | null;
  gpu_seen_count: number | null;
  /** GPUs that were not seen idle all along; null for attempts settled before this was noted. */
  gpu_used_count: number | null;
  gpu_peak_utilization: number | null;
  gpu_mean_utilization: number | null;
  gpu_peak_memory_mib: number | null;
  gpu_memory_limit_mib: number | null;
  /**
   * Null while the attempt runs and whenever something arrived that the profile and the roll-ups have
   * not seen; the settle job sets it.
   */
  settled_at: Date | null;
  /**
   * The UTC day, `YYYY-MM-DD`, whose roll-up counted this attempt when it last settled; null until it first
   * did. When late data moves the end to another day, the old day is rolled up again too.
   */
  settled_day: string | null;
}

/**
 * The usage series, about a minute a row, partitioned by day of `chunk_start`. A point is identified by
 * attempt, metric, series and time; merging a chunk into itself changes nothing.
 */
export interface UsageChunkTable {
  project: string;
  attempt_id: string;
  metric: string;
  /** The series attributes' values joined by `/`, empty where the metric has one series. */
  series: string;
  chunk_start: Date;
  /** Milliseconds after `chunk_start`, ascending, unique. */
  offsets_ms: number[];
  /** In the wire's unit: bytes, seconds, ratio. */
  point_values: number[];
}

/** One row for each step ever seen: the tuner's queue and its last word. */
export interface StepTable {
  project: string;
  flow: string;
  step: string;
  first_seen_at: Generated<Date>;
  last_attempt_at: Date | null;
  settled_attempts: Generated<number>;
  /** Not null: the tuner should look at the step from this time on. */
  tune_due_at: Date | null;
  tuned_at: Date | null;
  /** Why there is no suggestion, with the words for it; null where there is one or nobody looked yet. */
  skip_code: string | null;
  skip_detail: string | null;
  /** How far the need has gone beyond all that the step had shown before, each time it did: above 1. */
  surprise_ratios: number[] | null;
  /** Largest need over the most asked for; null until enough attempts have shown it. */
  memory_need_ratio: number | null;
  cpu_need_ratio: number | null;
  /** Hash of the tuner's last verdict, and of each thing that it rested on besides the attempts. */
  verdict_id: string | null;
  basis_ids: string[] | null;
}

/** What reports read: recomputed for a step and day whenever one of its attempts settles. */
export interface StepDayTable {
  project: string;
  flow: string;
  step: string;
  /** UTC day the attempts ended, `YYYY-MM-DD`. */
  day: string;
  attempts: number;
  runs: number;
  succeeded: number;
  failed: number;
  oom: number;
  lost: number;
  duration_hours: number;
  /** Only attempts whose request and need are both known count here, in all three. */
  requested_gib_hours: number;
  needed_gib_hours: number;
  wasted_gib_hours: number;
  requested_core_hours: number;
  used_core_hours: number;
  wasted_core_hours: number;
  requested_gpu_hours: number;
  busy_gpu_hours: number;
  peak_memory_mib: number | null;
  peak_cores: number | null;
}

/** Sums of a step's days from a Monday on (`week`, `YYYY-MM-DD`), always what those rows add up to. */
export interface StepWeekTable extends Omit<StepDayTable, 'day'> {
  week: string;
}

export interface SuggestionTable {
  project: string;
  suggestion_id: string;
  flow: string;
  step: string;
  state: string;
  strategy: string;
  created_at: Date;
  updated_at: Date;
  /** `Suggestion` of `@stepfit/tuner/model/suggestion`, without the columns above. */
  body: Json<unknown>;
  /** The body without its evidence, and the bound alone of that: generated from it, for lists. */
  summary: ColumnType<unknown, never, never>;
  bound: ColumnType<unknown, never, never>;
  /** Counts every change of the row, from 1 on. */
  revision: Generated<number>;
  snoozed_until: Date | null;
  /** Not null: its evidence does not hold any more, and why. */
  stale_since: Date | null;
  stale_reason: string | null;
  /** `Rollout` of `@stepfit/tuner/model/rollout`; null where it was never tried by itself. */
  rollout: NullableJson<unknown>;
}

export interface SuggestionEventTable {
  project: string;
  suggestion_id: string;
  sequence: number;
  event: string;
  at: Date;
  actor: string;
  from_state: string | null;
  to_state: string;
  note: string | null;
}

/** Each change of a project’s policies; the newest revision is in force. */
export interface PolicyRevisionTable {
  project: string;
  /** From 1 on, without gaps. */
  revision: number;
  at: Date;
  actor: string;
  reason: string | null;
  /** `PolicyDocument` of `@stepfit/tuner/model/policy`. */
  body: Json<unknown>;
}

/** What was told to a hook; not delivered yet where `delivered_at` is null. */
export interface NotificationTable {
  project: string;
  hook: string;
  subject: string;
  claimed_at: Date;
  tries: number;
  delivered_at: Date | null;
}

/** Nothing is done without a person while there is one. An empty flow stands for the whole project. */
export interface PauseTable {
  project: string;
  flow: string;
  at: Date;
  actor: string;
  reason: string | null;
}

/** What verdicts rest on besides attempts: policies, prices, project facts, each under the hash of its content. */
export interface VerdictBasisTable {
  project: string;
  basis_id: string;
  kind: string;
  body: Json<unknown>;
  /** When a verdict last rested on it, to the hour; what no verdict rests on any more is dropped. */
  used_at: Date;
}

/** Networks trained on a project's attempts, by the end of the newest attempt that each has learnt from. */
export interface QuantileNetTable {
  project: string;
  basis_id: string;
  learnt_until: Date;
  /** Attempts of the project that had settled when it was trained. */
  attempts: number;
  trained_at: Date;
  /** `NetWeights` of `@stepfit/tuner/quantile-net/net-weights`. */
  body: Json<unknown>;
}

/** Who may ask besides the administrator; rows stay when a token is revoked, so that one can see who could. */
export interface TokenTable {
  /** SHA-256 of the secret, base64url; the secret itself is nowhere. */
  secret_hash: string;
  /** One of the living ones alone has it; it is the actor of all that is done with the token. */
  name: string;
  role: string;
  /** Null: every project. */
  project: string | null;
  created_at: Date;
  created_by: string;
  /** To the minute. */
  last_used_at: Date | null;
  revoked_at: Date | null;
  revoked_by: string | null;
}
