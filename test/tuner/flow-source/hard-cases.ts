import type { WantedChange } from '@stepfit/tuner/flow-source/plan-step';

/** A flow source that is hard to edit, and what is wanted of it. */
export interface HardCase {
  readonly name: string;
  readonly source: string;
  readonly wanted?: Partial<WantedChange>;
}

const HEAD = 'from metaflow import FlowSpec, step, resources, kubernetes, batch\n\n\n';

/** A flow whose only interesting step has these lines above it. */
function flow(decorators: string, head = HEAD): string {
  const lines = decorators === '' ? '' : `${decorators.replaceAll(/^(?=.)/gm, '    ')}\n`;
  return `${head}class TrainFlow(FlowSpec):\n${lines}    @step\n    def train(self):\n        self.next(self.end)\n\n    @step\n    def end(self):\n        pass\n`;
}

const MEMORY = { change: { memoryMiB: 6000 } } as const;
const BOTH = { change: { memoryMiB: 6000, cpuCores: 2 } } as const;

export const HARD_CASES: readonly HardCase[] = [
  { name: 'plain', source: flow('@resources(cpu=8, memory=16000)'), wanted: BOTH },
  { name: 'underscores', source: flow('@resources(memory=16_000)') },
  { name: 'string', source: flow("@resources(memory='16000', cpu='8')"), wanted: BOTH },
  {
    name: 'string-with-unit',
    source: flow('@resources(memory="8Gi")'),
    wanted: { change: { memoryMiB: 2048 } },
  },
  {
    name: 'string-with-unit-not-whole',
    source: flow('@resources(memory="8Gi")'),
    wanted: { change: { memoryMiB: 1536 } },
  },
  {
    name: 'string-with-unit-that-kubernetes-refuses',
    source: flow('@resources(memory="8Gi")'),
    wanted: { backend: 'kubernetes', change: { memoryMiB: 6000 } },
  },
  { name: 'float', source: flow('@resources(cpu=8.0, memory=16e3)'), wanted: BOTH },
  { name: 'hexadecimal', source: flow('@resources(memory=0x4000)') },
  { name: 'none', source: flow('@resources(gpu=None, memory=None, cpu=4)') },
  { name: 'parenthesised', source: flow('@resources(memory=(16000))') },
  { name: 'keyword-is-missing', source: flow('@resources(cpu=8)'), wanted: MEMORY },
  { name: 'bare', source: flow('@resources'), wanted: BOTH },
  { name: 'empty-call', source: flow('@resources()'), wanted: BOTH },
  { name: 'empty-call-with-comment', source: flow('@resources(  # nothing yet\n)'), wanted: BOTH },
  {
    name: 'no-decorator',
    source: flow('', 'from metaflow import FlowSpec, step\n\n\n'),
    wanted: BOTH,
  },
  {
    name: 'no-decorator-vertical-import',
    source: flow(
      '',
      'from metaflow import (\n    FlowSpec,  # the base\n    step,  # marks a step\n)\n\n\n',
    ),
    wanted: BOTH,
  },
  {
    name: 'no-decorator-vertical-import-without-last-comma',
    source: flow('', 'from metaflow import (\n    FlowSpec,\n    step  # marks a step\n)\n\n\n'),
    wanted: BOTH,
  },
  {
    name: 'no-decorator-name-is-taken',
    source: flow('', 'import resources\nfrom metaflow import FlowSpec, step\n\n\n'),
    wanted: BOTH,
  },
  {
    name: 'no-decorator-module-alias',
    source:
      'import metaflow as mf\n\n\nclass TrainFlow(mf.FlowSpec):\n    @mf.step\n    def train(self):\n        pass\n',
    wanted: BOTH,
  },
  {
    name: 'no-decorator-star-import',
    source: flow('', 'from metaflow import *\n\n\n'),
    wanted: BOTH,
  },
  {
    name: 'no-decorator-step-from-elsewhere',
    source: flow(
      '',
      '"""A flow."""\nfrom __future__ import annotations\nfrom common import FlowSpec, step\n\n\n',
    ),
    wanted: BOTH,
  },
  {
    name: 'alias',
    source: flow(
      '@res(memory=16000)',
      'from metaflow import FlowSpec, step, resources as res\n\n\n',
    ),
  },
  {
    name: 'module-alias',
    source:
      'import metaflow as mf\n\n\nclass TrainFlow(mf.FlowSpec):\n    @mf.resources(memory=16000)\n    @mf.step\n    def train(self):\n        pass\n',
  },
  { name: 'star-import', source: flow('@resources(memory=16000)', 'from metaflow import *\n\n\n') },
  {
    name: 'try-import',
    source: flow(
      '@resources(memory=16000)',
      'try:\n    from metaflow import FlowSpec, step, resources\nexcept ImportError:\n    resources = None\n\n\n',
    ),
  },
  {
    name: 'if-import',
    source: flow(
      '@resources(memory=16000)',
      'import sys\n\nif sys.version_info > (3, 8):\n    from metaflow import FlowSpec, step, resources\nelse:\n    from old import FlowSpec, step, resources\n\n\n',
    ),
  },
  {
    name: 'type-checking-import-binds-nothing',
    source: flow(
      '',
      'from typing import TYPE_CHECKING\nfrom metaflow import FlowSpec, step\n\nif TYPE_CHECKING:\n    from metaflow import resources\n\n\n',
    ),
    wanted: BOTH,
  },
  {
    name: 'vertical-with-comments',
    source: flow(
      '@resources(\n    cpu=8,  # for the solver\n    # measured in May\n    memory=16000,  # MB\n)',
    ),
    wanted: BOTH,
  },
  {
    name: 'vertical-keyword-is-missing',
    source: flow('@resources(\n    cpu=8,  # for the solver\n)'),
    wanted: MEMORY,
  },
  {
    name: 'vertical-keyword-is-missing-without-last-comma',
    source: flow('@resources(\n    cpu=8  # for the solver\n)'),
    wanted: MEMORY,
  },
  {
    name: 'several-decorators',
    source: flow(
      '@retry(times=2)\n@resources(memory=16000)\n@kubernetes(memory=16000, image="a/b:1")\n@timeout(hours=1)',
    ),
    wanted: { backend: 'kubernetes', ...MEMORY },
  },
  {
    name: 'operators-default-is-above',
    source: flow('@resources(memory=16000)'),
    wanted: {
      backend: 'kubernetes',
      change: { memoryMiB: 6000 },
      operatorDefaults: { memory: 9000 },
    },
  },
  {
    name: 'operators-default-is-below',
    source: flow('@resources(memory=16000)'),
    wanted: {
      backend: 'kubernetes',
      change: { memoryMiB: 448 },
      operatorDefaults: { memory: 300 },
    },
  },
  {
    name: 'kubernetes-below-its-default',
    source: flow('@resources(cpu=2, memory=16000)'),
    wanted: { backend: 'kubernetes', change: { memoryMiB: 1024 } },
  },
  {
    name: 'kubernetes-bare',
    source: flow('@kubernetes'),
    wanted: { backend: 'kubernetes', change: { memoryMiB: 1024 } },
  },
  {
    name: 'batch-takes-the-larger',
    source: flow('@batch(memory=8000, queue="q")\n@resources(memory=16000)'),
    wanted: { backend: 'batch', change: { memoryMiB: 4000 } },
  },
  {
    name: 'argo',
    source: flow('@kubernetes(memory=16000)'),
    wanted: { backend: 'argo-workflows', ...MEMORY },
  },
  { name: 'already', source: flow('@resources(memory=6000)') },
  {
    name: 'crlf',
    source: flow('', 'from metaflow import FlowSpec, step\n\n\n').replaceAll('\n', '\r\n'),
    wanted: BOTH,
  },
  {
    name: 'tabs-and-continuation',
    source:
      'from metaflow import FlowSpec, \\\n\tstep\n\n\nclass TrainFlow(FlowSpec):\n\t@step\n\tdef train(self):\n\t\tpass\n',
    wanted: BOTH,
  },
  {
    name: 'byte-order-mark',
    source: `\u{feff}${flow('@resources(memory=16000)')}`,
  },
  {
    name: 'non-ascii',
    source: flow('@resources(memory=16000)  # größer 🚀 für die Épreuve').replace(
      'pass',
      'größe = "🚀"',
    ),
  },
  { name: 'no-newline-at-the-end', source: flow('@resources(memory=16000)').trimEnd() },
  {
    name: 'python-3-14',
    source: `${flow('@resources(memory=16000)')}\n\ntype Pair[T] = tuple[T, T]\n\n\ndef f[T](x: T):\n    match x:\n        case str() | int():\n            return f"{f"{x!r}":>{10}}"\n    try:\n        pass\n    except ValueError, TypeError:\n        return t"{x}"\n`,
  },
  {
    name: 'step-named-like-a-decorator',
    source:
      'from metaflow import FlowSpec, step\n\n\nclass TrainFlow(FlowSpec):\n    @step\n    def resources(self):\n        self.next(self.train)\n\n    @step\n    def train(self):\n        pass\n',
    wanted: BOTH,
  },
  {
    name: 'inherited-in-the-file',
    source:
      'from metaflow import FlowSpec, step, resources\n\n\nclass Base(FlowSpec):\n    @resources(memory=16000)\n    @step\n    def train(self):\n        pass\n\n\nclass TrainFlow(Base):\n    pass\n',
  },
  {
    name: 'inherited-by-two',
    source:
      'from metaflow import FlowSpec, step, resources\n\n\nclass Base(FlowSpec):\n    @resources(memory=16000)\n    @step\n    def train(self):\n        pass\n\n\nclass TrainFlow(Base):\n    pass\n\n\nclass OtherFlow(Base):\n    pass\n',
  },
  {
    name: 'variable',
    source: flow('@resources(memory=MEMORY)', `${HEAD}MEMORY = 16000\nLIMIT = MEMORY\n\n`),
  },
  {
    name: 'imported-variable',
    source: flow('@resources(memory=MEMORY)', `from sizes import MEMORY\n${HEAD}`),
  },
  { name: 'arithmetic', source: flow('@resources(memory=16 * 1024)') },
  { name: 'f-string', source: flow('@resources(memory=f"{16}000")') },
  { name: 'conditional', source: flow('@resources(memory=16000 if BIG else 8000)') },
  { name: 'unpacked', source: flow('@resources(**AMOUNTS)') },
  {
    name: 'config',
    source: flow(
      'cfg = Config("cfg", default="sizes.json")\n\n@resources(memory=cfg.train.memory)',
      `from metaflow import Config\n${HEAD}`,
    ),
  },
  {
    name: 'config-expression',
    source: flow(
      'cfg = Config("cfg", default="sizes.json")\n\n@resources(memory=config_expr("cfg.train.memory"))',
      `from metaflow import Config, config_expr\n${HEAD}`,
    ),
  },
  {
    name: 'computed-neighbour-stays',
    source: flow('@kubernetes(memory=16000, image=IMAGE)'),
    wanted: { backend: 'kubernetes', change: { memoryMiB: 1024 } },
  },
  { name: 'made-elsewhere', source: flow('@big', `${HEAD}big = resources(memory=16000)\n\n`) },
  {
    name: 'made-by-a-function',
    source: flow('@big', `${HEAD}def big(f):\n    return resources(memory=16000)(f)\n\n\n`),
  },
  {
    name: 'made-by-partial',
    source: flow(
      '@functools.partial(mf.resources, memory=16000)()',
      `import functools\nimport metaflow as mf\n${HEAD}`,
    ),
  },
  {
    name: 'made-by-choice',
    source: flow('@SIZES["big"]', `${HEAD}SIZES = {"big": resources(memory=16000)}\n\n\n`),
  },
  { name: 'decorator-in-parentheses', source: flow('@(resources(memory=16000))') },
  {
    name: 'imported-in-a-function',
    source: `def make():\n    from metaflow import FlowSpec, resources, step\n\n    class TrainFlow(FlowSpec):\n        @resources(memory=16000)\n        @step\n        def train(self):\n            pass\n\n    return TrainFlow\n`,
  },
  { name: 'keyword-twice', source: flow('@resources(memory=16000, memory=16000)') },
  {
    name: 'walrus',
    source: flow('@resources(memory=(size := 16000))'),
  },
  {
    name: 'made-by-the-class',
    source: flow('', HEAD).replace(
      'class TrainFlow',
      'def sized(flow):\n    flow.train = resources(memory=16000)(flow.train)\n    return flow\n\n\n@sized\nclass TrainFlow',
    ),
  },
  {
    name: 'mutator-by-another-name',
    source: flow(
      '@sized',
      `${HEAD}from metaflow import StepMutator as Base\n\n\nclass sized(Base):\n    def mutate(self, step):\n        step.add_decorator("resources", deco_kwargs={"memory": 16000})\n\n\n`,
    ),
  },
  {
    name: 'form-feed-and-continuation',
    source: flow('@resources\\\n(cpu=8, \\\n    memory=16000)', `${HEAD}\f\n`),
  },
  {
    name: 'base-of-the-same-name',
    source: `${HEAD}class Base(FlowSpec):\n    @step\n    def train(self):\n        pass\n\n\nclass Base(Base):\n    @resources(memory=16000)\n    @step\n    def train(self):\n        pass\n\n\nclass TrainFlow(Base):\n    pass\n`,
  },
  {
    name: 'not-metaflows',
    source: flow(
      '@resources(memory=16000)',
      'from metaflow import FlowSpec, step\nfrom ours import resources\n\n\n',
    ),
  },
  {
    name: 'mutator',
    source: `from metaflow import FlowSpec, StepMutator, step\n\n\nclass sized(StepMutator):\n    def mutate(self, mutable_step):\n        mutable_step.add_decorator("resources", deco_kwargs={"memory": 16000})\n\n\nclass TrainFlow(FlowSpec):\n    @sized\n    @step\n    def train(self):\n        pass\n`,
  },
  {
    name: 'mutator-from-elsewhere',
    source: flow('@sized', `from ours import sized\n${HEAD}`),
    wanted: { declared: { memoryMiB: 16000 } },
  },
  { name: 'twice', source: flow('@resources(memory=16000)\n@resources(cpu=4)') },
  { name: 'broken', source: `${flow('@resources(memory=16000)')}\ndef f(:\n` },
  { name: 'no-such-step', source: flow('@resources(memory=16000)'), wanted: { step: 'predict' } },
  { name: 'no-such-flow', source: flow('@resources(memory=16000)'), wanted: { flow: 'OtherFlow' } },
];

/** The change that a case wants, with what most cases want where it says nothing. */
export function wantedOf({ wanted }: HardCase): WantedChange {
  return { flow: 'TrainFlow', step: 'train', backend: 'local', ...MEMORY, ...wanted };
}
