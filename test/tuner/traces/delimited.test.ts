import { parseDelimited } from '@stepfit/tuner/traces/delimited';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

function cellsOf(text: string): (readonly string[])[] {
  const { columns, rows } = parseDelimited(text);
  return [columns, ...rows.map(({ cells }) => cells)];
}

/** As a careful writer would: quotes where they are needed, and sometimes where they are not. */
function write(
  table: readonly (readonly { readonly text: string; readonly quoted: boolean }[])[],
  { delimiter, lineEnd }: { readonly delimiter: string; readonly lineEnd: string },
): string {
  return table
    .map((cells) =>
      cells
        .map(({ text, quoted }) =>
          quoted || /["\n\r;,\t|]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text,
        )
        .join(delimiter),
    )
    .join(lineEnd);
}

describe('delimited text', () => {
  it('is read back as it was written, whatever the cells hold', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '1', ' ', '"', ',', ';', '|', '\t', '\n', '\r', 'é', '😀'),
      maxLength: 6,
    });
    const cell = fc.record({ text, quoted: fc.boolean() });
    const table = fc
      .integer({ min: 2, max: 4 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1 }),
      );
    const format = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
      lineEnd: fc.constantFrom('\n', '\r\n'),
      ending: fc.boolean(),
      bom: fc.boolean(),
    });
    fc.assert(
      fc.property(table, format, (rows, { ending, bom, ...how }) => {
        // The header tells the delimiter, so it holds none of the others.
        const [header = [], ...body] = rows;
        const named = header.map((_, index) => ({ text: `column ${index}`, quoted: false }));
        const text = write([named, ...body], how);

        const read = cellsOf(`${bom ? '\uFEFF' : ''}${text}${ending ? how.lineEnd : ''}`);

        expect(read).toEqual([named, ...body].map((cells) => cells.map((one) => one.text)));
      }),
    );
  });

  it('knows the line on which each row starts, empty lines and quoted line breaks included', () => {
    const { rows } = parseDelimited('a,b\n1,2\n\n"x\ny",3\r\n4,5');

    expect(rows).toEqual([
      { line: 2, cells: ['1', '2'] },
      { line: 4, cells: ['x\ny', '3'] },
      { line: 6, cells: ['4', '5'] },
    ]);
  });

  it.each([
    ['text behind a closing quote', 'a,b\n"x" y,2', ['x y', '2']],
    ['a quote inside a bare cell', 'a,b\n5" disk,2', ['5" disk', '2']],
    ['a quote that never closes', 'a,b\n1,"open', ['1', 'open']],
    ['empty cells, the last one too', 'a,b,c\n,,', ['', '', '']],
    ['semicolons', 'a;b\n1,5;2', ['1,5', '2']],
    ['tabs, with commas in cells', 'a\tb\n1,5\t2', ['1,5', '2']],
    ['more cells than the header has', 'a,b\n1,2,3', ['1', '2', '3']],
  ])('lives with %s', (_what, text, cells) => {
    expect(cellsOf(text).at(-1)).toEqual(cells);
  });

  it.each([
    ['', []],
    ['\n\n', []],
    ['a,b', ['a', 'b']],
  ])('has no rows in %j', (text, columns) => {
    expect(parseDelimited(text)).toEqual({ columns, rows: [] });
  });
});
