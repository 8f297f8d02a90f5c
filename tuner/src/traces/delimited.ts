/** One row of a delimited file. */
export interface DelimitedRow {
  /** Line of the file on which it starts, 1 first. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface DelimitedTable {
  readonly columns: readonly string[];
  readonly rows: readonly DelimitedRow[];
}

/** Of these, the first that the header has separates: a comma may be part of a name, a tab never is. */
const DELIMITERS = ['\t', ',', ';', '|'] as const;

function detectDelimiter(text: string): string {
  const end = text.indexOf('\n');
  const header = text.slice(0, end < 0 ? text.length : end);
  return DELIMITERS.find((delimiter) => header.includes(delimiter)) ?? ',';
}

/** One cell, where it ends, and how many line breaks lie in it. */
interface Cell {
  readonly text: string;
  readonly end: number;
  readonly breaks: number;
}

/** From `start` to the next delimiter or line end, or to the end of the text. */
function readBare(text: string, start: number, delimiter: string): Cell {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end++;
  const isCrLf = text[end] !== delimiter && text[end - 1] === '\r' && end > start;
  return { text: text.slice(start, isCrLf ? end - 1 : end), end, breaks: 0 };
}

/** What follows a closing quote belongs to the cell as it is; a quote that never closes ends with the text. */
function readQuoted(text: string, start: number, delimiter: string): Cell {
  let value = '';
  let from = start + 1;
  let quote = text.indexOf('"', from);
  while (quote >= 0 && text[quote + 1] === '"') {
    value += text.slice(from, quote + 1);
    from = quote + 2;
    quote = text.indexOf('"', from);
  }
  value += text.slice(from, quote < 0 ? text.length : quote);
  const rest = quote < 0 ? { text: '', end: text.length } : readBare(text, quote + 1, delimiter);
  return { text: value + rest.text, end: rest.end, breaks: value.split('\n').length - 1 };
}

/**
 * Text separated by commas, semicolons, tabs or bars (`sacct -P`), with a header, quoted as in RFC 4180: quotes may hold delimiters,
 * line breaks and doubled quotes. Empty lines are left out; a row keeps the number of cells it has.
 */
export function parseDelimited(source: string): DelimitedTable {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  const delimiter = detectDelimiter(text);
  const rows: DelimitedRow[] = [];
  let cells: string[] = [];
  let line = 1;
  let rowLine = 1;
  let at = 0;
  function endRow(): void {
    if (cells.length > 1 || (cells[0] ?? '') !== '') rows.push({ line: rowLine, cells });
    cells = [];
  }
  while (at < text.length) {
    const cell = text[at] === '"' ? readQuoted(text, at, delimiter) : readBare(text, at, delimiter);
    cells.push(cell.text);
    line += cell.breaks;
    at = cell.end + 1;
    if (text[cell.end] === delimiter) {
      // A delimiter at the very end of the text is followed by one more, empty, cell.
      if (at === text.length) cells.push('');
      continue;
    }
    endRow();
    line += 1;
    rowLine = line;
  }
  endRow();
  const [header, ...body] = rows;
  return { columns: header?.cells ?? [], rows: body };
}
