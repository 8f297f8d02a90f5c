import { readFileSync } from 'node:fs';

import { Type } from 'typebox';
import { Assert } from 'typebox/value';
import { parse } from 'yaml';

const Variables = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]));
const CLOSED = { additionalProperties: false } as const;

const UsingStep = Type.Object(
  {
    uses: Type.String({ pattern: String.raw`^[\w.-]+/[\w./-]+@v\d+$` }),
    with: Type.Optional(Variables),
    if: Type.Optional(Type.String()),
  },
  CLOSED,
);
const RunStep = Type.Object(
  { run: Type.String({ minLength: 1 }), if: Type.Optional(Type.String()) },
  CLOSED,
);

/**
 * What our workflow files use of GitHub's "Workflow syntax for GitHub Actions", and nothing else: a misspelt key is an
 * error here as it is there.
 */
const WorkflowFile = Type.Object(
  {
    name: Type.String(),
    on: Type.Object(
      {
        schedule: Type.Array(
          Type.Object({ cron: Type.String({ pattern: String.raw`^(\S+ ){4}\S+$` }) }, CLOSED),
        ),
        workflow_dispatch: Type.Null(),
      },
      CLOSED,
    ),
    jobs: Type.Record(
      Type.String({ pattern: String.raw`^[A-Za-z_][\w-]*$` }),
      Type.Object(
        {
          'runs-on': Type.String(),
          env: Variables,
          steps: Type.Array(Type.Union([UsingStep, RunStep]), { minItems: 1 }),
        },
        CLOSED,
      ),
    ),
  },
  CLOSED,
);
export type WorkflowFile = Type.Static<typeof WorkflowFile>;

/** Reads a workflow file. @throws {Error} where GitHub would not take it. */
export function readWorkflow(path: string): WorkflowFile {
  const file: unknown = parse(readFileSync(path, 'utf8'));
  Assert(WorkflowFile, file);
  return file;
}

/** Replaces `${{ vars.NAME }}` and the like. @throws {Error} for an expression that is not among the values. */
export function fillIn(text: string | number, values: Readonly<Record<string, string>>): string {
  return String(text).replaceAll(/\$\{\{ *([\w.]+) *\}\}/g, (_, expression: string) => {
    const value = values[expression];
    if (value === undefined) throw new Error(`There is no value for ${expression}.`);
    return value;
  });
}
