/** Where in the dashboard one is; what a page shows beyond that is in its filters. */
export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'flow'; readonly flow: string }
  | { readonly page: 'step'; readonly flow: string; readonly step: string }
  | { readonly page: 'attempt'; readonly attemptId: string }
  | { readonly page: 'suggestions' }
  | { readonly page: 'savings' }
  | { readonly page: 'policies' }
  | { readonly page: 'tokens' }
  | { readonly page: 'system' }
  | { readonly page: 'unknown'; readonly path: string };

/** What narrows every page; all of it lives in the address, so that a link shows what its sender saw. */
export interface Filters {
  readonly project?: string;
  readonly flow?: string;
  readonly owner?: string;
  readonly backend?: string;
  /** Length of the window, days. */
  readonly days: number;
}

/** Undefined takes a filter away. */
export type FilterChanges = { readonly [Name in keyof Filters]?: Filters[Name] | undefined };

export function withChanges(filters: Filters, changes: FilterChanges = {}): Filters {
  const entries = Object.entries({ ...filters, ...changes });
  const kept = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  return { days: filters.days, ...kept };
}

export const WINDOWS_DAYS = [1, 7, 30, 90, 365] as const;
const DEFAULT_DAYS = 30;

const PLAIN_PAGES = [
  'suggestions',
  'savings',
  'policies',
  'tokens',
  'system',
] as const satisfies readonly Route['page'][];

/** Reads a path such as `/steps/TrainFlow/train`; names are percent-encoded. */
export function readRoute(path: string): Route {
  const [page = '', ...names] = path.split('/').slice(1).map(decode);
  const [first, second] = names;
  const plain = names.length === 0 ? PLAIN_PAGES.find((name) => name === page) : undefined;
  if (plain !== undefined) return { page: plain };
  switch (`${page}/${names.length}`) {
    case '/0':
      return { page: 'overview' };
    case 'flows/1':
      return first ? { page: 'flow', flow: first } : { page: 'unknown', path };
    case 'attempts/1':
      return first ? { page: 'attempt', attemptId: first } : { page: 'unknown', path };
    case 'steps/2':
      return first && second
        ? { page: 'step', flow: first, step: second }
        : { page: 'unknown', path };
    default:
      return { page: 'unknown', path };
  }
}

/** The address of a page, with the filters that differ from their defaults. */
export function addressOf(route: Route, filters: Filters): string {
  const query = writeFilters(filters);
  return query === '' ? pathOf(route) : `${pathOf(route)}?${query}`;
}

function pathOf(route: Route): string {
  switch (route.page) {
    case 'overview':
      return '/';
    case 'flow':
      return `/flows/${encodeURIComponent(route.flow)}`;
    case 'step':
      return `/steps/${encodeURIComponent(route.flow)}/${encodeURIComponent(route.step)}`;
    case 'attempt':
      return `/attempts/${encodeURIComponent(route.attemptId)}`;
    case 'unknown':
      return route.path;
    case 'suggestions':
    case 'savings':
    case 'policies':
    case 'tokens':
    case 'system':
      return `/${route.page}`;
  }
}

export function readFilters(search: string): Filters {
  const query = new URLSearchParams(search);
  const days = Number(query.get('days') ?? DEFAULT_DAYS);
  const names = ['project', 'flow', 'owner', 'backend'] as const;
  const named = names.flatMap((name) => {
    const value = query.get(name);
    return value === null || value === '' ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(named),
    days: Number.isInteger(days) && days >= 1 && days <= 366 ? days : DEFAULT_DAYS,
  };
}

/** A query string of the filters that differ from their defaults, without the question mark. */
export function writeFilters({ days, ...names }: Filters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(names)) {
    if (value !== undefined && value !== '') query.set(name, value);
  }
  if (days !== DEFAULT_DAYS) query.set('days', String(days));
  return query.toString();
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
