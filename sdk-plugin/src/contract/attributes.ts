/**
 * Resource and span attributes of the wire contract.
 *
 * Identity and start facts travel as *resource* attributes on every export, so that an attempt that is
 * killed is complete without its end. Flow, run, step and task use the `cicd.pipeline.*` conventions.
 */
export interface AttributeContract {
  readonly name: string;
  readonly type: 'string' | 'int' | 'double' | 'json';
  readonly required: boolean;
  readonly description: string;
}

export const RESOURCE_ATTRIBUTES = {
  project: {
    name: 'stepfit.project',
    type: 'string',
    required: false,
    description: 'Tenant; `default` where absent.',
  },
  flow: {
    name: 'cicd.pipeline.name',
    type: 'string',
    required: true,
    description: 'Flow: the name of the workflow.',
  },
  run: {
    name: 'cicd.pipeline.run.id',
    type: 'string',
    required: true,
    description: 'Run: one execution of the flow.',
  },
  step: {
    name: 'cicd.pipeline.task.name',
    type: 'string',
    required: true,
    description: 'Step: one node of the flow.',
  },
  task: {
    name: 'cicd.pipeline.task.run.id',
    type: 'string',
    required: true,
    description: 'Task: one execution of the step in the run.',
  },
  attempt: {
    name: 'stepfit.attempt',
    type: 'int',
    required: true,
    description: 'Attempt number of the task, 0 first.',
  },
  startedUnixMs: {
    name: 'stepfit.attempt.started_unix_ms',
    type: 'int',
    required: true,
    description: 'When the attempt started, milliseconds since 1970.',
  },
  declaredCpuCores: {
    name: 'stepfit.declared.cpu_cores',
    type: 'double',
    required: false,
    description: 'Cores the source asks for.',
  },
  declaredMemoryMiB: {
    name: 'stepfit.declared.memory_mib',
    type: 'double',
    required: false,
    description: 'Memory the source asks for, converted to MiB for the backend.',
  },
  declaredGpuCount: {
    name: 'stepfit.declared.gpu_count',
    type: 'int',
    required: false,
    description: 'GPUs the source asks for.',
  },
  declaredDecorators: {
    name: 'stepfit.declared.decorators',
    type: 'json',
    required: false,
    description:
      'The resource decorators as written: [{"name":"resources","attributes":{"cpu":8}}], set attributes only. ' +
      'An operator’s defaults for @kubernetes come as one more, named "kubernetes-defaults".',
  },
  requestCpuCores: {
    name: 'stepfit.request.cpu_cores',
    type: 'double',
    required: false,
    description: 'Cores effectively asked of the backend, after merges and defaults.',
  },
  requestMemoryMiB: {
    name: 'stepfit.request.memory_mib',
    type: 'double',
    required: false,
    description: 'Memory effectively asked of the backend, MiB.',
  },
  requestGpuCount: {
    name: 'stepfit.request.gpu_count',
    type: 'int',
    required: false,
    description: 'GPUs effectively asked of the backend.',
  },
  hint: {
    name: 'stepfit.hint',
    type: 'json',
    required: false,
    description:
      'What launching did to the request by a suggestion, for example {"suggestionId":"…","arm":"hinted","rung":"first","sizedBy":"plan","before":{"memoryMiB":8000},"applied":{"memoryMiB":1536}}.',
  },
  limitMemoryMiB: {
    name: 'stepfit.limit.memory_mib',
    type: 'double',
    required: false,
    description: 'Memory the backend enforces on this attempt, MiB; absent where nothing does.',
  },
  limitCpuCores: {
    name: 'stepfit.limit.cpu_cores',
    type: 'double',
    required: false,
    description:
      'Cores the backend holds this attempt to (its CPU quota); absent where nothing does.',
  },
  backend: {
    name: 'stepfit.backend',
    type: 'string',
    required: false,
    description:
      'Where the attempt runs: local, kubernetes, batch, argo-workflows, step-functions, command.',
  },
  qos: {
    name: 'stepfit.qos',
    type: 'string',
    required: false,
    description: 'Quality of service class, where the backend has one.',
  },
  codeVersion: {
    name: 'stepfit.code_version',
    type: 'string',
    required: false,
    description: 'Changes when the step’s code changes; learning starts afresh then.',
  },
  revision: {
    name: 'vcs.ref.head.revision',
    type: 'string',
    required: false,
    description: 'Commit that the run was started from, where one is known.',
  },
  branch: {
    name: 'vcs.ref.head.name',
    type: 'string',
    required: false,
    description: 'Branch that the run was started from, where one is known.',
  },
  owner: {
    name: 'stepfit.owner',
    type: 'string',
    required: false,
    description: 'Who answers for the flow: the run’s tag `owner:NAME`, else the user who runs it.',
  },
  stepParents: {
    name: 'stepfit.step.parents',
    type: 'json',
    required: false,
    description: 'Steps that this one follows in the flow’s graph: ["load"]; [] for the first.',
  },
  hostName: {
    name: 'host.name',
    type: 'string',
    required: false,
    description: 'Machine the attempt runs on.',
  },
  hostCpuCores: {
    name: 'stepfit.host.cpu_cores',
    type: 'int',
    required: false,
    description: 'Cores of that machine that the attempt may run on.',
  },
  hostMemoryMiB: {
    name: 'stepfit.host.memory_mib',
    type: 'double',
    required: false,
    description: 'Memory of that machine, MiB.',
  },
  hostCpuModel: {
    name: 'host.cpu.model.name',
    type: 'string',
    required: false,
    description: 'What its cores are; not stored.',
  },
  hostGpuModels: {
    name: 'stepfit.host.gpu_models',
    type: 'string',
    required: false,
    description: 'What its GPUs are, such as `4 × NVIDIA A100-SXM4-80GB`; not stored.',
  },
  samplerVersion: {
    name: 'stepfit.sampler.version',
    type: 'string',
    required: false,
    description: 'Name and version of the sampler, for example metaflow-stepfit/0.1.0.',
  },
} as const satisfies Record<string, AttributeContract>;

/** Attributes of the one span that says how the attempt ended; its times are the attempt's. */
export const SPAN_ATTRIBUTES = {
  outcome: {
    name: 'stepfit.outcome',
    type: 'string',
    required: false,
    description:
      'One of OUTCOMES. Absent where the reporter saw only the exit code: the collector concludes from all it knows.',
  },
  outcomeEvidence: {
    name: 'stepfit.outcome.evidence',
    type: 'string',
    required: false,
    description: 'Why the sampler believes this outcome, in a sentence.',
  },
  peakMemoryBytes: {
    name: 'stepfit.memory.peak',
    type: 'int',
    required: false,
    description: 'Highest need of the whole attempt, bytes.',
  },
  peakMemorySource: {
    name: 'stepfit.memory.source',
    type: 'string',
    required: false,
    description: 'One of MEMORY_SOURCES: where the peak came from.',
  },
  cpuSeconds: {
    name: 'stepfit.cpu.time',
    type: 'double',
    required: false,
    description: 'CPU seconds of the whole attempt, descendants included.',
  },
  exitCode: {
    name: 'process.exit.code',
    type: 'int',
    required: false,
    description: 'Exit code, where a process was observed to end.',
  },
  exceptionType: {
    name: 'exception.type',
    type: 'string',
    required: false,
    description: 'Type of the exception that ended the user code.',
  },
} as const satisfies Record<string, AttributeContract>;

/** Of attempts that a suggestion is for: those that got its values, and those that kept their own to compare. */
export const HINT_ARMS = ['hinted', 'control'] as const;
export type HintArm = (typeof HINT_ARMS)[number];

/** Which value of a plan an attempt got. */
export const HINT_RUNGS = ['first', 'second', 'last'] as const;
export type HintRung = (typeof HINT_RUNGS)[number];

/** Where the first value came from: one for the step, or a formula over what was known of the task. */
export const HINT_SIZINGS = ['plan', 'features'] as const;
export type HintSizing = (typeof HINT_SIZINGS)[number];

/** Prefix of the resource attributes that carry features: facts known before the attempt starts. */
export const FEATURE_PREFIX = 'stepfit.feature.';

/** Name of the span that closes an attempt. */
export const ATTEMPT_SPAN_NAME = 'stepfit.attempt';

export const DEFAULT_PROJECT = 'default';

export const OUTCOMES = ['succeeded', 'failed', 'oom', 'timeout', 'lost', 'cached'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Where a memory peak came from, most trustworthy first. */
export const MEMORY_SOURCES = ['cgroup-peak', 'rusage', 'vm-hwm', 'pss', 'rss'] as const;
export type MemorySource = (typeof MEMORY_SOURCES)[number];
