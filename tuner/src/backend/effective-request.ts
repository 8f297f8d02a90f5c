import type { DeclaredDecorator, ResourceAmounts } from '../model/attempt-usage.ts';

/** How a backend reads and merges Metaflow's resource decorators. */
export interface BackendRules {
  /** The backend's own decorator; absent where there is none. */
  readonly computeDecorator?: 'kubernetes' | 'batch';
  /** MiB in one unit of `memory=`. */
  readonly memoryUnitMiB: number;
  /** Cores come in whole numbers unless the source already asks for a fraction. */
  readonly wholeCores: boolean;
}

/** Kubernetes gets `memory: "%sM"`, decimal megabytes (metaflow `plugins/kubernetes/kubernetes.py`). */
const DECIMAL_MB_IN_MIB = 1_000_000 / 1_048_576;

/** Metaflow's defaults, the same for `@resources`, `@kubernetes` and, where nothing is said, `@batch`. */
export const DEFAULTS = { cpu: 1, memory: 4096 } as const;

/**
 * What an operator has set in place of Metaflow's defaults for `@kubernetes` (`METAFLOW_KUBERNETES_CPU`,
 * `_MEMORY`) comes among a step's decorators under this name, which no decorator can have.
 */
export const KUBERNETES_DEFAULTS = 'kubernetes-defaults';

const KUBERNETES: BackendRules = {
  computeDecorator: 'kubernetes',
  memoryUnitMiB: DECIMAL_MB_IN_MIB,
  wholeCores: false,
};
/** EC2 compute environments take whole vCPUs; only Fargate knows fractions. */
const BATCH: BackendRules = { computeDecorator: 'batch', memoryUnitMiB: 1, wholeCores: true };
/** Runs nothing elsewhere and enforces nothing: values count as written, memory as MiB. */
const PLAIN: BackendRules = { memoryUnitMiB: 1, wholeCores: false };

/** Rules of a backend by the wire's name for it; one that is not known counts values as written. */
export function backendRules(backend: string): BackendRules {
  switch (backend) {
    case 'kubernetes':
    case 'argo-workflows':
      return KUBERNETES;
    case 'batch':
    case 'step-functions':
      return BATCH;
    default:
      return PLAIN;
  }
}

/** Whether each task is launched by itself, with values of its own; a compiled flow has one for all of a step. */
export function launchesEachTask(backend: string): boolean {
  return backend === 'kubernetes' || backend === 'batch';
}

/**
 * What a backend is effectively asked for, given a step's decorators with the attributes that were set.
 *
 * Kubernetes: the larger of `@kubernetes` and `@resources`, each with its defaults, for cpu and memory,
 * those of `@kubernetes` an operator's own where there are any; a GPU count in `@resources` overrides
 * (metaflow `kubernetes_decorator.py`, `init` and `step_init`). Batch: the
 * larger of both where both say something, `@resources` with its defaults, else the backend's defaults
 * (`aws_utils.py`, `compute_resource_attributes`). Anywhere else: what `@resources` says, and no more.
 *
 * A value that is not a number is left out: what the backend would make of it is not known.
 */
export function effectiveRequest(
  backend: string,
  decorators: readonly DeclaredDecorator[],
): ResourceAmounts {
  const rules = backendRules(backend);
  const resources = attributesOf(decorators, 'resources');
  const compute =
    rules.computeDecorator === undefined
      ? undefined
      : attributesOf(decorators, rules.computeDecorator);
  const operators = attributesOf(decorators, KUBERNETES_DEFAULTS);
  const merged = mergeAmounts(rules, { resources, compute, operators });
  return {
    ...(isAmount(merged.cpu) ? { cpuCores: merged.cpu } : {}),
    ...(isAmount(merged.memory) ? { memoryMiB: merged.memory * rules.memoryUnitMiB } : {}),
    ...(isAmount(merged.gpu) ? { gpuCount: merged.gpu } : {}),
  };
}

type Attributes = DeclaredDecorator['attributes'];

/** Attributes of the first decorator of that name, as Metaflow takes the first; undefined without one. */
export function attributesOf(
  decorators: readonly DeclaredDecorator[],
  name: string,
): Attributes | undefined {
  return decorators.find((decorator) => decorator.name === name)?.attributes;
}

/** Amounts in the backend's unit; NaN where an attribute is not a number. */
interface Amounts {
  readonly cpu?: number;
  readonly memory?: number;
  readonly gpu?: number | undefined;
}

interface Merged {
  readonly resources: Attributes | undefined;
  readonly compute: Attributes | undefined;
  readonly operators: Attributes | undefined;
}

function mergeAmounts(rules: BackendRules, { resources, compute, operators }: Merged): Amounts {
  const ofCompute = amountsOf(compute);
  switch (rules.computeDecorator) {
    case 'kubernetes': {
      const own = { ...DEFAULTS, ...amountsOf(operators), ...ofCompute };
      if (resources === undefined) return own;
      const asked = { ...DEFAULTS, ...amountsOf(resources) };
      return {
        cpu: Math.max(own.cpu, asked.cpu),
        memory: Math.max(own.memory, asked.memory),
        gpu: asked.gpu ?? own.gpu,
      };
    }
    case 'batch': {
      if (resources === undefined) return { ...DEFAULTS, ...ofCompute };
      const asked = { ...DEFAULTS, ...amountsOf(resources) };
      return {
        cpu: Math.max(ofCompute.cpu ?? 0, asked.cpu),
        memory: Math.max(ofCompute.memory ?? 0, asked.memory),
        gpu: largest(ofCompute.gpu, asked.gpu),
      };
    }
    case undefined:
    default:
      return amountsOf(resources);
  }
}

/** The amounts an attribute was given for; `None` counts as not given. */
function amountsOf(attributes: Attributes | undefined): Amounts {
  const amounts: { -readonly [key in keyof Amounts]: number } = {};
  for (const key of ['cpu', 'memory', 'gpu'] as const) {
    const value = attributes?.[key];
    if (value === undefined || value === null) continue;
    amounts[key] =
      typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  }
  return amounts;
}

function largest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function isAmount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}
