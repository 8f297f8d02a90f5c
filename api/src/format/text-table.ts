import { charactersOf, textWidth } from './characters.ts';
import { printable, type Style } from './style.ts';

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly cell: (row: Row) => string;
  /** Painted after padding, so that colour never moves a column. */
  readonly paint?: (text: string, row: Row) => string;
  /** Columns of the highest number go first when the table is too wide; 0 always stays. */
  readonly dropOrder?: number;
  /** The one column that is cut, down to this many characters, once nothing else can go. */
  readonly shrinkTo?: number;
}

/** Between two columns: two spaces tell them apart, since cells hold single spaces. */
const GAP = '  ';

interface SizedColumn<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly width: number;
}

/**
 * A table for a terminal of `width` characters: a faint heading, then one line for each row.
 *
 * Columns are dropped, then the shrinkable one is cut with an ellipsis, until the table fits; what cannot
 * be made to fit is left too wide rather than made wrong.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: { width: number; style: Style },
): string[] {
  const sized = fitColumns(
    columns.map((column) => measure(column, rows)),
    options.width,
  );
  const heading = sized.map(({ column, width }) => pad(column.title, width, column.align));
  const lines = rows.map((row, index) =>
    sized.map(({ column, cells, width }) => {
      const text = pad(cells[index] ?? '', width, column.align);
      return column.paint === undefined ? text : column.paint(text, row);
    }),
  );
  return [
    options.style.faint(heading.join(GAP).trimEnd()),
    ...lines.map((cells) => cells.join(GAP).trimEnd()),
  ];
}

function measure<Row>(column: Column<Row>, rows: readonly Row[]): SizedColumn<Row> {
  const cells = rows.map((row) => printable(column.cell(row)));
  const width = [column.title, ...cells].reduce((most, text) => Math.max(most, textWidth(text)), 0);
  return { column, cells, width };
}

function fitColumns<Row>(
  columns: readonly SizedColumn<Row>[],
  width: number,
): readonly SizedColumn<Row>[] {
  const excess = totalWidth(columns) - width;
  if (excess <= 0) return columns;

  const shrinkable = columns.find(({ column }) => column.shrinkTo !== undefined);
  const room = shrinkable ? Math.max(0, shrinkable.width - (shrinkable.column.shrinkTo ?? 0)) : 0;
  const droppable = columns.reduce((last, { column }) => Math.max(last, column.dropOrder ?? 0), 0);
  if (excess > room && droppable > 0) {
    return fitColumns(
      columns.filter(({ column }) => column.dropOrder !== droppable),
      width,
    );
  }
  return columns.map((sized) =>
    sized === shrinkable ? shrink(sized, sized.width - Math.min(excess, room)) : sized,
  );
}

function shrink<Row>(sized: SizedColumn<Row>, width: number): SizedColumn<Row> {
  return { ...sized, width, cells: sized.cells.map((cell) => truncate(cell, width)) };
}

function totalWidth(columns: readonly { readonly width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width, GAP.length * (columns.length - 1));
}

/** Cuts in the middle, since both ends of `TrainFlow/train_model_large` tell it apart. */
export function truncate(text: string, width: number): string {
  const characters = charactersOf(text);
  if (characters.length <= width) return text;
  const tail = Math.floor((width - 1) / 2);
  const head = width - 1 - tail;
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - tail).join('')}`;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const padding = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'left' ? `${text}${padding}` : `${padding}${text}`;
}
