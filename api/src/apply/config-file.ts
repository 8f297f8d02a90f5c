import { readFileSync } from 'node:fs';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { attributesFor } from '@stepfit/tuner/backend/decorator-line';
import { backendRules } from '@stepfit/tuner/backend/effective-request';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';

type Sizes = Readonly<Record<string, number>>;
type ConfigContent = Record<string, unknown>;

/**
 * A Metaflow Config with the suggested values, `{"TrainFlow": {"train": {"cpu": 1, "memory": 512}}}`, in the
 * backend's units. What else the file says stays: other flows, other steps, other keys.
 *
 * @param existing the file's text, or undefined where there is none.
 * @throws {StepfitError} `invalid-input` where the file is not a JSON object.
 */
export function configWith(
  suggestions: readonly Suggestion[],
  existing: string | undefined,
  path: string,
): string {
  const content = existing === undefined ? {} : parseObject(existing, path);
  for (const suggestion of suggestions) {
    const flow = objectAt(content, suggestion.flow);
    const step = objectAt(flow, suggestion.step);
    Object.assign(step, sizesOf(suggestion));
  }
  return `${JSON.stringify(content, null, 2)}\n`;
}

function sizesOf({ backend, suggested }: Suggestion): Sizes {
  return attributesFor(suggested, backendRules(backend));
}

/** How a flow reads the file, in lines to paste. */
export function configUsage(path: string, suggestions: readonly Suggestion[]): string {
  const flows = Map.groupBy(suggestions, ({ flow }) => flow);
  return [...flows]
    .map(([flow, own]) => {
      const [first] = own;
      const name = first === undefined ? 'resources' : /^@(\w+)/.exec(first.decoratorLine)?.[1];
      const keys = Object.keys(first === undefined ? {} : sizesOf(first));
      const values = keys.map(
        (key) => `${key}=config_expr("stepfit.${flow}.${first?.step ?? ''}.${key}")`,
      );
      return [
        `class ${flow}(FlowSpec):`,
        `    stepfit = Config("stepfit", default="${path}")`,
        '',
        `    @${name ?? 'resources'}(${values.join(', ')})`,
        '    @step',
        `    def ${first?.step ?? 'start'}(self): ...`,
      ].join('\n');
    })
    .join('\n\n');
}

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseObject(text: string, path: string): ConfigContent {
  try {
    const content: unknown = JSON.parse(text);
    if (isObject(content)) return content;
  } catch {
    // Said below.
  }
  throw new StepfitError('invalid-input', `${path} is there and is not a JSON object.`, {
    hint: 'Name another file with --config-out, or remove it.',
  });
}

function objectAt(content: ConfigContent, key: string): ConfigContent {
  const found = content[key];
  if (isObject(found)) return found;
  const made: ConfigContent = {};
  content[key] = made;
  return made;
}

function isObject(value: unknown): value is ConfigContent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
