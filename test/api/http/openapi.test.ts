import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import written from '../../../api/openapi.json' with { type: 'json' };
import { describedApp } from '../support/described-app.ts';

type Node = Readonly<Record<string, unknown>>;

let served: { paths: Record<string, Record<string, Node>> };
let close: () => Promise<void>;

beforeAll(async () => {
  const app = await describedApp();
  close = async () => app.close();
  served = (await app.inject('/openapi.json')).json();
});
afterAll(async () => {
  await close();
});

/** Every schema in a document with the path that leads to it. */
function* schemasIn(node: unknown, path = '#'): Generator<readonly [string, Node]> {
  if (typeof node !== 'object' || node === null) return;
  if ('properties' in node) yield [path, node];
  for (const [key, child] of Object.entries(node)) yield* schemasIn(child, `${path}/${key}`);
}

describe('the OpenAPI document', () => {
  it('is the one in the repository', () => {
    expect(served).toEqual(written);
  });

  it('describes every operation, with its errors', () => {
    const operations = Object.values(served.paths).flatMap((methods) => Object.values(methods));

    expect(operations.length).toBeGreaterThan(20);
    for (const { responses } of operations) {
      expect(Object.keys(responses as Node)).toEqual(['200', '4XX', '5XX']);
    }
  });

  it('refuses unknown fields and describes every known one', () => {
    const schemas = [...schemasIn(served)];
    const open = schemas.filter(([, schema]) => schema['additionalProperties'] !== false);
    const silent = schemas.flatMap(([path, schema]) =>
      Object.entries(schema['properties'] as Record<string, Node>)
        .filter(
          ([, property]) => property['description'] === undefined && !('properties' in property),
        )
        .map(([name]) => `${path}/${name}`),
    );

    expect(schemas.length).toBeGreaterThan(10);
    expect(open.map(([path]) => path)).toEqual([]);
    expect(silent).toEqual([]);
  });
});
