/** A delimited file as text cells: the header, and the rows under it. */
export interface DelimitedTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One cell and where the text goes on after it. */
interface Cell {
  readonly text: string;
  readonly end: number;
}

function readQuoted(text: string, start: number): Cell {
  let value = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return { text: value + text.slice(from), end: text.length };
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { text: value, end: quote + 1 };
    value += '"';
    from = quote + 2;
  }
}

function readBare(text: string, start: number, delimiter: string): Cell {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end++;
  const isCrLf = text[end] === '\n' && text[end - 1] === '\r';
  return { text: text.slice(start, isCrLf ? end - 1 : end), end };
}

function afterCell(text: string, end: number): number {
  return text[end] === '\r' && text[end + 1] === '\n' ? end + 1 : end;
}

/** The header decides: a tab in it means tab-separated. */
function detectDelimiter(text: string): string {
  const end = text.indexOf('\n');
  return text.slice(0, end < 0 ? text.length : end).includes('\t') ? '\t' : ',';
}

/**
 * Comma- or tab-separated text with a header, quoted as in RFC 4180 (quotes may hold delimiters, line
 * breaks and doubled quotes). Empty lines are left out; a row keeps the number of cells it has.
 */
export function parseDelimited(source: string): DelimitedTable {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  const delimiter = detectDelimiter(text);
  const table: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const cell = text[at] === '"' ? readQuoted(text, at) : readBare(text, at, delimiter);
    row.push(cell.text);
    at = afterCell(text, cell.end);
    const isRowEnd = at >= text.length || text[at] === '\n';
    if (isRowEnd) {
      if (row.length > 1 || row[0] !== '') table.push(row);
      row = [];
    }
    at += 1;
  }
  const [columns = [], ...rows] = table;
  return { columns, rows };
}
