/** A table with a heading, as text for a terminal or as Markdown. */
export interface Table {
  readonly title: string;
  /** What must be known to read it, in sentences. */
  readonly notes?: readonly string[];
  readonly columns: readonly string[];
  /** The last column holds words, not amounts. */
  readonly endsInWords?: boolean;
  /** The first cell names the row, the others are amounts. */
  readonly rows: readonly (readonly string[])[];
}

/** Whether a column is read from the left: names and words, not amounts. */
function isWords({ columns, endsInWords = false }: Table, place: number): boolean {
  return place === 0 || (endsInWords && place === columns.length - 1);
}

export function renderText(table: Table): string {
  const { title, notes = [], columns, rows } = table;
  const lines = [columns, ...rows];
  const widths = columns.map((_, place) =>
    Math.max(...lines.map((cells) => (cells[place] ?? '').length)),
  );
  const body = lines.map((cells) =>
    cells
      .map((cell, place) =>
        isWords(table, place) ? cell.padEnd(widths[place] ?? 0) : cell.padStart(widths[place] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return ['', title, ...notes.map((note) => `  ${note}`), ...body].join('\n');
}

export function renderMarkdown(table: Table): string {
  const { title, notes = [], columns, rows } = table;
  const ruler = columns.map((_, place) => (isWords(table, place) ? '---' : '---:'));
  const lines = [columns, ruler, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [
    '',
    `### ${title}`,
    '',
    ...(notes.length > 0 ? [notes.join(' '), ''] : []),
    ...lines,
  ].join('\n');
}
