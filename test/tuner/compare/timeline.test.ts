import { createTimeline } from '@stepfit/tuner/compare/timeline';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('a timeline', () => {
  it('gives moments by time, then rank, then tie, whatever the order they came in', () => {
    const few = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(fc.array(fc.record({ atMs: few, rank: few, tie: few })), (moments) => {
        const timeline = createTimeline<null>();
        for (const moment of moments) timeline.add({ ...moment, event: null });

        const drained = [...timeline.drain()].map(({ atMs, rank, tie }) => [atMs, rank, tie]);

        const sorted = moments
          .map(({ atMs, rank, tie }) => [atMs, rank, tie])
          .toSorted((one, other) => {
            for (const [place, value] of one.entries()) {
              const difference = value - (other[place] ?? 0);
              if (difference !== 0) return difference;
            }
            return 0;
          });
        expect(drained).toEqual(sorted);
      }),
    );
  });

  it('takes moments while it is drained', () => {
    const timeline = createTimeline<string>();
    timeline.add({ atMs: 1, rank: 0, tie: 0, event: 'first' });
    timeline.add({ atMs: 5, rank: 0, tie: 0, event: 'last' });
    const events: string[] = [];

    for (const { event } of timeline.drain()) {
      events.push(event);
      if (event === 'first') timeline.add({ atMs: 3, rank: 0, tie: 0, event: 'between' });
    }

    expect(events).toEqual(['first', 'between', 'last']);
  });
});
