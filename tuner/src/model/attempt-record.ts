import { MEMORY_SOURCES, OUTCOMES } from '@stepfit/sdk-plugin/contract/attributes';
import Type from 'typebox';

import { AttemptHint } from './attempt-hint.ts';
import type { AttemptUsage } from './attempt-usage.ts';

function Amount(description: string): Type.TNumber {
  return Type.Number({ minimum: 0, description });
}

function Amounts(description: string): Type.TObject {
  return Type.Object(
    {
      cpuCores: Type.Optional(Amount('Cores.')),
      memoryMiB: Type.Optional(Amount('Memory, MiB.')),
      gpuCount: Type.Optional(Amount('Whole GPUs.')),
    },
    { additionalProperties: false, description },
  );
}

function Profile(description: string): Type.TObject {
  return Type.Object(
    {
      cores: Type.Array(Amount('Cores.'), { description: 'Levels, cores; ascending.' }),
      seconds: Type.Array(Amount('Seconds.'), {
        description: 'Time spent at each level, seconds.',
      }),
    },
    { additionalProperties: false, description },
  );
}

const Gpu = Type.Object(
  {
    seenCount: Type.Integer({ minimum: 0, description: 'GPUs it saw.' }),
    usedCount: Type.Optional(
      Type.Integer({ minimum: 0, description: 'GPUs that were not seen idle all along.' }),
    ),
    peakUtilization: Amount('Highest utilisation of any GPU, 0 to 1.'),
    meanUtilization: Amount('Mean utilisation over its GPUs, 0 to 1.'),
    peakMemoryMiB: Type.Optional(Amount('Highest GPU memory in use, MiB.')),
    memoryLimitMiB: Type.Optional(Amount('Memory of the GPU, MiB.')),
  },
  { additionalProperties: false, description: 'GPU readings.' },
);

const Decorator = Type.Object(
  {
    name: Type.String({ description: 'Decorator.' }),
    attributes: Type.Record(Type.String(), Type.Unknown(), {
      description: 'Attributes that the source sets.',
    }),
  },
  { additionalProperties: false },
);

/** Every field of {@link AttemptUsage}: the compiler complains about one that is missing here. */
const fields = {
  run: Type.String({ description: 'Run.' }),
  task: Type.String({ description: 'Task.' }),
  attempt: Type.Integer({ minimum: 0, description: 'Attempt number, 0 first.' }),
  startedAtMs: Type.Number({ description: 'Start, ms since 1970.' }),
  endedAtMs: Type.Number({ description: 'End, ms since 1970.' }),
  durationMs: Amount('Running time, ms.'),
  outcome: Type.Enum([...OUTCOMES], { description: 'How it ended.' }),
  declared: Amounts('What the source says.'),
  declaredDecorators: Type.Array(Decorator, { description: 'Resource decorators.' }),
  request: Amounts('What was effectively asked of the backend.'),
  hint: Type.Optional(AttemptHint),
  limitMemoryMiB: Type.Optional(Amount('Memory that the backend enforced, MiB.')),
  limitCpuCores: Type.Optional(Amount('Cores that the backend held it to (CPU quota).')),
  backend: Type.Optional(Type.String({ description: 'Where it ran.' })),
  qos: Type.Optional(Type.String({ description: 'Quality of service class.' })),
  codeVersion: Type.Optional(Type.String({ description: 'Version of the step’s code.' })),
  features: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()]), {
    description: 'Facts known before it started.',
  }),
  peakMemoryMiB: Type.Optional(Amount('Highest need seen, MiB.')),
  peakMemorySource: Type.Optional(
    Type.Enum([...MEMORY_SOURCES], { description: 'Where the peak came from.' }),
  ),
  cpuSeconds: Type.Optional(Amount('CPU seconds used, descendants included.')),
  cpuProfile: Type.Optional(Profile('Time spent at each level of cores used.')),
  cpuWanted: Type.Optional(Profile('Time spent at each level of cores used or waited for.')),
  cpuWaitSeconds: Type.Optional(Amount('Seconds that threads waited for a core.')),
  cpuThrottledSeconds: Type.Optional(Amount('Core seconds that its CPU limit held back.')),
  hostCpuCores: Type.Optional(Amount('Cores of the machine that it could run on.')),
  gpu: Type.Optional(Gpu),
} satisfies Record<keyof AttemptUsage, Type.TSchema>;

/** One finished attempt as data: {@link AttemptUsage} on the wire and in files. */
export const AttemptRecord = Type.Unsafe<AttemptUsage>(
  Type.Object(fields, {
    additionalProperties: false,
    description: 'One finished attempt, with all that sizing reads.',
  }),
);
