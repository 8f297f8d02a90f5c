import { sql } from 'kysely';
import { expect, test } from 'vitest';

import { onEachStore } from '../../support/database.ts';

onEachStore((store) => {
  test('column types decode the same on every store', async () => {
    const { rows } = await sql`
      select 'x'::text as text, 7::integer as integer, 0.5::float8 as double, true as boolean,
        '{"a": [1, null]}'::jsonb as json, '2026-01-02T03:04:05.678Z'::timestamptz as at,
        array['a', null]::text[] as texts, array[1, 2]::integer[] as integers,
        array[0.5, 1]::float8[] as doubles, count(*)::int as count
    `.execute(store().db);

    expect(rows).toEqual([
      {
        text: 'x',
        integer: 7,
        double: 0.5,
        boolean: true,
        json: { a: [1, null] },
        at: new Date('2026-01-02T03:04:05.678Z'),
        texts: ['a', null],
        integers: [1, 2],
        doubles: [0.5, 1],
        count: 1,
      },
    ]);
  });
});
