import { requestOptions, roundRequest } from '@stepfit/sdk-plugin/attempt/request-options';

import type { DeclaredDecorator, ResourceAmounts } from '../model/attempt-usage.ts';
import { decoratorLine, type LineResult } from './decorator-line.ts';
import { writeDecorator } from './python-literal.ts';

/** What a step asks for today, and how that is written. */
export interface WrittenRequest {
  readonly backend: string;
  readonly effective: ResourceAmounts;
  /** None for a command, which has no source of ours. */
  readonly decorators: readonly DeclaredDecorator[];
}

const OF_COMMANDS =
  'These are options of `stepfit run`; a Node program states them as the `request` of its step.';

/**
 * What to write so that the backend asks for `change`: a decorator line in a flow's source, the options of
 * `stepfit run` for a command. The amounts that do not change are written too.
 */
export function lineToPaste(request: WrittenRequest, change: ResourceAmounts): LineResult {
  const { backend, effective, decorators } = request;
  if (!isCommand(request)) return decoratorLine({ backend, decorators, change });
  const asked = roundRequest({ ...effective, ...change });
  return {
    kind: 'line',
    line: requestOptions(asked),
    note: OF_COMMANDS,
    effective: asked,
    decorators: [],
  };
}

/** What that line stands for today, as it is written. */
export function linesToday(request: WrittenRequest): readonly string[] {
  return isCommand(request)
    ? [requestOptions(request.effective)].filter(Boolean)
    : request.decorators.map(({ name, attributes }) => writeDecorator(name, attributes));
}

function isCommand({ backend, decorators }: WrittenRequest): boolean {
  return backend === 'command' && decorators.length === 0;
}
