import { byGraph } from '@stepfit/api/flows/graph-order';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { layOutGraph } from '../../../api/web/src/plots/graph-layout.ts';

/** Any graph at all, with circles and parents that are not there. */
const anyGraph = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 12 })
  .chain((names) =>
    fc.tuple(
      ...names.map((step) =>
        fc
          .subarray([...names, 'gone'])
          .map((parents): { step: string; parents?: string[] } => ({ step, parents })),
      ),
    ),
  );

describe('a flow’s graph', () => {
  it('is ordered and laid out with every step once, whatever was sent', () => {
    fc.assert(
      fc.property(anyGraph, (steps) => {
        const ordered = byGraph(steps);
        const { nodes, layers } = layOutGraph(ordered);

        expect(ordered.map(({ step }) => step).toSorted()).toEqual(
          steps.map(({ step }) => step).toSorted(),
        );
        expect(nodes.size).toBe(steps.length);
        expect(layers).toBeLessThanOrEqual(steps.length);
      }),
    );
  });

  it('puts what branches apart side by side, and what joins after both', () => {
    const steps = [
      { step: 'join', parents: ['left', 'right'] },
      { step: 'right', parents: ['start'] },
      { step: 'left', parents: ['start'] },
      { step: 'start', parents: [] },
    ];
    const { nodes, edges } = layOutGraph(byGraph(steps));

    expect([...nodes.values()].map(({ step, layer, place }) => [step, layer, place])).toEqual([
      ['start', 0, 0],
      ['left', 1, 0],
      ['right', 1, 1],
      ['join', 2, 0],
    ]);
    expect(edges).toHaveLength(4);
  });
});
