import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  addressOf,
  readFilters,
  readRoute,
  type Route,
  withChanges,
  writeFilters,
} from '../../../api/web/src/routing.ts';

const name = fc.string({ minLength: 1 }).filter((text) => text.isWellFormed());

describe('addresses of the dashboard', () => {
  it('lead back to the page and the filters that they were made from, whatever the names', () => {
    const routes: fc.Arbitrary<Route> = fc.oneof(
      fc.constant<Route>({ page: 'overview' }),
      fc.constant<Route>({ page: 'suggestions' }),
      name.map((flow): Route => ({ page: 'flow', flow })),
      fc.tuple(name, name).map(([flow, step]): Route => ({ page: 'step', flow, step })),
    );
    const filters = fc.record(
      {
        project: name,
        flow: name,
        owner: name,
        backend: name,
        days: fc.integer({ min: 1, max: 366 }),
      },
      { requiredKeys: ['days'] },
    );
    fc.assert(
      fc.property(routes, filters, (route, chosen) => {
        const url = new URL(addressOf(route, chosen), 'http://stepfit.test');

        // A path of dots alone means another path to every client; nothing can be named so.
        fc.pre(!/\/\.{1,2}(\/|$)/.test(decodeURIComponent(addressOf(route, { days: 30 }))));
        expect(readRoute(url.pathname)).toEqual(route);
        expect(readFilters(url.search)).toEqual(chosen);
      }),
    );
  });

  it('say nothing of filters at their defaults', () => {
    expect(addressOf({ page: 'overview' }, { days: 30 })).toBe('/');
    expect(writeFilters({ days: 7, flow: 'TrainFlow' })).toBe('flow=TrainFlow&days=7');
  });

  it('take a filter away with undefined', () => {
    expect(withChanges({ days: 7, flow: 'A', owner: 'ana' }, { flow: undefined })).toEqual({
      days: 7,
      owner: 'ana',
    });
  });

  it('name no page where they lead nowhere, and ignore a window that is none', () => {
    expect(readRoute('/steps/only-a-flow').page).toBe('unknown');
    expect(readRoute('/etc/passwd').page).toBe('unknown');
    expect(readFilters('?days=-1')).toEqual({ days: 30 });
  });
});
