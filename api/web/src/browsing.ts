import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';

import {
  addressOf,
  type FilterChanges,
  type Filters,
  readFilters,
  readRoute,
  type Route,
  withChanges,
} from './routing.ts';

/** Where one is, and how to get elsewhere. */
export interface Browsing {
  readonly route: Route;
  readonly filters: Filters;
  /** The address of another page with the same filters, or with others. */
  readonly address: (route: Route, changes?: FilterChanges) => string;
  readonly go: (address: string) => void;
  /** The same page with other filters. */
  readonly filter: (changes: FilterChanges) => void;
}

const Context = createContext<Browsing | undefined>(undefined);
export const BrowsingProvider = Context.Provider;

export function useBrowsing(): Browsing {
  const browsing = useContext(Context);
  if (browsing === undefined) throw new Error('outside of the app');
  return browsing;
}

/** Follows the address bar; links within the dashboard do not reload it. */
export function useAddressBar(): Browsing {
  const [, rerender] = useState(0);
  useEffect(() => {
    function update(): void {
      rerender((count) => count + 1);
    }
    function follow(event: MouseEvent): void {
      const address = addressOfClick(event);
      if (address === undefined) return;
      event.preventDefault();
      history.pushState(null, '', address);
      scrollTo(0, 0);
      update();
    }
    addEventListener('popstate', update);
    document.addEventListener('click', follow);
    return () => {
      removeEventListener('popstate', update);
      document.removeEventListener('click', follow);
    };
  }, []);

  const route = readRoute(location.pathname);
  const filters = readFilters(location.search);
  return {
    route,
    filters,
    address: (to, changes) => addressOf(to, withChanges(filters, changes)),
    go(address) {
      history.pushState(null, '', address);
      scrollTo(0, 0);
      rerender((count) => count + 1);
    },
    filter(changes) {
      history.replaceState(null, '', addressOf(route, withChanges(filters, changes)));
      rerender((count) => count + 1);
    },
  };
}

/** Undefined for clicks that the browser is to handle: other hosts, new tabs, files, data. */
function addressOfClick(event: MouseEvent): string | undefined {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!isPlain(event) || link === null || link.hasAttribute('target')) return undefined;
  // A link in a drawing has an animated address; both kinds have the attribute.
  const url = new URL(link.getAttribute('href') ?? '', location.href);
  const isOurs = url.origin === location.origin && readRoute(url.pathname).page !== 'unknown';
  return isOurs && !link.hasAttribute('download') ? url.pathname + url.search : undefined;
}

function isPlain(event: MouseEvent): boolean {
  const hasModifier = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  return event.button === 0 && !hasModifier && !event.defaultPrevented;
}
