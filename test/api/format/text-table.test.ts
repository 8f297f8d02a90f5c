import { textWidth } from '@stepfit/api/format/characters';
import { COLOR_STYLE, PLAIN_STYLE } from '@stepfit/api/format/style';
import { type Column, renderTable, truncate } from '@stepfit/api/format/text-table';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const columns: readonly Column<string>[] = [
  { title: 'NAME', align: 'left', cell: (name) => name, shrinkTo: 8 },
  { title: 'LENGTH', align: 'right', cell: (name) => String(name.length) },
  { title: 'UPPER', align: 'left', cell: (name) => name.toUpperCase(), dropOrder: 1 },
  { title: 'FIRST', align: 'left', cell: (name) => name.slice(0, 1), dropOrder: 2 },
];

function render(rows: readonly string[], width: number): string[] {
  return renderTable(rows, columns, { width, style: PLAIN_STYLE });
}

describe('a text table', () => {
  it('aligns its columns', () => {
    expect(render(['a', 'longer'], 80)).toEqual([
      'NAME    LENGTH  UPPER   FIRST',
      'a            1  A       a',
      'longer       6  LONGER  l',
    ]);
  });

  it('drops the least important columns first, then cuts names in the middle', () => {
    expect(render(['a_rather_long_name'], 40)[0]).toBe('NAME          LENGTH  UPPER');
    expect(render(['a_rather_long_name'], 20)[1]).toBe('a_rath…_name      18');
  });

  it('never is wider than it is told, down to what it can be cut to', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 60 })),
        fc.integer({ min: 16, max: 120 }),
        (rows, width) => {
          const lines = render(rows, width);

          expect(lines).toHaveLength(rows.length + 1);
          expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it('paints cells after padding them, so that colour moves nothing', () => {
    const painted: Column<string> = {
      title: 'NAME',
      align: 'right',
      cell: (name) => name,
      paint: COLOR_STYLE.bad,
    };
    const [, line] = renderTable(['x'], [painted], { width: 20, style: COLOR_STYLE });

    expect(line).toBe('\u001B[31m   x\u001B[39m');
  });

  it('cuts a name so that both of its ends stay', () => {
    expect(truncate('TrainFlow/train_model_large', 15)).toBe('TrainFl…l_large');
    expect(truncate('short', 15)).toBe('short');
  });
});
