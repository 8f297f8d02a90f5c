import type { ComponentChildren, JSX } from 'preact';

export interface Column<Row> {
  readonly name: string;
  /** What stands above it, where that is more than its name. */
  readonly title?: ComponentChildren;
  readonly isNumber?: boolean;
  readonly isName?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

export interface TableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  /** Index of the row that keys act on. */
  readonly chosen?: number;
  readonly caption?: string;
}

/** A table that scrolls by itself where it is wider than its place, by keyboard too. */
export function Table<Row>({
  label,
  rows,
  columns,
  keyOf,
  chosen = -1,
  caption,
}: TableProps<Row>): JSX.Element {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        {caption !== undefined && <caption>{caption}</caption>}
        <thead>
          <tr>
            {columns.map(({ name, title, isNumber }) => (
              <th key={name} scope="col" class={isNumber === true ? 'number' : ''}>
                {title ?? name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr
              key={keyOf(row)}
              data-row
              class={index === chosen ? 'chosen' : ''}
              {...(index === chosen && { 'aria-current': 'true' })}
            >
              {columns.map(({ name, isNumber, isName, cell }) => (
                <td key={name} class={isNumber === true ? 'number' : isName === true ? 'name' : ''}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
