import { type RawBuilder, sql } from 'kysely';

/** Types that travel as one array parameter for each column. Arrays and JSON travel as text and are cast. */
export type ColumnType = 'text' | 'integer' | 'double precision' | 'timestamptz';

export type ColumnTypes = Readonly<Record<string, ColumnType>>;

export type RowOf<Columns extends ColumnTypes> = {
  readonly [Name in keyof Columns]: Columns[Name] extends 'text' | 'timestamptz'
    ? string | null
    : number | null;
};

/**
 * `unnest($1::text[], $2::integer[], …) as alias (a, b, …)`: any number of rows with one parameter for each
 * column, so that the statement's text, and with it the server's work, does not grow with the rows.
 */
export function unnestRows<Columns extends ColumnTypes>(
  alias: string,
  columns: Columns,
  rows: readonly RowOf<Columns>[],
): RawBuilder<unknown> {
  const names = Object.keys(columns);
  const arrays = names.map(
    (name) => sql`${rows.map((row) => row[name] ?? null)}::${sql.raw(columns[name] ?? 'text')}[]`,
  );
  const list = sql.join(names.map((name) => sql.ref(name)));
  return sql`unnest(${sql.join(arrays)}) as ${sql.ref(alias)} (${list})`;
}
