import type { JSX } from 'preact';

import { readFacets } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { WINDOWS_DAYS } from '../routing.ts';

/** Which names a filter can be set to. */
const FACETS = {
  project: 'projects',
  flow: 'flows',
  owner: 'owners',
  backend: 'backends',
} as const;
type NamedFilter = keyof typeof FACETS;

/** What narrows the page; what there is nothing to choose from is not shown. */
export function FilterBar({
  only = ['project', 'flow', 'owner', 'backend'],
  hasTime = true,
}: {
  readonly only?: readonly NamedFilter[];
  readonly hasTime?: boolean;
}): JSX.Element {
  const { filters, filter } = useBrowsing();
  const facets = useData(`facets ${filters.project}`, (signal) =>
    readFacets(filters.project, signal),
  );
  return (
    <div class="filters" role="search" aria-label="Filters">
      {only.map((name) => (
        <Choice
          key={name}
          name={name}
          values={facets.kind === 'ready' ? facets.data[FACETS[name]] : []}
        />
      ))}
      {hasTime && (
        <div class="segments" role="group" aria-label="Time">
          {WINDOWS_DAYS.map((days) => (
            <button
              key={days}
              type="button"
              aria-pressed={filters.days === days}
              onClick={() => filter({ days })}
            >
              {days === 1 ? 'today' : `${days} d`}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function Choice({
  name,
  values,
}: {
  readonly name: NamedFilter;
  readonly values: readonly string[];
}): JSX.Element | null {
  const { filters, filter } = useBrowsing();
  const chosen = filters[name] ?? '';
  const isWorthIt = values.length > 1 || chosen !== '';
  if (!isWorthIt) return null;
  return (
    <label>
      {name}
      <select
        value={chosen}
        onChange={(event) => filter({ [name]: event.currentTarget.value || undefined })}
      >
        <option value="">{name === 'project' ? 'default' : 'all'}</option>
        {[...new Set([...values, ...(chosen === '' ? [] : [chosen])])]
          .filter((value) => !(name === 'project' && value === 'default'))
          .map((value) => (
            <option key={value} value={value}>
              {value}
            </option>
          ))}
      </select>
    </label>
  );
}
