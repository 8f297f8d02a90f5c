/**
 * What usage looks like on the wire: every metric StepFit samples or accepts, in one table.
 *
 * Standard names come from the OpenTelemetry semantic conventions 1.45 (`process.*`, `hw.gpu.*`);
 * `stepfit.*` exists only where the conventions have no word. Units are UCUM, as OTLP wants them.
 */
export interface MetricContract {
  readonly name: string;
  readonly unit: 'By' | 's' | '1' | '{process}' | '{event}';
  /** `counter` is a cumulative monotonic sum, `gauge` a value at a moment. */
  readonly instrument: 'counter' | 'gauge';
  /** Point attributes that tell the series of one attempt apart; all others are dropped. */
  readonly seriesAttributes: readonly string[];
  readonly description: string;
}

export const METRICS = {
  cpuTime: {
    name: 'process.cpu.time',
    unit: 's',
    instrument: 'counter',
    seriesAttributes: ['cpu.mode'],
    description: 'CPU seconds of the attempt and all its descendants, reaped ones included.',
  },
  cpuWait: {
    name: 'stepfit.cpu.wait_time',
    unit: 's',
    instrument: 'counter',
    seriesAttributes: [],
    description:
      'Seconds that threads of the attempt were ready to run while others had the cores. With the CPU time it tells what was wanted from what was used.',
  },
  cpuThrottled: {
    name: 'stepfit.cpu.throttled_time',
    unit: 's',
    instrument: 'counter',
    seriesAttributes: [],
    description:
      'Core seconds that the attempt’s own CPU limit kept it from running, since it started. Part of the wait time where that is measured too.',
  },
  memoryUsage: {
    name: 'process.memory.usage',
    unit: 'By',
    instrument: 'gauge',
    seriesAttributes: [],
    description: 'Memory the attempt needs at this moment: shared pages once, page cache apart.',
  },
  memoryPeak: {
    name: 'stepfit.memory.peak',
    unit: 'By',
    instrument: 'gauge',
    seriesAttributes: ['stepfit.memory.source'],
    description: 'Highest need since the attempt started, raised by the kernel’s own marks.',
  },
  memoryCache: {
    name: 'stepfit.memory.cache',
    unit: 'By',
    instrument: 'gauge',
    seriesAttributes: [],
    description: 'Reclaimable page cache of the attempt’s own cgroup; never part of the need.',
  },
  processCount: {
    name: 'stepfit.process.count',
    unit: '{process}',
    instrument: 'gauge',
    seriesAttributes: [],
    description: 'Processes in the attempt’s tree.',
  },
  oomKills: {
    name: 'stepfit.oom_kill.count',
    unit: '{event}',
    instrument: 'counter',
    seriesAttributes: [],
    description: 'Kernel OOM kills in the attempt’s own cgroup since it started.',
  },
  diskIo: {
    name: 'process.disk.io',
    unit: 'By',
    instrument: 'counter',
    seriesAttributes: ['disk.io.direction'],
    description: 'Bytes the attempt’s processes read from and wrote to storage.',
  },
  networkIo: {
    name: 'container.network.io',
    unit: 'By',
    instrument: 'counter',
    seriesAttributes: ['network.io.direction'],
    description:
      'Bytes received and transmitted in the attempt’s own network namespace since it started, loopback apart.',
  },
  gpuUtilization: {
    name: 'hw.gpu.utilization',
    unit: '1',
    instrument: 'gauge',
    seriesAttributes: ['hw.id'],
    description: 'Share of time the GPU was busy, 0 to 1, one series for each GPU.',
  },
  gpuMemoryUsage: {
    name: 'hw.gpu.memory.usage',
    unit: 'By',
    instrument: 'gauge',
    seriesAttributes: ['hw.id'],
    description: 'Memory in use on the GPU.',
  },
  gpuMemoryLimit: {
    name: 'hw.gpu.memory.limit',
    unit: 'By',
    instrument: 'gauge',
    seriesAttributes: ['hw.id'],
    description: 'Memory the GPU has.',
  },
} as const satisfies Record<string, MetricContract>;

export type MetricKey = keyof typeof METRICS;
export type MetricName = (typeof METRICS)[MetricKey]['name'];
