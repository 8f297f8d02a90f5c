import type { JSX } from 'preact';

/** `15.6 GiB → 1.75 GiB`, or the one value where nothing changes. */
export function Change({ from, to }: { readonly from: string; readonly to?: string }): JSX.Element {
  if (to === undefined || to === from || to === '–') return <span class="nowrap">{from}</span>;
  return (
    <span class="nowrap">
      {from}
      <span class="arrow" aria-label="to">
        →
      </span>
      <span class="to">{to}</span>
    </span>
  );
}
